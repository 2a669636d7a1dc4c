import { formatIso } from "#domain/values/instant.ts";
import type { Instant } from "#domain/values/language.ts";
import { BUTTON_ACTIONS } from "#views/values/action-buttons.ts";
import type { DemoPerson } from "./demo-workspace.ts";

/** One beat of the reference incident: when it happens after the first alert, and what. */
export type StoryBeat = { readonly minute: number; readonly narration: string } & (
  | { readonly does: "alert"; readonly alert: StoryAlert }
  | { readonly does: "resolve"; readonly alerts: readonly string[] }
  | { readonly does: "click"; readonly who: DemoPerson; readonly button: string }
  /** Acknowledges in PagerDuty. */
  | { readonly does: "pager"; readonly who: DemoPerson }
  /** Presses Approve on the card of the run that asks. */
  | { readonly does: "approve"; readonly who: DemoPerson }
  /** Types `/incident …`. */
  | { readonly does: "type"; readonly who: DemoPerson; readonly text: string }
);

export type StoryAlert = {
  readonly name: string;
  readonly severity: string;
  readonly service: string;
  readonly summary: string;
  readonly description: string;
};

const latency: StoryAlert = {
  name: "HighLatency",
  severity: "P2",
  service: "order-service",
  summary: "Order processing delayed: latency above 5 s",
  description: "p95 is 8.5 s, normal is 200 ms",
};
const errors: StoryAlert = {
  name: "HighErrorRate",
  severity: "P1",
  service: "order-service",
  summary: "Order processing: error rate 15 %, threshold 5 %",
  description: "15 % of requests fail",
};
const dependency: StoryAlert = {
  name: "DependencyLatency",
  severity: "P2",
  service: "order-service",
  summary: "payment-service answers order-service in 10 s and more",
  description: "calls wait for a connection",
};
const pool: StoryAlert = {
  name: "ConnectionPoolHigh",
  severity: "P3",
  service: "order-service",
  summary: "order-service holds 485 of 500 database connections",
  description: "pool use above 80 %",
};

/** The shipped runbook that mitigates it. */
export const STORY_RUNBOOK = "restart-on-connection-leak";

/** So long the case study took, whose people had to find the cause before they restarted anything. */
export const CASE_STUDY_MINUTES = 22;

/** "Order processing delayed", from 14:32. What Muster has looked at stands in the channel when someone comes, so the restart comes ten minutes earlier. */
export const STORY_BEATS: readonly StoryBeat[] = [
  { minute: 0, narration: "Latency above 5 s on order-service", does: "alert", alert: latency },
  {
    minute: 3,
    narration: "Alice has slept through it; Bob, her backup, was paged. Now Alice acknowledges in PagerDuty",
    does: "pager",
    who: "alice",
  },
  { minute: 3.3, narration: "Alice takes command", does: "click", who: "alice", button: BUTTON_ACTIONS.command.id },
  { minute: 4, narration: "Bob becomes scribe", does: "click", who: "bob", button: BUTTON_ACTIONS.scribe.id },
  {
    minute: 4.5,
    narration: "The connection pool is nearly full: a P3 of its own, no channel",
    does: "alert",
    alert: pool,
  },
  { minute: 5, narration: "Error rate 15 %: the severity rises", does: "alert", alert: errors },
  {
    minute: 5.3,
    narration: "The runbook has looked since 14:32 and asks to restart order-service: Alice approves",
    does: "approve",
    who: "alice",
  },
  {
    minute: 5.7,
    narration: "Alice asks Bob to talk to everybody else",
    does: "type",
    who: "alice",
    text: "role comms @bob",
  },
  {
    minute: 6,
    narration: "Bob writes the first update",
    does: "type",
    who: "bob",
    text: "update Orders are accepted and delayed by 8 s. order-service is being restarted.",
  },
  { minute: 6.4, narration: "payment-service is slow too", does: "alert", alert: dependency },
  {
    minute: 6.7,
    narration: "Charlie tries to take command too, and is refused",
    does: "click",
    who: "charlie",
    button: BUTTON_ACTIONS.command.id,
  },
  { minute: 7, narration: "Charlie becomes Technical Lead instead", does: "type", who: "charlie", text: "role tech" },
  {
    minute: 7.3,
    narration: "order-service is restarted: Alice marks it mitigated",
    does: "click",
    who: "alice",
    button: BUTTON_ACTIONS.mitigate.id,
  },
  {
    minute: 7.6,
    narration: "Charlie writes down the root cause",
    does: "type",
    who: "charlie",
    text: "note root cause: connection leak in order-service, 485 of 500 connections held",
  },
  { minute: 7.9, narration: "The wrong priority, by mistake", does: "type", who: "bob", text: "severity P4" },
  { minute: 8.2, narration: "and taken back", does: "type", who: "bob", text: "undo" },
  {
    minute: 8.4,
    narration: "Something to do afterwards",
    does: "type",
    who: "alice",
    text: "followup alert on pool exhaustion @charlie due 3d",
  },
  { minute: 8.6, narration: "Alice hands command over", does: "type", who: "alice", text: "handoff @bob" },
  { minute: 8.9, narration: "and Bob takes it", does: "click", who: "bob", button: BUTTON_ACTIONS.take.id },
  {
    minute: 9,
    narration: "Errors, latency and the pool are back to normal",
    does: "resolve",
    alerts: ["HighErrorRate", "DependencyLatency", "ConnectionPoolHigh", "HighLatency"],
  },
];

/** The end of the story: quiet for a minute, so the incident resolves by itself. */
export const END_MINUTE = 10;

/** What Alertmanager would post. `startsAt` by alert name; `now` ends those that resolve. */
export function buildDelivery(
  alerts: readonly StoryAlert[],
  status: "firing" | "resolved",
  startsAt: (name: string) => Instant,
  now: Instant,
): object {
  return {
    version: "4",
    receiver: "muster",
    groupKey: `{}:{service="order-service"}`,
    status,
    truncatedAlerts: 0,
    externalURL: "http://alertmanager.example.com",
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
    alerts: alerts.map(({ name, severity, service, summary, description }) => ({
      status,
      fingerprint: Buffer.from(name).toString("hex").slice(0, 16).padEnd(16, "0"),
      labels: { alertname: name, service, severity, env: "production" },
      annotations: { summary, description },
      startsAt: formatIso(startsAt(name)),
      endsAt: status === "firing" ? "0001-01-01T00:00:00Z" : formatIso(now),
      generatorURL: `http://prometheus.example.com/graph?g0.expr=${encodeURIComponent(name)}`,
    })),
  };
}
