import { z } from "zod";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { DurationText } from "#domain/values/yaml-values.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";
import { MessageText } from "#runbooks/actions/message-text.ts";

export const approveAction = defineAction({
  name: "approve",
  summary: "Asks people before the run goes on. No worker is held.",
  effect: "read",
  touches: "nothing",
  risk: "low",
  input: z.strictObject({
    from: z.array(z.string().min(1)).min(1).describe("user groups"),
    count: z.int().min(1).max(5).default(1),
    expires: DurationText.default(10 * MINUTE_MS),
    text: MessageText.optional(),
  }),
  output: z.object({ by: z.array(z.string()) }),
  texts: { text: "message" },
  notes: ["A step that changes something asks by its own key `approve`; this action is for a pause between steps."],
  run: null,
  probe: null,
  undo: null,
  fake: null,
});
