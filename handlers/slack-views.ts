import type { App } from "@slack/bolt";
import { RESOLVE_FORM, RESOLVE_REASON } from "#views/resolve-form.ts";
import type { SlackDoor } from "./slack-actions.ts";
import { FormMeta, personOf, slackCommand } from "./slack-command.ts";

/** Submitted forms. A wrong field is told on the field, before anything is stored. */
export function slackViews(app: App, door: SlackDoor): void {
  app.view(RESOLVE_FORM, async ({ ack, body, view }) => {
    const meta = FormMeta.parse(JSON.parse(view.private_metadata));
    const reason = view.state.values[RESOLVE_REASON.block]?.[RESOLVE_REASON.action]?.value?.trim() ?? "";
    const incident = await door.read.incident(meta.incident);
    if (incident !== null && incident.alerts.firing > 0 && reason === "") {
      await ack({
        response_action: "errors",
        errors: { [RESOLVE_REASON.block]: `${incident.alerts.firing} alerts are still firing: say why it is resolved all the same.` },
      });
      return;
    }
    await door.submit(
      slackCommand({
        incident: meta.incident,
        command: { type: "incident.resolve", reason: reason === "" ? null : reason },
        person: personOf(body, door.policy()),
        key: `${view.id}:${view.hash}`,
        channel: meta.channel,
        now: door.clock(),
      }),
    );
    await ack();
  });
}
