import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { sql } from "drizzle-orm";
import { createReader } from "#engine/loop/reader.ts";
import { auditRechecks } from "#engine/alerting/recheck-audit.ts";
import { alertOf } from "#test/support/builders/webhooks.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

// What fires stays someone's, also when a person has ended it.

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(() => rig.reset());
afterEach(() => expect(rig.selfAlerts()).toEqual([]));
afterAll(() => rig.close());

const firing = (severity = "P0") =>
  alertOf({ alertname: "Down", service: "order-service", severity }, { startsAt: NOW, summary: "orders are down" });
const over = (severity = "P0") => ({
  ...firing(severity),
  status: "resolved" as const,
  endsAt: new Date(rig.now).toISOString(),
});
const does = async (command: Parameters<EngineHarness["does"]>[0]): Promise<void> => {
  await rig.does(command);
  await rig.passes(10_000);
};
const opensAndResolves = async (severity = "P0"): Promise<void> => {
  await rig.delivers([firing(severity)]);
  await rig.passes(10_000);
  await does({ type: "incident.resolve", reason: "fixed, I think" });
};
const stillFiring = async () => (await createReader(rig.engine).endedWhileFiring()).map(({ number }) => number);

test("a P0 that someone resolved and that goes on is open again in half an hour; they are notified first", async () => {
  await opensAndResolves();
  const paged = rig.paging.paged.length;
  for (let i = 0; i < 3; i++) {
    await rig.passes(9 * MINUTE);
    await rig.delivers([firing()]);
    expect(await rig.incident()).toMatchObject({ status: "resolved", alerts: { firing: 1 } });
    expect(await stillFiring()).toEqual([1]);
  }
  expect(await rig.incidents()).toHaveLength(1);
  await rig.passes(4 * MINUTE);
  expect(await rig.incident()).toMatchObject({ status: "triggered", recheck: null });
  expect(await stillFiring()).toEqual([]);
  expect(rig.paging.paged.slice(paged)).toHaveLength(1);
  expect(rig.chat.directs.map(({ user, text }) => [user, text])).toContainEqual([
    "U0ALICE01",
    "INC-1 is open again: alerts still fire",
  ]);
  const [channel] = rig.chat.channels.keys();
  expect(rig.chat.in(channel!).map(({ text }) => text)).toContainEqual(
    expect.stringMatching(/<@U0ALICE01>.*is open again.*1 alert still fires/s),
  );
});

test("an alert that resolves meanwhile ends it", async () => {
  await opensAndResolves();
  await rig.delivers([over()]);
  expect(await stillFiring()).toEqual([]);
  const { rows } = await rig.connection.db.execute(sql`select 1 from timers where timer = 'recheck'`);
  expect(rows).toEqual([]);
  await rig.passes(5 * HOUR);
  expect(await rig.incident()).toMatchObject({ status: "resolved" });
});

test("what is muted meanwhile waits, and pages when the mute ends", async () => {
  await opensAndResolves();
  const until = rig.now + 2 * HOUR;
  await rig.arranges({ type: "mute.set", matchers: ["service=order-service"], from: rig.now, until, reason: "r" });
  await rig.passes(2 * HOUR - MINUTE);
  expect(await rig.incident()).toMatchObject({ status: "resolved" });
  await rig.passes(31 * MINUTE);
  expect(await rig.incident()).toMatchObject({ status: "triggered" });
});

test("a false alarm is silent until its alerts resolve, and is listed as long", async () => {
  await rig.delivers([firing()]);
  await rig.passes(10_000);
  await does({ type: "incident.cancel", reason: "a load test" });
  const { falseAlarms } = await createReader(rig.engine).silences();
  expect(falseAlarms.map(({ number, falseAlarm }) => [number, falseAlarm?.reason])).toEqual([[1, "a load test"]]);
  await rig.passes(5 * HOUR);
  await auditRechecks(rig.engine, rig.submit);
  await rig.settles();
  expect(await rig.incident()).toMatchObject({ status: "canceled" });
  await rig.delivers([over()]);
  expect((await createReader(rig.engine).silences()).falseAlarms).toEqual([]);
});

test("a P2 that stale news re-opened, and that never stops, pages someone", async () => {
  await rig.delivers([firing("P2")]);
  await rig.passes(5 * MINUTE);
  await rig.delivers([over("P2")]);
  await rig.passes(2 * MINUTE);
  expect(await rig.incident()).toMatchObject({ status: "resolved" });
  const paged = rig.paging.paged.length;
  await rig.delivers([firing("P2")]);
  expect(await rig.incident()).toMatchObject({ status: "triggered" });
  expect(rig.paging.paged).toHaveLength(paged);
  // No one answered Alice's page, so her backup is the one who is next; until then the peer can correct itself.
  await rig.passes(29 * MINUTE);
  expect(rig.paging.paged).toHaveLength(paged);
  await rig.passes(MINUTE);
  expect(rig.paging.paged.slice(paged)).toEqual(["P2 Mia"]);
  expect(await rig.incident()).toMatchObject({ status: "triggered" });
});

test("what a version without re-checks ended is found by the auditor", async () => {
  await opensAndResolves("P2");
  await rig.connection.db.execute(sql`delete from timers`);
  await rig.connection.db.execute(
    sql`update incidents set state = (state::jsonb - 'recheck' - 'falseAlarm' - 'reasonOwedBy')::json`,
  );
  expect(await auditRechecks(rig.engine, rig.submit)).toBe(1);
  await rig.settles();
  expect(await rig.incident()).toMatchObject({ status: "resolved", recheck: { at: rig.now + 4 * HOUR, by: null } });
  expect(await auditRechecks(rig.engine, rig.submit)).toBe(0);
  await rig.passes(4 * HOUR);
  expect(await rig.incident()).toMatchObject({ status: "triggered" });
  rig.log.lines.length = 0;
});
