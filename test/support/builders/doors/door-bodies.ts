import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { NOW } from "#test/support/builders/instants.ts";

const USER = { id: "U0ALICE01", username: "alice", name: "alice", team_id: "T1" };
const OF_TEAM = { team: { id: "T1", domain: "example" }, api_app_id: "A1", token: "t" };
const REPLY = "https://hooks.slack.com/actions/T1/1/x";

function click(action: string): object {
  return {
    ...OF_TEAM,
    type: "block_actions",
    user: USER,
    channel: { id: "C1", name: "inc-1" },
    message: { type: "message", ts: "1.1", text: "" },
    container: { type: "message", message_ts: "1.1", channel_id: "C1" },
    trigger_id: "trigger",
    response_url: REPLY,
    actions: [{ type: "button", action_id: action, block_id: "b", value: "1", action_ts: "1.1" }],
  };
}

function submission(form: string, field: string): object {
  return {
    ...OF_TEAM,
    type: "view_submission",
    user: USER,
    trigger_id: "trigger",
    view: {
      ...{ id: "V1", hash: "h", type: "modal", callback_id: form },
      title: { type: "plain_text", text: "t" },
      private_metadata: '{"incident":1,"channel":"C1"}',
      state: { values: { [field]: { [field]: { type: "plain_text_input", value: "words" } } } },
      blocks: [],
    },
  };
}

function slackEvent(event: object): object {
  return {
    ...{ type: "event_callback", event_id: "Ev1", event_time: 1, team_id: "T1", api_app_id: "A1" },
    authorizations: [{ user_id: "UBOT", team_id: "T1", is_bot: true }],
    event,
  };
}

/** What Slack sends as `payload` in a form, one of each kind. */
export const SLACK_PAYLOADS: readonly object[] = [
  click("incident.acknowledge"),
  click("incident.update"),
  {
    ...click("incident.more"),
    actions: [
      { type: "overflow", action_id: "incident.more", block_id: "b", selected_option: { value: "x" }, action_ts: "1" },
    ],
  },
  submission("resolve", "reason"),
  submission("declare", "title"),
  { ...submission("declare", "title"), type: "view_closed" },
  ...["capture_message", "declare_from_message"].map((callback_id) => ({
    ...OF_TEAM,
    ...{ type: "message_action", callback_id, trigger_id: "trigger", response_url: REPLY, user: USER },
    channel: { id: "C1", name: "inc-1" },
    message: { type: "message", ts: "1.1", text: "words", user: "U0BOB0001" },
    message_ts: "1.1",
  })),
  { ...OF_TEAM, type: "shortcut", callback_id: "declare", trigger_id: "trigger", user: USER },
  { ...OF_TEAM, type: "block_suggestion", action_id: "a", block_id: "b", value: "x", user: USER },
  { ...OF_TEAM, type: "dialog_submission", callback_id: "x", user: USER, channel: { id: "C1" }, submission: {} },
];

/** What Slack sends as JSON, one of each kind that Muster listens to. */
export const SLACK_EVENTS: readonly object[] = [
  { type: "url_verification", challenge: "c", token: "t" },
  ...[
    { type: "app_mention", channel: "C1", user: "U0ALICE01", text: "<@UBOT> note words", ts: "1.1", team: "T1" },
    { type: "app_home_opened", user: "U0ALICE01", tab: "home", channel: "D1" },
    {
      type: "reaction_added",
      user: "U0ALICE01",
      reaction: "pushpin",
      item: { type: "message", channel: "C1", ts: "1.1" },
    },
    {
      type: "reaction_removed",
      user: "U0ALICE01",
      reaction: "pushpin",
      item: { type: "message", channel: "C1", ts: "1.1" },
    },
    { type: "pin_added", user: "U0ALICE01", channel_id: "C1", item: { type: "message", message: { ts: "1.1" } } },
    {
      ...{ type: "message", subtype: "message_changed", channel: "C1" },
      message: { ts: "1.1", text: "new", user: "U0ALICE01" },
      previous_message: { ts: "1.1", text: "old" },
    },
    { type: "message", subtype: "message_deleted", channel: "C1", deleted_ts: "1.1" },
    { type: "member_joined_channel", user: "U0ALICE01", channel: "C1" },
    { type: "member_left_channel", user: "U0ALICE01", channel: "C1" },
    { type: "channel_rename", channel: { id: "C1", name: "inc-1-new" } },
    { type: "function_executed", function: { callback_id: "x" }, inputs: {}, function_execution_id: "F1" },
    { type: "app_uninstalled" },
  ].map(slackEvent),
];

/** `/incident note words`, as the form that Slack sends. */
export const SLACK_COMMAND: Readonly<Record<string, string>> = {
  ...{ command: "/incident", text: "note words", user_id: "U0ALICE01", user_name: "alice", channel_id: "C1" },
  ...{ team_id: "T1", trigger_id: "trigger", response_url: REPLY },
};

/** PagerDuty's webhooks, one of each shape. */
export const PAGERDUTY_EVENTS: readonly object[] = ["acknowledged", "resolved", "annotated", "reassigned"].map(
  (what) => ({
    event: {
      ...{ id: "01EVENT", event_type: `incident.${what}`, resource_type: "incident" },
      occurred_at: new Date(NOW).toISOString(),
      agent: { id: "PALICE1", type: "user_reference", summary: "Alice Adams" },
      client: { name: "x" },
      data: {
        ...{ id: "Q1", type: "incident", incident_key: "muster:INC-1:1:P1:0:uid", status: "acknowledged" },
        html_url: "https://example.pagerduty.com/incidents/Q1",
        assignees: [{ id: "PALICE1", type: "user_reference", summary: "Alice Adams" }],
        resolve_reason: { type: "merge_resolve_reason", incident: { id: "Q2", type: "incident_reference" } },
        incident: { id: "Q1", type: "incident_reference", summary: "x" },
      },
    },
  }),
);

/** A delivery of Alertmanager, which Grafana's resembles. */
export const ALERT_DELIVERY = deliveryOf([
  alertOf({ alertname: "HighLatency", service: "order-service", severity: "P2" }, { startsAt: NOW }),
  alertOf({ alertname: "HighLatency", service: "other", severity: "P3" }, { startsAt: NOW, endsAt: NOW + 1 }),
]) as object;

/** Bodies of JSON by the ends of the paths that take them. */
export const JSON_BODIES: Readonly<Record<string, object>> = {
  "/api/verbs": { text: "INC-1 note words", as: "Alice", key: "k1", incident: "INC-1" },
  "/api/incidents/:id/postmortem": { markdown: "## Summary\n\nWords\n", base: "1", as: "Alice" },
  "/api/deadletters/:id/drop": { reason: "words", as: "Alice" },
  "/api/deadletters/:id/retry": { as: "Alice" },
  "/api/tokens": { name: "ci-bot", scopes: ["read", "ingest:alertmanager"], expiresInDays: 3 },
  "/api/tokens/:name/rotate": { graceDays: 1 },
  "/api/tokens/:name/revoke": {},
  "/api/sessions/:number/revoke": {},
};

/** Fields of forms, besides the `csrf` that each has. */
export const FORM_FIELDS: Readonly<Record<string, string>> = {
  ...{ text: "note words", key: "abcdefgh-1234", page: "timeline", of: "INC-1", about: "note", base: "1", number: "1" },
  ...{ id: "1", reason: "words", do: "approve", hash: "0".repeat(64) },
};
