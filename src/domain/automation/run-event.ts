import { z } from "zod";
import { MEASURED_EFFECTS } from "./run-verification.ts";

const of = { run: z.number(), runbook: z.string() };

/** What an incident is told of its runs; as events these are lines of its timeline. The zod schema is the border of the database. */
export const RunEvent = z.discriminatedUnion("type", [
  /** The diagnosis is there, and nothing was changed. */
  z.object({ type: z.literal("run.suggested"), data: z.object({ ...of, says: z.string() }) }),
  /** People are asked to let a step happen. */
  z.object({
    type: z.literal("run.requested"),
    data: z.object({ ...of, step: z.string(), why: z.string(), from: z.array(z.string()), count: z.number(), until: z.number() }),
  }),
  z.object({ type: z.literal("run.approved"), data: z.object({ ...of, step: z.string(), left: z.number() }) }),
  /** It has begun to change something. */
  z.object({ type: z.literal("run.started"), data: z.object({ ...of, step: z.string(), what: z.string(), approvedBy: z.array(z.string()) }) }),
  /** A step that changed something, and what that did to the measure. */
  z.object({
    type: z.literal("step.finished"),
    data: z.object({
      ...of,
      step: z.string(),
      what: z.string(),
      effect: z.enum(MEASURED_EFFECTS),
      before: z.array(z.number().nullable()),
      after: z.array(z.number().nullable()),
    }),
  }),
  /** It has not helped in the time that its runbook gives it. */
  z.object({ type: z.literal("run.overdue"), data: z.object({ ...of, after: z.number(), state: z.string(), page: z.string() }) }),
  /** Nobody knows whether a step happened. */
  z.object({ type: z.literal("run.unknown"), data: z.object({ ...of, step: z.string(), reason: z.string() }) }),
  /** A person said whether it did. */
  z.object({ type: z.literal("run.settled"), data: z.object({ ...of, step: z.string(), answer: z.enum(["happened", "again", "stop"]) }) }),
  z.object({ type: z.literal("run.succeeded"), data: z.object({ ...of, says: z.string() }) }),
  /** `page`: whom to wake for it, null for nobody. */
  z.object({ type: z.literal("run.failed"), data: z.object({ ...of, reason: z.string(), page: z.string().nullable() }) }),
  z.object({ type: z.literal("run.canceled"), data: z.object({ ...of, reason: z.string() }) }),
]);
export type RunEvent = z.output<typeof RunEvent>;

const KINDS: ReadonlySet<string> = new Set(RunEvent.options.map(({ shape }) => shape.type.value));

/** Whether an event is news of a run. They are told alike, and change nothing of the incident's state. */
export function isRunEvent<T extends { readonly type: string }>(event: T): event is Extract<T, { readonly type: RunEvent["type"] }> {
  return KINDS.has(event.type);
}
