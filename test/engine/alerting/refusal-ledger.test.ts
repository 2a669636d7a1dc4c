import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openDatabase } from "#db/client.ts";
import { knownSenders, reportedSenders } from "#db/intake/alert-senders.ts";
import { unsettledAlerts } from "#db/intake/refused-alerts.ts";
import { pruneHistory } from "#db/retention.ts";
import type { Engine } from "#engine/base/engine.ts";
import * as webhookSources from "#handlers/webhooks/webhook-sources.ts";
import { createRefusalLedger, endRecoveredRefusals, type RefusalLedger } from "#engine/alerting/refusal-ledger.ts";
import { ensureNothingRefused, readRefusals, settleRefusals } from "#engine/alerting/refusal-report.ts";
import { DAY, HOUR, MINUTE, SECOND } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
let ledger: RefusalLedger;
/** The engine with the doors of the product. */
const engine = (): Engine => ({ ...rig.engine, webhookSources: Object.values(webhookSources) });
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(async () => {
  await rig.reset();
  ledger = createRefusalLedger(engine(), rig.submit);
});
afterEach(() => expect(rig.selfAlerts()).toEqual([]));
afterAll(() => rig.close());

const SENDER = { source: "alertmanager", sender: "10.0.0.5" };
const refuses = (status = 400, sender = SENDER.sender, parts: readonly unknown[] = []): Promise<void> =>
  ledger.refused({
    source: "alertmanager",
    sender,
    status,
    reason: "alerts[0].status: expected",
    parts: parts.map((value, index) => ({ index, field: "status", reason: "expected", value })),
  });
const accepts = async (sender = SENDER.sender): Promise<void> => {
  ledger.accepted({ ...SENDER, sender });
  await expect.poll(async () => (await knownSenders(rig.connection.db)).map((each) => each.sender)).toContain(sender);
};
/** Time passes with the watch over the senders running each minute. */
const passes = async (ms: number): Promise<void> => {
  for (const end = rig.now + ms; rig.now < end;) {
    await rig.passes(Math.min(MINUTE, end - rig.now));
    await endRecoveredRefusals(engine(), rig.submit);
    await rig.settles();
  }
};
const incidentStates = async (): Promise<string[]> => {
  await rig.settles();
  return (await rig.incidents()).map(
    ({ title, status, alerts: { firing } }) => `${title}: ${status}, ${firing} firing`,
  );
};
const REFUSED = "Muster refuses alerts from Alertmanager at 10.0.0.5: alerts[0].status: expected";

