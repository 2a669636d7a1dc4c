import { answerField, type ActionFake } from "#runbooks/actions/action-fake.ts";
import { findFake } from "#runbooks/actions/action-runners.ts";

// What the world outside answers a step, as authors write it: by the action that the step uses, where its fake stands.

export type ScriptedAnswer = unknown;

/** How the world can answer an action; null: it needs no answer, as a message does. */
export function answerKind(uses: string): Pick<ActionFake, "answers" | "says"> | null {
  return findFake(uses);
}

/** Answers as they come one after another. */
export function answersInTurn(written: unknown): readonly ScriptedAnswer[] {
  const turns = answerField(written, "inTurn");
  return Array.isArray(turns) ? turns : [written];
}
