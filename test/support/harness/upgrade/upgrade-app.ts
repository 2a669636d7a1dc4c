import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { openDatabase } from "#db/client.ts";
import type { Instant } from "#domain/values/language.ts";
import type { TicketRequest } from "#ports/tickets.ts";
import { startApp, type TestApp } from "#test/support/harness/app/test-app.ts";
import { automationRuntimeOf, catalogOf } from "#test/support/builders/runbooks/catalogs.ts";
import { FakeMetrics, FakeDataSource } from "#test/support/doubles/ports/fake-measurements.ts";
import { freshDatabase } from "#test/support/harness/servers/test-database.ts";
import type { ChatMemory } from "#test/support/doubles/ports/chat-in-memory.ts";

const FIXTURES = fileURLToPath(new URL("../../../fixtures/upgrade/", import.meta.url));

/** A file of test/fixtures/upgrade. */
export const upgradeFixture = (name: string): string => readFileSync(`${FIXTURES}${name}`, "utf8");

/** What stood around the earlier version when it ended, and stands there still. */
export type UpgradeWorld = {
  readonly now: Instant;
  readonly chat: ChatMemory;
  /** Whom it paged, in order. */
  readonly paged: readonly { readonly dedupKey: string; readonly priority: string; readonly to: string }[];
  readonly tickets: readonly TicketRequest[];
  /** Values that Prometheus has, by a part of the query. */
  readonly metrics: readonly (readonly [string, number | null])[];
  /** Calls that the data source of the runbook has done, by their keys. */
  readonly called: readonly string[];
};

/**
 * What the earlier version reported of it all before it ended: its names for incidents and runs, what waited, and its
 * answers by path or incident.
 */
export type UpgradeExpected = {
  readonly names: Readonly<Record<string, string>>;
  readonly runs: Readonly<Record<string, string>>;
  readonly pending: readonly { readonly id: number; readonly type: string }[];
  readonly effects: readonly { readonly id: number; readonly key: string }[];
  readonly timers: readonly { readonly incident: number; readonly timer: string; readonly due: string }[];
} & Readonly<Record<string, unknown>>;

/** Puts what the earlier version wrote into a database of its own; answers its url. */
export async function databaseFromDump(): Promise<string> {
  const { url } = await freshDatabase();
  const connection = await openDatabase({ kind: "server", url, connections: 1 }, () => {});
  await connection.pool.query(
    `drop schema public, drizzle, audit cascade; create schema public; ${upgradeFixture("dump.sql")}`,
  );
  await connection.close();
  return url;
}

/** An application whose runbook acts on what a test sets. */
export type UpgradeApp = TestApp & { readonly metrics: FakeMetrics; readonly source: FakeDataSource };

/** Starts the code of this checkout where and when the earlier version ended, in the world as it was left. */
export async function continueFrom(settings: Readonly<Record<string, string>>): Promise<UpgradeApp> {
  const [metrics, source] = [new FakeMetrics(), new FakeDataSource()];
  let ids = 0;
  const started = await startApp({
    settings,
    policy: parse(upgradeFixture("muster.yaml")) as object,
    overrides: {
      newId: () => `new-${++ids}`,
      automation: automationRuntimeOf(await catalogOf(upgradeFixture("cancel-blockers.md")), {
        metrics,
        datasource: (name) => (name === "orders" ? source : null),
      }),
    },
  });
  const app = Object.assign(started, { metrics, source });
  const world = JSON.parse(upgradeFixture("world.json")) as UpgradeWorld;
  app.time.now = world.now;
  app.chat.recall(world.chat);
  for (const ticket of world.tickets) app.tickets.opened.push(ticket);
  for (const i of world.tickets.keys()) app.tickets.isOpen.set(`T-${i + 1}`, true);
  for (const [query, value] of world.metrics) app.metrics.values.set(query, value);
  app.source.called.push(...world.called);
  return app;
}