describe("a refused sender", () => {
  test.each([202, 400, 401, 413, 415])(
    "raises one P1 that names it, however often it is refused: %d",
    async (status) => {
      await accepts();
      for (let i = 0; i < 5; i++) {
        await refuses(status);
        await passes(MINUTE);
      }
      expect(await incidentStates()).toEqual([expect.stringMatching(/10\.0\.0\.5.*: triggered, 1 firing$/)]);
      expect(await rig.incidents()).toMatchObject([{ priority: "P1", route: { service: "muster" } }]);
      expect(await reportedSenders(rig.connection.db)).toMatchObject([{ ...SENDER, status, times: 5 }]);
    },
  );

  test("beside another is an alert of the same incident", async () => {
    await refuses();
    await refuses(413, "10.0.0.6");
    await rig.settles();
    expect(await rig.incidents()).toMatchObject([{ alerts: { total: 2, firing: 2 } }]);
  });

  test("is no longer reported when it was accepted for a quarter of an hour", async () => {
    await refuses();
    expect(await incidentStates()).toEqual([`${REFUSED}: triggered, 1 firing`]);
    await passes(5 * MINUTE);
    await accepts();
    await passes(9 * MINUTE);
    expect(await incidentStates()).toEqual([`${REFUSED}: triggered, 1 firing`]);
    await passes(2 * MINUTE);
    expect(await incidentStates()).toEqual([`${REFUSED}: resolved, 0 firing`]);
    expect(await reportedSenders(rig.connection.db)).toEqual([]);
  });

  test("stays reported when its other groups are accepted between: no page for each of them", async () => {
    for (let i = 0; i < 12; i++) {
      await refuses();
      await passes(2 * MINUTE);
      ledger.accepted(SENDER);
      await passes(3 * MINUTE);
    }
    expect(await incidentStates()).toEqual([`${REFUSED}: triggered, 1 firing`]);
    const fired = (await rig.eventTypes()).filter((type) => type === "alerts.fired");
    expect(fired).toHaveLength(1);
  });

  test("is reported again when it is refused after its end", async () => {
    await refuses();
    await accepts();
    await passes(20 * MINUTE);
    await refuses();
    await rig.settles();
    expect((await rig.incidents()).reduce((sum, { alerts }) => sum + alerts.firing, 0)).toBe(1);
  });

  test("that no longer sends is not reported for ever", async () => {
    await refuses();
    await passes(HOUR);
    expect(await reportedSenders(rig.connection.db)).toHaveLength(1);
    await rig.passes(3 * HOUR);
    await endRecoveredRefusals(engine(), rig.submit);
    expect(await reportedSenders(rig.connection.db)).toEqual([]);
  });

  test("is reported once by two processes", async () => {
    const other = createRefusalLedger(engine(), rig.submit);
    await refuses();
    await other.refused({ ...SENDER, status: 400, reason: "alerts[0].status: expected", parts: [] });
    await rig.settles();
    expect((await rig.commands()).filter(({ type }) => type === "alerts.deliver")).toHaveLength(1);
    expect(await reportedSenders(rig.connection.db)).toMatchObject([{ times: 2 }]);
  });

  test("is written down at most each ten seconds", async () => {
    for (let i = 0; i < 100; i++) await refuses();
    expect(await reportedSenders(rig.connection.db)).toMatchObject([{ times: 1 }]);
    rig.now += 11 * SECOND;
    await refuses();
    expect(await reportedSenders(rig.connection.db)).toMatchObject([{ times: 101 }]);
  });

  test("is reported although the clock was set back", async () => {
    await refuses();
    rig.now -= 2 * HOUR;
    await refuses();
    expect(await reportedSenders(rig.connection.db)).toMatchObject([{ times: 2 }]);
  });
});

test("a refusal is answered while the database is unreachable, and the log repeats it rarely", async () => {
  const connection = await openDatabase(
    { kind: "server", url: "postgres://nobody@127.0.0.1:1/nowhere", connections: 1 },
    () => {},
  );
  const away = createRefusalLedger({ ...engine(), connection }, rig.submit);
  for (const status of [413, 401, 401, 400]) await away.refused({ ...SENDER, status, reason: "x", parts: [] });
  expect(rig.log.lines.splice(0).filter(({ level }) => level === "warn")).toHaveLength(1);
  const parts = [{ index: 0, field: "status", reason: "expected", value: 1 }];
  await expect(away.refused({ ...SENDER, status: 400, reason: "x", parts })).rejects.toThrow();
  await connection.close();
});

describe("strangers without a token", () => {
  test("fill no table and raise one alert in a day, from however many addresses", async () => {
    for (let hour = 0; hour < 23; hour++) {
      for (let i = 0; i < 10; i++) await refuses(401, `198.51.100.${hour * 10 + i}`);
      await rig.passes(HOUR + MINUTE);
      await endRecoveredRefusals(engine(), rig.submit);
      await rig.settles();
    }
    const { rows } = await rig.connection.pool.query<{ sender: string }>("select sender from alert_senders");
    expect(rows).toEqual([{ sender: "*" }]);
    const fired = (await rig.commands()).filter(({ body }) => /"status":"firing"/.test(body));
    expect(fired).toHaveLength(1);
  });

  test("are not the sender that was accepted before, which is named", async () => {
    await accepts();
    await refuses(401, "198.51.100.7");
    await refuses(401);
    await rig.settles();
    expect((await reportedSenders(rig.connection.db)).map(({ sender }) => sender)).toEqual(["*", "10.0.0.5"]);
    expect(await rig.incidents()).toMatchObject([{ alerts: { firing: 2 } }]);
  });

  test("a sender that another process has accepted is known after a minute", async () => {
    const other = createRefusalLedger(engine(), rig.submit);
    await refuses(401);
    other.accepted(SENDER);
    await accepts();
    rig.now += MINUTE + SECOND;
    await refuses(401);
    expect((await reportedSenders(rig.connection.db)).map(({ sender }) => sender)).toEqual(["*", "10.0.0.5"]);
  });
});

