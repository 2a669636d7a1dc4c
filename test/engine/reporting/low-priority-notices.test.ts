import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { MUSTER_ACTOR } from "#domain/values/language.ts";
import { createDailyDigest } from "#engine/reporting/daily-digest.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { textsOf } from "#test/support/doubles/slack/block-kit.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { HOUR, NOW, SECOND } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";
import { aSubmission } from "#test/support/builders/submissions.ts";

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(() => rig.reset());
afterEach(() => expect(rig.selfAlerts()).toEqual([]));
afterAll(() => rig.close());

const firesAlerts = (severity: string, names: readonly string[], service = "order-service"): Promise<void> =>
  rig.receives(
    deliveryOf(
      names.map((alertname) =>
        alertOf({ alertname, service, severity }, { startsAt: rig.now, summary: `${alertname} of ${service}` }),
      ),
    ),
  );
const alertNames = (count: number): string[] => Array.from({ length: count }, (_, i) => `A${i}`);
const digest = (day: string): Promise<void> =>
  rig.submit(
    aSubmission({ type: "digest.due", day }, { key: `digest:${day}`, urgency: 4, actor: MUSTER_ACTOR, at: rig.now }),
  );

describe("incidents without a channel of their own", () => {
  test("are announced in the channel of their team, or in the default one", async () => {
    await firesAlerts("P3", ["Pool"]);
    await firesAlerts("P3", ["Disk"], "nobodys");
    await rig.settles();
    expect(rig.chat.messages.map(({ channel, text }) => [channel, text])).toEqual([
      ["team-orders", "P3 INC-1: Pool of order-service"],
      ["incidents", "P3 INC-2: Disk of nobodys"],
    ]);
    expect(rig.chat.channels.size).toBe(0);
  });

  test("are one message, however many there are", async () => {
    rig.policy = aPolicy({ ...STAFFED_POLICY, storm: null });
    await firesAlerts("P3", alertNames(120));
    await rig.settles();
    expect(rig.chat.messages.map(({ text }) => text)).toEqual(["120 new incidents without urgency"]);
    expect(textsOf(rig.chat.messages[0]!.blocks).join("\n")).toContain("… and 110 more");
  });

  test("in sequence are batched every second and a half, each announced once", async () => {
    rig.policy = aPolicy({ ...STAFFED_POLICY, storm: null });
    for (let i = 0; i < 30; i++) {
      await firesAlerts("P3", [`B${i}`]);
      await rig.passes(200);
    }
    await rig.passes(10 * SECOND);
    expect(rig.chat.messages.length).toBeLessThanOrEqual(6);
    const texts = rig.chat.messages.flatMap(
      ({ blocks }) =>
        textsOf(blocks)
          .join("\n")
          .match(/\|INC-\d+>/g) ?? [],
    );
    expect(new Set(texts).size).toBe(texts.length);
    expect(texts).toHaveLength(30);
  });
});

test("an incident that rises from P4 to P3 is announced then, even after later ones", async () => {
  await firesAlerts("P4", ["Memory"]);
  await rig.settles();
  await firesAlerts("P3", ["Disk"], "disk-service");
  await rig.passes(5 * SECOND);
  expect(rig.chat.messages.map(({ text }) => text)).toEqual(["P3 INC-2: Disk of disk-service"]);
  await firesAlerts("P3", ["Memory"]);
  await rig.passes(5 * SECOND);
  const texts = rig.chat.in("team-orders").flatMap(({ blocks }) => textsOf(blocks));
  expect(texts.join("\n")).toContain("|INC-1>");
});

const noticed = (): string[] =>
  rig.chat.messages.flatMap(({ key, blocks }) => (key.startsWith("notices:") ? [textsOf(blocks).join("\n")] : []));

test("an incident that rose to its own channel before its notice is left out of it", async () => {
  await firesAlerts("P3", ["Pool"]);
  await firesAlerts("P3", ["Disk"]);
  await rig.laneWorkers.apply();
  await firesAlerts("P1", ["Pool"]);
  await rig.laneWorkers.apply();
  await rig.passes(5 * SECOND);
  expect(noticed()).toHaveLength(1);
  expect(noticed()[0]).not.toContain("|INC-1>");
  expect(noticed()[0]).toContain("|INC-2>");
});

