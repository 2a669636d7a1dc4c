import { z } from "zod";
import { DurationText } from "#domain/values/yaml-values.ts";
import type { Instant } from "#domain/values/language.ts";
import { actionDone, type ActionJob, type ActionResult } from "#runbooks/actions/action-job.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";

/** No worker waits: the run is looked at again when the time has come. */
export const waitAction = defineAction({
  name: "wait",
  summary: "Waits. No worker is held.",
  effect: "read",
  touches: "nothing",
  risk: "low",
  input: z.strictObject({ for: DurationText }),
  output: z.object({}),
  texts: {},
  underway: "nowhere",
  plan(input, { clock }) {
    const intent: WaitIntent = { until: clock() + input.for, for: input.for };
    return Promise.resolve({ ok: true, intent });
  },
  run: (intent, job) => Promise.resolve(timeLeft(intent, job)),
  follow: (intent, _, job) => Promise.resolve(timeLeft(intent, job)),
  probe: null,
  undo: null,
  fake: null,
});

/** `for`: its whole time in ms; an earlier version stored only the end. */
type WaitIntent = { readonly until: Instant; readonly for?: number };

/** Never longer than its whole time since it was begun: its end may have been set by a clock that has been set back. */
function timeLeft(
  { until: planned, for: whole = Infinity }: WaitIntent,
  { clock, startedAt }: Pick<ActionJob, "clock" | "startedAt">,
): ActionResult<Record<string, never>> {
  const now = clock();
  const until = Math.min(planned, startedAt + whole);
  return until <= now ? actionDone({}) : { state: "underway", handle: "waiting", inMs: until - now };
}