describe("refused alerts", () => {
  const named = (alertname: string): object => ({ labels: { alertname, severity: "P0" }, status: "odd" });
  const listed = async () =>
    (await unsettledAlerts(rig.connection.db, 2_000)).map(({ summary, times }) => [summary, times]);

  test("are kept with field and reason, one row for each however often they come", async () => {
    await refuses(202, SENDER.sender, [named("Down"), named("Slow"), named("Down")]);
    rig.now += MINUTE;
    await refuses(202, SENDER.sender, [named("Down")]);
    expect(await unsettledAlerts(rig.connection.db, 10)).toMatchObject([
      {
        ...SENDER,
        summary: "Down severity=P0",
        field: "status",
        reason: "expected",
        times: 3,
        firstAt: rig.now - MINUTE,
        lastAt: rig.now,
        excerpt: JSON.stringify(named("Down")),
      },
      { summary: "Slow severity=P0", times: 1 },
    ]);
  });

  test("are shown until someone deals with them, and again when they come again", async () => {
    await refuses(202, SENDER.sender, [named("Down")]);
    const { alerts, total } = await readRefusals(engine(), 10);
    expect(total).toBe(1);
    await expect(ensureNothingRefused(engine())).rejects.toThrow("1 refused alert to deal with");
    expect(await settleRefusals(engine(), [alerts[0]!.id], "Alice")).toBe(1);
    expect(await settleRefusals(engine(), [alerts[0]!.id], "Bob")).toBe(0);
    expect((await readRefusals(engine(), 10)).total).toBe(0);
    await refuses(202, SENDER.sender, [named("Down")]);
    expect(await listed()).toEqual([["Down severity=P0", 2]]);
  });

  test("fill at most a thousand rows; the others are counted", async () => {
    const many = Array.from({ length: 1_200 }, (_, i) => named(`A${i}`));
    await refuses(400, SENDER.sender, many);
    await refuses(400, SENDER.sender, many);
    const rows = await listed();
    expect(rows).toHaveLength(1_001);
    expect(rows).toContainEqual(["further refused alerts", 400]);
    expect(rows).toContainEqual(["A0 severity=P0", 2]);
  });

  test.each([
    ["what JSON may hold and text may not", { labels: { alertname: "\u0000\ud83d" }, status: "\udfff" }],
    ["no object", 5],
    ["nothing", null],
    ["labels that are none", { labels: [1, { a: 2 }] }],
    ["much", { labels: { alertname: "🔥".repeat(5_000) } }],
  ])("may hold %s", async (_, value) => {
    await refuses(202, SENDER.sender, [value]);
    const [row] = await unsettledAlerts(rig.connection.db, 10);
    expect(row!.excerpt.length).toBeLessThanOrEqual(4_000);
  });

  test("and senders are forgotten a month after they were last seen, but not those that are reported", async () => {
    await accepts("10.0.0.9");
    await refuses(202, SENDER.sender, [named("Down")]);
    rig.now += 31 * DAY;
    await pruneHistory(rig.connection.db, rig.now, async () => {});
    expect(await listed()).toEqual([]);
    expect(await knownSenders(rig.connection.db)).toEqual([]);
    expect(await reportedSenders(rig.connection.db)).toMatchObject([SENDER]);
  });
});
