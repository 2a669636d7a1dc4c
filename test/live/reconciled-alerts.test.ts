import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { saveAlerts } from "#db/alerts.ts";
import { alertsEndedByReconciliation, markMissing, staleAlerts, staleIncidents } from "#db/watch/stale-alerts.ts";
import { openDatabase, migrateDatabase, type DatabaseConnection } from "#db/client.ts";
import type { Alert } from "#domain/incident/alert.ts";
import { anAlert } from "#test/support/builders/alert-builders.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { describeLive, newDatabase } from "#test/support/harness/servers/live.ts";

const numbered = (overrides: Partial<Alert> = {}): Alert[] =>
  Array.from({ length: 2_500 }, (_, i) => anAlert({ fingerprint: `f${i}`, lastSeenAt: NOW - i, ...overrides }));
const since = (fingerprint: string, at: number | null) => ({ source: "alertmanager", fingerprint, since: at });

async function walk<Row>(pages: AsyncIterable<Row[]>): Promise<Row[]> {
  const all: Row[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}

async function onServer(run: (connection: DatabaseConnection) => Promise<void>): Promise<void> {
  const connection = await openDatabase({ kind: "server", url: await newDatabase(), connections: 2 }, () => {});
  try {
    await migrateDatabase(connection);
    await run(connection);
  } finally {
    await connection.close();
  }
}

describeLive("On PostgreSQL, alerts that their source is asked about", ["postgres"], () => {
  test("are all walked through, each once, though their rows change meanwhile", () =>
    onServer(async ({ db }) => {
      await saveAlerts(db, numbered());
      const found: string[] = [];
      for await (const page of staleAlerts(db, "alertmanager", NOW + 1)) {
        found.push(...page.map(({ fingerprint }) => fingerprint));
        await db.execute(sql`update alerts set last_seen_at = last_seen_at - interval '1 hour'`);
      }
      expect([found.length, new Set(found).size]).toEqual([2_500, 2_500]);
    }));

  test("are remembered as missing until they are found or delivered; one that is being delivered just now is not waited for", () =>
    onServer(async ({ db }) => {
      await saveAlerts(db, [
        anAlert({ fingerprint: "a" }),
        anAlert({ fingerprint: "b" }),
        anAlert({ fingerprint: "c" }),
      ]);
      const missing = async () =>
        Object.fromEntries(
          (await walk(staleAlerts(db, "alertmanager", NOW + 60 * MINUTE))).map(({ fingerprint, missingSince }) => [
            fingerprint,
            missingSince,
          ]),
        );
      await db.transaction(async (tx) => {
        await tx.execute(sql`select 1 from alerts where fingerprint = 'c' for update`);
        await markMissing(db, [since("a", NOW + 1), since("b", NOW + 1), since("c", NOW + 1)]);
      });
      expect(await missing()).toEqual({ a: NOW + 1, b: NOW + 1, c: null });
      await markMissing(db, [since("a", null)]);
      await saveAlerts(db, [anAlert({ fingerprint: "b", lastSeenAt: NOW + 2 })]);
      expect(await missing()).toEqual({ a: null, b: null, c: null });
    }));

  test("are asked about again when it was asking that ended them", () =>
    onServer(async ({ db }) => {
      await saveAlerts(
        db,
        ["a", "b", "c"].map((fingerprint) => anAlert({ fingerprint })),
      );
      await markMissing(
        db,
        ["a", "b", "c"].map((fingerprint) => since(fingerprint, NOW + 1)),
      );
      const { rows } = await db.execute<{ id: string; key: string }>(
        sql`insert into commands (key, type, urgency, weight, actor, at, recorded_at, body) select key, 'alerts.deliver', 0, 1, '{}', now(), now(), '' from (values ('reconcile:alertmanager:a'), ('reconcile:other:b'), (null)) as k(key) returning id, key`,
      );
      await saveAlerts(
        db,
        ["a", "b", "c"].map((fingerprint, i) =>
          anAlert({ fingerprint, status: "resolved", endsAt: NOW + 2, seq: Number(rows[i]!.id) }),
        ),
      );
      const again = (from: number) =>
        walk(alertsEndedByReconciliation(db, "alertmanager", "reconcile:alertmanager:", from));
      expect((await again(NOW)).map(({ fingerprint }) => fingerprint)).toEqual(["a"]);
      expect(await again(NOW + 2)).toEqual([]);
    }));

  test("count as stale by the limit of their source, in open incidents only", () =>
    onServer(async ({ db }) => {
      await saveAlerts(db, [
        ...numbered({ incident: 1 }),
        anAlert({ fingerprint: "x", incident: 2, lastSeenAt: NOW - 5 }),
        anAlert({ fingerprint: "y", incident: 2, lastSeenAt: NOW - 4 }),
        anAlert({ fingerprint: "z", incident: 2, source: "grafana", lastSeenAt: NOW - 9 }),
      ]);
      for (const [number, status] of [
        [1, "resolved"],
        [2, "acknowledged"],
      ])
        await db.execute(
          sql`insert into incidents (number, uid, key, status, priority, opened_at, version, state) values (${number}, 'u', 'k', ${status}, 'P0', now(), 1, '{}')`,
        );
      expect(await staleIncidents(db, [], NOW)).toEqual([{ incident: 2, count: 3, since: NOW - 9 }]);
      expect(await staleIncidents(db, [{ source: "grafana", before: NOW - 10 }], NOW - 5)).toEqual([
        { incident: 2, count: 1, since: NOW - 5 },
      ]);
    }));
});
