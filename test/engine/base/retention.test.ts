import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pruneHistory } from "#db/retention.ts";
import { failedOutcome, type CommandOutcome } from "#domain/events/command-outcome.ts";
import { DAY } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
afterAll(() => rig.close());

const answered = (text: string): CommandOutcome => ({ ...failedOutcome(text), kind: "applied" });

test("deletes old commands by their outcome, whatever its words were, and keeps those that failed", async () => {
  const rows: readonly (readonly [key: string, outcome: string, result: CommandOutcome | null])[] = [
    ["failed", "failed: no decision", failedOutcome("no decision")],
    ["failed of an earlier version", "failed: no decision", null],
    ["failed, of a text that jsonb refuses", "failed: \ufffd", failedOutcome("\u0000 \ud800")],
    ["applied, in words that begin alike", "failed over to the replica", answered("failed over to the replica")],
    ["applied, in words like the stored form", "said", answered('"kind":"failed" \u0000')],
    ["applied by an earlier version", "applied", null],
  ];
  for (const [key, outcome, result] of rows)
    await rig.connection.db.execute(
      sql`insert into commands (key, type, urgency, weight, actor, at, recorded_at, body, done_at, outcome, result)
          values (${key}, 'planted', 0, 1, '{}', now(), now(), '{}', ${new Date(rig.now - 40 * DAY).toISOString()}::timestamptz, ${outcome}, ${result === null ? null : JSON.stringify(result)}::json)`,
    );
  await pruneHistory(rig.connection.db, rig.now, async () => {});
  const left = await rig.connection.db.execute<{ key: string }>(
    sql`select key from commands where type = 'planted' order by id`,
  );
  expect(left.rows.map(({ key }) => key)).toEqual(rows.map(([key]) => key).filter((key) => key.startsWith("failed")));
});

test("forgets all that is old, however much it is, with a pause between its statements", async () => {
  const old = new Date(rig.now - 40 * DAY).toISOString();
  await rig.connection.db.execute(
    sql`insert into commands (key, type, urgency, weight, actor, at, recorded_at, body, done_at, outcome)
        select 'old ' || n, 'planted', 0, 1, '{}', now(), now(), '{}', ${old}::timestamptz, 'applied' from generate_series(1, 12000) n`,
  );
  await rig.connection.db.execute(
    sql`insert into effects (key, lane, urgency, status, effect, due_at, created_at, wanted, epoch, attempts, unsure, finished_at)
        select 'old ' || n, 'chat', 0, 'done', '{"type":"chat.topic"}', now(), now(), 1, 1, 1, false, ${old}::timestamptz from generate_series(1, 6000) n`,
  );
  let pauses = 0;
  await pruneHistory(rig.connection.db, rig.now, async () => void pauses++);
  const left = await rig.connection.db.execute(
    sql`select key from commands where key like 'old %' union all select key from effects where key like 'old %'`,
  );
  expect(left.rows).toEqual([]);
  expect(pauses).toBe(3);
});
