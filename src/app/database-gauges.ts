import { Gauge, type Registry } from "prom-client";
import { countSuppressedAlerts } from "#db/alerts.ts";
import type { DatabaseConnection } from "#db/client.ts";
import { laneDepths } from "#db/due-work.ts";
import { countOpenIncidents } from "#db/incidents.ts";
import { endedFiringIncidents } from "#db/watch/firing-alerts.ts";
import { reportedSenders } from "#db/intake/alert-senders.ts";
import { countUnsettledAlerts } from "#db/intake/refused-alerts.ts";
import { countDeadLetters } from "#db/outages/dead-letter-rows.ts";
import { LANES, PRIORITIES } from "#domain/values/language.ts";

type Registers = { readonly registers: Registry[] };

/** What is counted in the database when someone asks. */
export function addGauges(on: Registers, connection: () => DatabaseConnection | null): void {
  new Gauge({
    name: "muster_queue_depth",
    help: "What waits in each lane: pending commands, effects, timers",
    labelNames: ["lane"],
    ...on,
    async collect() {
      for (const lane of LANES) this.set({ lane }, 0);
      for (const { lane, count } of await orNothing(connection, laneDepths)) this.set({ lane }, count);
    },
  });
  new Gauge({
    name: "muster_incidents_open",
    help: "Open incidents, by priority",
    labelNames: ["priority"],
    ...on,
    async collect() {
      for (const priority of PRIORITIES) this.set({ priority }, 0);
      for (const { priority, count } of await orNothing(connection, countOpenIncidents)) this.set({ priority }, count);
    },
  });
  new Gauge({
    name: "muster_incidents_ended_firing",
    help: "Incidents that people ended while alerts of them still fire",
    ...on,
    async collect() {
      this.set((await orNothing(connection, endedFiringIncidents)).length);
    },
  });

  new Gauge({
    name: "muster_dead_letters",
    help: "Commands and effects that were put aside and wait for a person to retry or drop them",
    labelNames: ["kind"],
    ...on,
    async collect() {
      const [counts] = await orNothing(connection, async (db) => [await countDeadLetters(db)]);
      this.set({ kind: "command" }, counts?.commands ?? 0);
      this.set({ kind: "effect" }, counts?.effects ?? 0);
    },
  });

  new Gauge({
    name: "muster_alerts_muted",
    help: "Firing alerts that a mute or a maintenance window holds back",
    ...on,
    async collect() {
      const [suppressedCount = 0] = await orNothing(connection, async (db) => [await countSuppressedAlerts(db)]);
      this.set(suppressedCount);
    },
  });
}

/** What the doors refused and no one has dealt with. */
export function addRefusalGauges(on: Registers, connection: () => DatabaseConnection | null): void {
  new Gauge({
    name: "muster_alerts_refused",
    help: "Refused alerts that no one has dealt with; they have reached no one",
    ...on,
    async collect() {
      const [count = 0] = await orNothing(connection, async (db) => [await countUnsettledAlerts(db)]);
      this.set(count);
    },
  });
  new Gauge({
    name: "muster_senders_refused",
    help: "Senders whose deliveries are refused, by door",
    labelNames: ["door"],
    ...on,
    async collect() {
      this.reset();
      const senders = await orNothing(connection, reportedSenders);
      for (const { source } of senders) this.inc({ door: source });
    },
  });
}

/**
 * What a process measures of its clock, and of who is paged under the policy in force. `unstaffed`: a sentence for each
 * team.
 */
export type SelfKnowledge = {
  readonly skewMs: () => number;
  readonly unstaffed: () => Promise<readonly string[]>;
  /** For how many ms the oldest stored command has waited to be decided. */
  readonly lagMs: () => Promise<number>;
};

/** What is wrong with the place and the policy, and not with any alert. */
export function addSelfGauges(on: Registers, { skewMs, unstaffed, lagMs }: SelfKnowledge): void {
  new Gauge({
    name: "muster_clock_skew_seconds",
    help: "By how much the machine's clock of this process is ahead of the database's; negative when it is behind",
    ...on,
    collect() {
      this.set(skewMs() / 1_000);
    },
  });
  new Gauge({
    name: "muster_teams_unstaffed",
    help: "Teams, alerts without one included, that have no one to page now at a priority that pages",
    ...on,
    async collect() {
      this.set((await unstaffed().catch(() => [])).length);
    },
  });
  new Gauge({
    name: "muster_apply_lag_seconds",
    help: "For how long the oldest stored delivery or command has waited to be decided",
    ...on,
    async collect() {
      this.set((await lagMs().catch(() => 0)) / 1_000);
    },
  });
}

/** While the database is down its metrics are 0; the others, and the failed health check, still report. */
async function orNothing<T>(
  connection: () => DatabaseConnection | null,
  count: (db: DatabaseConnection["db"]) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const db = connection()?.db;
  return db === undefined ? [] : count(db).catch(() => []);
}
