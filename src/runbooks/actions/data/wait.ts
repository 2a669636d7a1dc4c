import { z } from "zod";
import { DurationText } from "#domain/values/yaml-values.ts";
import type { Instant } from "#domain/values/language.ts";
import { actionDone, type ActionResult } from "#runbooks/actions/action-job.ts";
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
  plan: (input, { clock }) => Promise.resolve({ ok: true, intent: { until: clock() + input.for } }),
  run: ({ until }, { clock }) => Promise.resolve(timeLeft(until, clock())),
  follow: ({ until }, _, { clock }) => Promise.resolve(timeLeft(until, clock())),
  probe: null,
  undo: null,
  fake: null,
});

function timeLeft(until: Instant, now: Instant): ActionResult<Record<string, never>> {
  return until <= now ? actionDone({}) : { state: "underway", handle: "waiting", inMs: until - now };
}
