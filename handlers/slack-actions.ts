import type { App, BlockAction, ButtonAction } from "@slack/bolt";
import type { IncidentCommand } from "#domain/command.ts";
import type { Policy } from "#domain/policy.ts";
import type { Reader } from "#engine/read.ts";
import type { Submit } from "#engine/submit.ts";
import type { Chat } from "#ports/chat.ts";
import { ACTIONS } from "#views/incident-card.ts";
import { resolveForm } from "#views/resolve-form.ts";
import { personOf, slackCommand, type FormMeta } from "./slack-command.ts";

export type SlackDoor = { readonly submit: Submit; readonly read: Reader; readonly chat: Chat; readonly clock: () => number; readonly policy: () => Policy };

const COMMANDS: Readonly<Record<Exclude<keyof typeof ACTIONS, "resolve">, IncidentCommand>> = {
  acknowledge: { type: "incident.acknowledge" },
  command: { type: "role.claim", role: "commander" },
  scribe: { type: "role.claim", role: "scribe" },
  mitigate: { type: "incident.mitigate" },
};

/**
 * Clicks on the buttons of an incident's card. The click is stored before Slack gets its answer; `trigger_id` is the
 * click's own id, so that Slack's redelivery of one is the same click.
 */
export function slackActions(app: App, door: SlackDoor): void {
  for (const [name, command] of Object.entries(COMMANDS))
    app.action<BlockAction<ButtonAction>>(ACTIONS[name as keyof typeof COMMANDS], async ({ ack, action, body }) => {
      const incident = numberOf(action);
      if (incident === null) return ack();
      await door.submit(
        slackCommand({
          incident,
          command,
          person: personOf(body, door.policy()),
          key: body.trigger_id,
          channel: body.channel?.id ?? null,
          now: door.clock(),
        }),
      );
      await ack();
    });

  // The form comes first: its trigger lives three seconds. What it says is stored when it is submitted.
  app.action<BlockAction<ButtonAction>>(ACTIONS.resolve, async ({ ack, action, body }) => {
    await ack();
    const number = numberOf(action);
    const incident = number === null ? null : await door.read.incident(number);
    if (incident === null) return;
    const meta: FormMeta = { incident: incident.number, channel: body.channel?.id ?? null };
    await door.chat.openForm(body.trigger_id, resolveForm(incident.number, incident.alerts.firing, JSON.stringify(meta)));
  });
}

/** The incident a button stands for; null when it is none of ours. */
function numberOf({ value }: ButtonAction): number | null {
  return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : null;
}