test("nothing is posted when all due notices are obsolete, and later ones are posted once", async () => {
  await firesAlerts("P3", ["Pool"]);
  await rig.laneWorkers.apply();
  await firesAlerts("P1", ["Pool"]);
  await rig.laneWorkers.apply();
  await rig.passes(5 * SECOND);
  expect(noticed()).toEqual([]);
  await firesAlerts("P3", ["Disk"], "disk-service");
  await rig.passes(5 * SECOND);
  expect(noticed()).toHaveLength(1);
});

test("an incident that a person lowers is not announced again", async () => {
  rig.policy = aPolicy({ ...STAFFED_POLICY, priorities: { P4: { notify: "team" } } });
  await firesAlerts("P3", ["Pool"]);
  await rig.passes(5 * SECOND);
  await rig.does({ type: "incident.set_priority", priority: "P4", reason: "nobody uses it" });
  await rig.passes(5 * SECOND);
  expect(noticed()).toHaveLength(1);
});

describe("the day's digest is asked for", () => {
  const requests = async (): Promise<unknown[]> =>
    (await rig.commands()).flatMap(({ type, key }) => (type === "digest.due" ? [key] : []));
  const day = 24 * HOUR;

  test("once a day after its hour, by any number of checks and processes", async () => {
    rig.now = Date.parse("2026-11-22T08:59:59Z");
    const [one, other] = [createDailyDigest(rig.engine, rig.submit), createDailyDigest(rig.engine, rig.submit)];
    await one();
    const before = await requests();
    rig.now += 2 * SECOND;
    await one();
    await one();
    await other();
    expect(await requests()).toEqual([...before, "digest:2026-11-22"]);
    rig.now += day;
    await one();
    expect((await requests()).at(-1)).toBe("digest:2026-11-23");
  });

  test("late by half a day at the most: yesterday's news are no news", async () => {
    rig.now = Date.parse("2026-11-22T21:00:01Z");
    await createDailyDigest(rig.engine, rig.submit)();
    expect(await requests()).toEqual([]);
  });
});

describe("the digest", () => {
  test("lists the P4 incidents of the previous day at nine, most frequent first, once", async () => {
    await firesAlerts("P4", ["Memory"]);
    await rig.settles();
    expect(rig.chat.messages).toEqual([]);
    rig.now = Date.UTC(2026, 10, 22, 9);
    await digest("2026-11-22");
    await digest("2026-11-22");
    await rig.settles();
    expect(rig.chat.messages.map(({ channel, text }) => [channel, text])).toEqual([
      ["incidents", "Digest 2026-11-22: 1 low-priority incidents"],
    ]);
    expect(textsOf(rig.chat.messages[0]!.blocks).join("\n")).toContain("Memory of order-service");
  });

  test("goes to the channel of the policy", async () => {
    rig.policy = aPolicy({ ...STAFFED_POLICY, channels: { digest: "digest" } });
    await firesAlerts("P4", ["Memory", "Disk"]);
    await rig.settles();
    await digest("2026-11-22");
    await rig.settles();
    expect(rig.chat.messages.map(({ channel, text }) => [channel, text])).toEqual([
      ["digest", "Digest 2026-11-22: 2 low-priority incidents"],
    ]);
  });

  test("is not posted when there were only more urgent incidents, or those of other days", async () => {
    await firesAlerts("P2", ["Latency"]);
    await firesAlerts("P3", ["Pool"]);
    await firesAlerts("P4", ["Memory"]);
    await rig.passes(10 * SECOND);
    const before = rig.chat.messages.length;
    rig.now = NOW + 48 * HOUR;
    await digest("2026-11-23");
    await rig.settles();
    // In the room of the P2, its escalation goes on.
    const elsewhere = rig.chat.messages.slice(before).filter(({ channel }) => channel !== "C1");
    expect(elsewhere.map(({ text }) => text)).toEqual([]);
  });
});
