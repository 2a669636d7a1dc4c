import type { ModalView } from "@slack/types";
import { incidentId } from "#domain/language.ts";
import { plain, section } from "./slack.ts";

export const RESOLVE_FORM = "resolve";
export const RESOLVE_REASON = { block: "reason", action: "text" } as const;

/** Asks how it was fixed, and insists on a reason while alerts are still firing. `meta` comes back with the submission. */
export function resolveForm(number: number, firing: number, meta: string): ModalView {
  const id = incidentId(number);
  return {
    type: "modal",
    callback_id: RESOLVE_FORM,
    private_metadata: meta,
    title: plain(`Resolve ${id}`, 24),
    submit: plain("Resolve", 24),
    close: plain("Cancel", 24),
    blocks: [
      ...(firing > 0 ? [section(`⚠️ *${firing} ${firing === 1 ? "alert is" : "alerts are"} still firing.* Say why ${id} is resolved all the same.`)] : []),
      {
        type: "input",
        block_id: RESOLVE_REASON.block,
        optional: firing === 0,
        label: plain(firing > 0 ? "Why is it resolved?" : "What fixed it?", 75),
        element: { type: "plain_text_input", action_id: RESOLVE_REASON.action, multiline: true, max_length: 1_000 },
      },
    ],
  };
}
