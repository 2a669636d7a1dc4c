import { z } from "zod";
import { priorityRank } from "#domain/values/language.ts";
import type { RequestAttempt } from "#ports/chat.ts";
import type { ActionIncident, ActionJob } from "./action-job.ts";

/** What people read. */
export const MessageText = z
  .string()
  .min(1)
  .max(3000)
  .describe("a Liquid template over `params`, `labels` and `steps`");

/** What all actions have in common that reach people. */
export const REACHES_PEOPLE = { effect: "once", touches: "people", risk: "low" } as const;

/** Each repetition first looks for what the attempt before left, so it may always be done again. */
export const looksFirst = (): Promise<"no"> => Promise.resolve("no");

export function requestAttempt({ key, again, startedAt }: ActionJob, incident: ActionIncident | null): RequestAttempt {
  return { key, urgency: priorityRank(incident?.state.priority ?? "P3"), unsure: again, since: startedAt };
}
