import type { VendorCalls } from "./integrations/integration.ts";
import { collectDefaultMetrics, Counter, Histogram, Registry } from "prom-client";
import type { DatabaseConnection } from "#db/client.ts";
import type { LoopObserver } from "#engine/base/engine.ts";
import { formatMetricSums, WORKER_LABEL } from "#app/worker/metric-sums.ts";
import type { MetricCounts } from "#app/worker/worker-link.ts";
import { addGauges, addRefusalGauges, addSelfGauges, type SelfKnowledge } from "./database-gauges.ts";

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export type AppMetrics = VendorCalls & {
  readonly observe: LoopObserver;
  readonly request: (door: string, status: number, ms: number) => void;
  readonly alerts: (source: string, count: number) => void;
  /** Counts a request that was refused for its token or its signature. */
  readonly unauthenticated: (door: string) => void;
  /** Adds the gauges that need other parts of the process, which depend on these metrics; to be called once. */
  readonly addSelf: (self: SelfKnowledge) => void;
  /** What this process itself counts. */
  readonly counts: () => Promise<MetricCounts>;
  readonly text: () => Promise<{ readonly type: string; readonly text: string }>;
};

/** `own`: this process answers for itself, and is not another's worker. `others`: what processes count for which it answers. */
type MetricSharing = { readonly own: boolean; readonly others: () => Promise<readonly MetricCounts[]> };

/** Everything `muster_*`. Depths and open incidents are counted when someone asks, not all the time. */
export function createMetrics(
  connection: () => DatabaseConnection | null,
  { own, others }: MetricSharing = { own: true, others: () => Promise.resolve([]) },
): AppMetrics {
  const [registry, shared] = [new Registry(), new Registry()];
  collectDefaultMetrics({ register: registry, ...(own ? {} : { labels: WORKER_LABEL }) });
  const on = { registers: [registry] };
  const requests = requestMetrics(on);
  const loop = loopMetrics(on);
  const vendors = vendorMetrics(on);
  const observe = observeSteps(loop, incidentMetrics(on));
  const gauges = { registers: [shared] };
  addGauges(gauges, connection);
  addRefusalGauges(gauges, connection);
  const counts = (): Promise<MetricCounts> => registry.getMetricsAsJSON();
  return {
    observe,
    ...requests,
    ...vendors,
    addSelf: (self) => addSelfGauges(gauges, self),
    counts,
    async text() {
      const all = [await counts(), ...(await others())];
      return {
        type: registry.contentType,
        text: `${await formatMetricSums(all)}\n${await shared.metrics()}`,
      };
    },
  };
}

type Registers = { readonly registers: Registry[] };

/** What comes in by the doors. */
function requestMetrics(on: Registers): Pick<AppMetrics, "request" | "alerts" | "unauthenticated"> {
  const requests = new Counter({
    name: "muster_http_requests_total",
    help: "Requests, by door and status",
    labelNames: ["door", "status"],
    ...on,
  });
  const requestSeconds = new Histogram({
    name: "muster_http_request_seconds",
    help: "Time to answer a request, the durable write included",
    labelNames: ["door"],
    buckets: SECONDS,
    ...on,
  });
  const alerts = new Counter({
    name: "muster_alerts_received_total",
    help: "Alerts in accepted deliveries, by source",
    labelNames: ["source"],
    ...on,
  });
  const unauthenticated = new Counter({
    name: "muster_authentication_failures_total",
    help: "Requests refused for their token or their signature, by door",
    labelNames: ["door"],
    ...on,
  });
  return {
    request(door, status, ms) {
      requests.inc({ door, status });
      requestSeconds.observe({ door }, ms / 1_000);
    },
    alerts: (source, count) => alerts.inc({ source }, count),
    unauthenticated: (door) => unauthenticated.inc({ door }),
  };
}

/** What the loop stores, applies and performs. */
function loopMetrics(on: Registers) {
  const stored = new Counter({ name: "muster_commands_stored_total", help: "Commands stored durably", ...on });
  const applied = new Counter({ name: "muster_commands_applied_total", help: "Commands applied", ...on });
  const failed = new Counter({
    name: "muster_commands_failed_total",
    help: "Commands that could not be applied and were put aside",
    labelNames: ["type"],
    ...on,
  });
  const batch = new Histogram({
    name: "muster_apply_seconds",
    help: "Time of one deciding transaction",
    buckets: SECONDS,
    ...on,
  });
  const effects = new Counter({
    name: "muster_effects_total",
    help: "Attempts at effects, by what came of them",
    labelNames: ["type", "outcome"],
    ...on,
  });
  const effectSeconds = new Histogram({
    name: "muster_effect_seconds",
    help: "Time of one attempt at an effect",
    labelNames: ["lane"],
    buckets: SECONDS,
    ...on,
  });
  const wakeUps = new Counter({
    name: "muster_wake_ups_total",
    help: "What started the work of lanes: the queue, or polling the database for work that no wake-up had come for",
    labelNames: ["lane", "by"],
    ...on,
  });
  return { stored, applied, failed, batch, effects, effectSeconds, wakeUps };
}

