import { sql } from "drizzle-orm";
import { getTableConfig } from "drizzle-orm/pg-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { flappingAlerts, listAlerts, saveAlerts } from "#db/alerts.ts";
import { alertsTable, commandsTable, effectsTable, eventsTable, incidentsTable } from "#db/schema.ts";
import { incidentFiguresTable, runbookLookupsTable } from "#db/figures-schema.ts";
import type { Alert } from "#domain/incident/alert.ts";
import { alertPosition, type AlertPosition } from "#domain/incident/alert-position.ts";
import { anAlert } from "#test/support/builders/alert-builders.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
beforeAll(async () => {
  rig = await EngineHarness.open();
  await saveAlerts(rig.connection.db, ALERTS);
});
afterAll(() => rig.close());

/** Many that were received, or ended, at the same instant: a page ends among them. */
const ALERTS: readonly Alert[] = Array.from({ length: 23 }, (_, n) =>
  anAlert({
    fingerprint: `f${n}`,
    incident: n % 3,
    status: n % 2 === 0 ? "firing" : "resolved",
    endsAt: n % 2 === 0 ? null : NOW + (n % 4) * MINUTE,
    lastSeenAt: NOW + (n % 5) * MINUTE,
    startsAt: NOW - n * MINUTE,
    flaps: n % 4,
  }),
);

const names = (alerts: readonly Alert[]): readonly string[] => alerts.map(({ fingerprint }) => fingerprint);

async function walkPages(
  filter: { readonly status?: "firing" | "resolved" },
  limit: number,
): Promise<readonly Alert[]> {
  const all: Alert[] = [];
  for (let after: AlertPosition | undefined; ;) {
    const page: readonly Alert[] = await listAlerts(rig.connection.db, {
      ...filter,
      limit,
      ...(after === undefined ? {} : { after }),
    });
    all.push(...page);
    if (page.length < limit) return all;
    after = alertPosition(page.at(-1)!);
  }
}

test.each([1, 2, 3, 7, 23, 50])("pages of %i are the whole list, each alert once", async (limit) => {
  const { db } = rig.connection;
  expect(names(await walkPages({}, limit))).toEqual(names(await listAlerts(db, { limit: 100 })));
  expect(names(await walkPages({ status: "resolved" }, limit))).toEqual(
    names(await listAlerts(db, { status: "resolved", limit: 100 })),
  );
});

test("what fires comes first, the last received before others; then what ended, the last ended before others", async () => {
  const listed = await listAlerts(rig.connection.db, { limit: 100 });
  expect(new Set(names(listed))).toEqual(new Set(names(ALERTS)));
  const key = ({ status, lastSeenAt, endsAt }: Alert): readonly [string, number] =>
    status === "firing" ? [status, -lastSeenAt] : [status, -endsAt!];
  const sorted = listed.toSorted((a, b) => {
    const [[s, x], [t, y]] = [key(a), key(b)];
    return s < t ? -1 : s > t ? 1 : x - y;
  });
  expect(listed.map(key)).toEqual(sorted.map(key));
});

test("those that flap most come first, of equal ones those that started last", async () => {
  const listed = await flappingAlerts(rig.connection.db, { limit: 4 });
  expect(listed.map(({ fingerprint, flaps }) => [fingerprint, flaps])).toEqual([
    ["f3", 3],
    ["f7", 3],
    ["f11", 3],
    ["f15", 3],
  ]);
});

test("the database has every index of the tables, those of large ones too", async () => {
  const tables = [
    alertsTable,
    commandsTable,
    effectsTable,
    eventsTable,
    incidentsTable,
    incidentFiguresTable,
    runbookLookupsTable,
  ];
  const wanted = tables.flatMap((table) => getTableConfig(table).indexes.map(({ config }) => config.name!));
  const { rows } = await rig.connection.db.execute<{ name: string }>(
    sql`select indexname as name from pg_indexes where schemaname = 'public'`,
  );
  expect(wanted.filter((name) => !rows.some((row) => row.name === name))).toEqual([]);
});

test("no index has what a repetition of an alert changes, so that writing it again stays cheap", async () => {
  const { rows } = await rig.connection.db.execute<{ text: string }>(
    sql`select indexdef as text from pg_indexes where tablename = 'alerts'`,
  );
  expect(rows.length).toBeGreaterThan(5);
  const changing = ["last_seen_at", "seq", "repeats", "labels", "annotations", "group_keys", "receivers"];
  expect(rows.filter(({ text }) => changing.some((column) => new RegExp(`\\b${column}\\b`).test(text)))).toEqual([]);
});
