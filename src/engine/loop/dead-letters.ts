import {
  countDeadLetters,
  dropDeadLetter,
  findDeadLetter,
  listDeadLetters,
  readRetriedLetter,
  requeueDeadLetter,
} from "#db/outages/dead-letter-rows.ts";
import { createSubmission } from "#domain/commands/submission.ts";
import {
  deadLetterId,
  type DeadLetter,
  type DeadLetterCounts,
  type DeadLetterRef,
  type DeadLetterState,
} from "#domain/reporting/dead-letter.ts";
import type { Actor } from "#domain/values/language.ts";
import { resolveActor } from "#domain/policy/people.ts";
import { oneLine } from "#domain/values/text.ts";
import { resolveAnsweredFailures } from "#engine/alerting/answered-failures.ts";
import type { Engine } from "#engine/base/engine.ts";
import { maskStoredText } from "#engine/base/masked-submission.ts";
import type { SubmitCommand } from "#engine/base/submit.ts";

/** What was put aside, and what people do about it. Retry and drop answer null when there is no such dead letter. */
export type DeadLetterBox = {
  readonly count: () => Promise<DeadLetterCounts>;
  /** The newest first. */
  readonly list: (limit: number) => Promise<readonly DeadLetter[]>;
  /** One, with what it holds. */
  readonly find: (ref: DeadLetterRef) => Promise<(DeadLetter & { readonly body: string }) | null>;
  /** Does it again, and waits for what came of it, at most five seconds. */
  readonly retry: (ref: DeadLetterRef, actor: Actor) => Promise<DeadLetterState | null>;
  /** Gives it up for a reason. */
  readonly drop: (ref: DeadLetterRef, actor: Actor, reason: string) => Promise<true | null>;
};

const TIMEOUT_MS = 5_000;
const LOOK_EVERY_MS = 50;

export function createDeadLetterBox(engine: Engine, submit: SubmitCommand): DeadLetterBox {
  const { db } = engine.connection;
  const record = async (letter: DeadLetter, person: Actor, deed: string): Promise<void> => {
    const actor = resolveActor(engine.policy(), person, person.via);
    const id = deadLetterId(letter);
    engine.log.info({ deadLetter: id, type: letter.type, by: actor.name }, `dead letter: ${deed}`);
    const shared = { key: `deadletter:${id}:${engine.newId()}`, urgency: 2, actor, at: engine.clock() };
    // The audit has it in any case, and the incident's timeline when it is about one.
    await submit(
      createSubmission({ ...shared, body: { type: "verb.asked", verb: "deadletter", text: `${id}: ${deed}` } }),
    );
    if (letter.incident !== null)
      await submit(
        createSubmission({
          ...shared,
          key: `${shared.key}:note`,
          body: {
            type: "incident",
            incident: letter.incident,
            command: { type: "note.add", text: `${id} (${letter.type}), which had failed: ${deed}` },
          },
        }),
      );
  };
  return {
    count: () => countDeadLetters(db),
    list: (limit) => listDeadLetters(db, limit),
    find: (ref) => findDeadLetter(db, ref),
    async retry(ref, actor) {
      const letter = await findDeadLetter(db, ref);
      const lane = letter === null ? null : await requeueDeadLetter(db, ref, engine.clock());
      if (letter === null || lane === null) return null;
      engine.wakeLane(lane, { urgency: 0, delayMs: 0 });
      await record(letter, actor, "retried");
      const state = await waitForRetry(engine, ref);
      await resolveAnsweredFailures(engine, submit);
      return letter.private ? withoutWords(state) : state;
    },
    async drop(ref, actor, reason) {
      const letter = await findDeadLetter(db, ref);
      const why = maskStoredText(engine.policy(), oneLine(reason, 500));
      if (letter === null || !(await dropDeadLetter(db, ref, `by ${actor.name}: ${why}`, engine.clock()))) return null;
      await record(letter, actor, `dropped: ${why}`);
      await resolveAnsweredFailures(engine, submit);
      return true;
    },
  };
}

/** What became of a retry about a private incident: the words may quote it, and more people retry than see it. */
function withoutWords(state: DeadLetterState): DeadLetterState {
  switch (state.kind) {
    case "done":
      return { ...state, text: "" };
    case "failed":
      return { ...state, text: "of a private incident" };
    case "pending":
      return state;
  }
}

async function waitForRetry({ connection: { db } }: Engine, ref: DeadLetterRef): Promise<DeadLetterState> {
  for (let waited = 0; waited < TIMEOUT_MS; waited += LOOK_EVERY_MS) {
    const state = await readRetriedLetter(db, ref);
    if (state.kind !== "pending") return state;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return { kind: "pending" };
}