/** What is asked of other services. */
function vendorMetrics(on: Registers): VendorCalls {
  const slackCalls = new Counter({
    name: "muster_slack_calls_total",
    help: "Requests to Slack, by outcome",
    labelNames: ["method", "outcome"],
    ...on,
  });
  const slackSeconds = new Histogram({
    name: "muster_slack_call_seconds",
    help: "Time of one request to Slack",
    labelNames: ["method"],
    buckets: SECONDS,
    ...on,
  });
  const chatCalls = new Counter({
    name: "muster_chat_calls_total",
    help: "Requests to the chat, by outcome",
    labelNames: ["chat", "method", "outcome"],
    ...on,
  });
  const chatSeconds = new Histogram({
    name: "muster_chat_call_seconds",
    help: "Time of one request to the chat",
    labelNames: ["chat", "method"],
    buckets: SECONDS,
    ...on,
  });
  const pagerCalls = new Counter({
    name: "muster_pager_calls_total",
    help: "Requests to the pager, by outcome",
    labelNames: ["operation", "outcome"],
    ...on,
  });
  const trackerCalls = new Counter({
    name: "muster_tracker_calls_total",
    help: "Requests to ticket trackers, by outcome",
    labelNames: ["tracker", "operation", "outcome"],
    ...on,
  });
  return {
    chatCall({ chat, method, outcome, ms }) {
      chatCalls.inc({ chat, method, outcome });
      chatSeconds.observe({ chat, method }, ms / 1_000);
      // Published before there was another chat: dashboards and rules ask by these names.
      if (chat !== "slack") return;
      slackCalls.inc({ method, outcome });
      slackSeconds.observe({ method }, ms / 1_000);
    },
    pagerCall: ({ operation, outcome }) => pagerCalls.inc({ operation, outcome }),
    trackerCall: ({ tracker, operation, outcome }) => trackerCalls.inc({ tracker, operation, outcome }),
  };
}

/** What becomes of incidents. */
function incidentMetrics(on: Registers) {
  const repaired = new Counter({
    name: "muster_escalations_repaired_total",
    help: "Unacknowledged incidents that had lost their next deadline and got one; anything but 0 is a fault",
    ...on,
  });
  const opened = new Counter({
    name: "muster_incidents_opened_total",
    help: "Incidents opened, by priority",
    labelNames: ["priority"],
    ...on,
  });
  const resolved = new Counter({ name: "muster_incidents_resolved_total", help: "Incidents resolved", ...on });
  return { repaired, opened, resolved };
}

function observeSteps(
  loop: ReturnType<typeof loopMetrics>,
  incidents: ReturnType<typeof incidentMetrics>,
): LoopObserver {
  return (step) => {
    switch (step.step) {
      case "submit.stored":
        return loop.stored.inc(step.count);
      case "apply.committed":
        loop.applied.inc(step.count);
        return loop.batch.observe(step.ms / 1_000);
      case "apply.failed":
        return loop.failed.inc({ type: step.type });
      case "lane.woken":
        return loop.wakeUps.inc({ lane: step.lane, by: step.by });
      case "perform.finished":
        loop.effects.inc({ type: step.type, outcome: step.outcome });
        return loop.effectSeconds.observe({ lane: step.lane }, step.ms / 1_000);
      case "incident.opened":
        return incidents.opened.inc({ priority: step.priority });
      case "incident.resolved":
        return incidents.resolved.inc();
      case "escalation.audited":
        return void (step.repaired > 0 && incidents.repaired.inc(step.repaired));
      case "submit.storing":
      case "apply.deciding":
      case "apply.committing":
      case "perform.claimed":
      case "perform.called":
      case "timers.fired":
      case "run.claimed":
      case "run.starting":
      case "run.started":
      case "run.acted":
      case "run.written":
        return;
    }
  };
}
