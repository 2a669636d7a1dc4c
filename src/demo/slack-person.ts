import { createHmac } from "node:crypto";
import type { Instant } from "#domain/values/language.ts";

/** Where a person's clicks go. */
/** Where Muster listens to Slack. `wallClock`: the age of a signature is checked by the machine's. */
export type SlackTarget = { readonly url: string; readonly signingSecret: string; readonly wallClock: () => Instant };

export type SlackClicker = { readonly id: string; readonly name: string };

/** A click or a form, signed. */
export function sendSigned(to: SlackTarget, payload: object): Promise<Response> {
  return sendFields(to, { payload: JSON.stringify(payload) });
}

/** Someone types `/incident …` in a channel. `trigger` is the id of this asking. */
export function typeCommand(
  to: SlackTarget,
  typed: { readonly as: SlackClicker; readonly text: string; readonly channelId: string; readonly trigger: string },
): Promise<Response> {
  return sendFields(to, {
    command: "/incident",
    text: typed.text,
    user_id: typed.as.id,
    user_name: typed.as.name,
    channel_id: typed.channelId,
    team_id: "T000000001",
    trigger_id: typed.trigger,
  });
}

/** A signed request of Slack, as it would come from there: https://docs.slack.dev/authentication/verifying-requests-from-slack */
function sendFields(
  { url, signingSecret, wallClock }: SlackTarget,
  fields: Readonly<Record<string, string>>,
): Promise<Response> {
  const body = new URLSearchParams(fields).toString();
  const timestamp = String(Math.floor(wallClock() / 1000));
  const signature = `v0=${createHmac("sha256", signingSecret).update(`v0:${timestamp}:${body}`).digest("hex")}`;
  return fetch(`${url}/slack/events`, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "x-slack-request-timestamp": timestamp,
      "x-slack-signature": signature,
    },
    signal: AbortSignal.timeout(10_000),
  });
}

/** The payload of a click on a button of a message. `trigger` is the click's own id. */
export function buildClick(click: {
  readonly as: SlackClicker;
  readonly actionId: string;
  readonly value: string;
  readonly channelId: string;
  readonly messageTs: string;
  readonly trigger: string;
}): object {
  const { as, actionId, value, channelId, messageTs, trigger } = click;
  return {
    type: "block_actions",
    api_app_id: "A000000001",
    token: "unused",
    team: { id: "T000000001", domain: "example" },
    user: { id: as.id, username: as.name, name: as.name, team_id: "T000000001" },
    channel: { id: channelId, name: "incident" },
    message: { type: "message", ts: messageTs, text: "" },
    container: { type: "message", message_ts: messageTs, channel_id: channelId, is_ephemeral: false },
    trigger_id: trigger,
    actions: [
      {
        type: "button",
        action_id: actionId,
        block_id: `incident:${value}`,
        value,
        action_ts: messageTs,
        text: { type: "plain_text", text: "", emoji: true },
      },
    ],
  };
}
