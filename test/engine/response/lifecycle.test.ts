import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { HOUR, MINUTE, NOW, SECOND } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(() => rig.reset());
afterEach(() => expect(rig.selfAlerts()).toEqual([]));
afterAll(() => rig.close());

const ORDERS_P1 = { service: "order-service", severity: "P1" };
const delivers = async (startsAt: number, endsAt?: number, labels = {}): Promise<void> => {
  await rig.receives(
    deliveryOf([alertOf({ ...ORDERS_P1, ...labels }, { startsAt, ...(endsAt === undefined ? {} : { endsAt }) })]),
  );
  await rig.settles();
};

describe("another alert of a service whose responders are gathered", () => {
  test("joins their incident, even when the service has a lesser incident meanwhile", async () => {
    await delivers(NOW, undefined, { alertname: "HighLatency", severity: "P2" });
    await delivers(NOW, undefined, { alertname: "ConnectionPoolHigh", severity: "P3" });
    rig.restart();
    await delivers(NOW, undefined, { alertname: "HighErrorRate", severity: "P1" });
    expect(await rig.incident(1)).toMatchObject({ priority: "P1", alerts: { firing: 2 } });
    expect(await rig.incident(2)).toMatchObject({ priority: "P3", channel: null, alerts: { firing: 1 } });
    await expect(rig.incident(3)).rejects.toThrow();
  });
});

describe("by its alerts an incident resolves", () => {
  test("when no alert has fired for the quiet period, at its end", async () => {
    await delivers(NOW);
    await rig.passes(3 * MINUTE);
    await delivers(NOW, rig.now);
    await rig.passes(MINUTE - 1);
    expect(await rig.incident()).toMatchObject({ status: "triggered", quietUntil: NOW + 4 * MINUTE });
    await rig.passes(1);
    expect(await rig.incident()).toMatchObject({
      status: "resolved",
      resolvedBy: "alerts",
      resolvedAt: NOW + 4 * MINUTE,
    });
    await rig.passes(10 * SECOND);
    expect(rig.paging.resolved).toHaveLength(1);
    expect(rig.chat.channel(/^inc-1/).files).toMatchObject([
      { name: "INC-1-postmortem-1.md", title: "INC-1 postmortem draft" },
    ]);
  });

  test("not when something fires within the quiet period, and then only after a whole one", async () => {
    await delivers(NOW);
    await delivers(NOW, NOW);
    await rig.passes(50 * SECOND);
    await delivers(rig.now);
    await rig.passes(10 * MINUTE - 50 * SECOND - 1);
    expect(await rig.incident()).toMatchObject({ status: "triggered", quietUntil: null });
    await delivers(NOW + 50 * SECOND, rig.now);
    await rig.passes(59 * SECOND);
    expect((await rig.incident()).status).toBe("triggered");
    await rig.passes(SECOND);
    expect((await rig.incident()).status).toBe("resolved");
  });

  test("at once with a quiet period of zero, and never without one", async () => {
    rig.policy = aPolicy({ ...STAFFED_POLICY, priorities: { P1: { quiet: "0" }, P2: { quiet: null } } });
    await delivers(NOW);
    await delivers(NOW, NOW + 1);
    expect((await rig.incident()).status).toBe("resolved");
    await delivers(NOW, undefined, { service: "other", severity: "P2" });
    await delivers(NOW, NOW + 1, { service: "other", severity: "P2" });
    await rig.passes(24 * HOUR);
    expect(await rig.incident(2)).toMatchObject({ status: "triggered", alerts: { firing: 0 } });
  });
});

describe("a new stretch of firing", () => {
  const resolvedAt = NOW + MINUTE;
  beforeEach(async () => {
    await delivers(NOW);
    await delivers(NOW, NOW);
    await rig.passes(MINUTE);
  });

  test("within the window re-opens the same incident in its channel, and pages again", async () => {
    await rig.passes(30 * MINUTE);
    await delivers(rig.now);
    expect(await rig.incidents()).toMatchObject([{ number: 1, status: "triggered", episode: 2, acknowledgedAt: null }]);
    await rig.passes(5 * SECOND);
    expect([rig.paging.paged, rig.chat.channels.size]).toEqual([["P1 Alice", "P1 Alice"], 1]);
    expect(rig.paging.triggered.map(({ dedupKey }) => dedupKey)).toEqual([
      "muster:INC-1:1:P1:0:uid-1",
      "muster:INC-1:2:P1:1:uid-1",
    ]);
  });

  test("a moment past the window opens a new one", async () => {
    await rig.passes(30 * MINUTE + 1);
    await delivers(rig.now);
    expect((await rig.incidents()).map(({ status }) => status)).toEqual(["resolved", "triggered"]);
    await rig.passes(5 * SECOND);
    expect(rig.chat.channels.size).toBe(2);
  });

  test("within minutes of a page that ended unanswered pages again, and then the next step", async () => {
    await rig.passes(2 * MINUTE);
    await delivers(rig.now);
    expect(rig.paging.paged).toEqual(["P1 Alice", "P1 Alice"]);
    await rig.passes(12 * MINUTE);
    expect(rig.paging.paged).toEqual(["P1 Alice", "P1 Alice", "P1 Mia"]);
  });

  test("that resolves again leaves a draft of its own", async () => {
    await rig.passes(10 * MINUTE);
    const again = rig.now;
    await delivers(again);
    await delivers(again, again + 1);
    await rig.passes(2 * MINUTE);
    expect(rig.chat.channel(/^inc-1/).files.map(({ name }) => name)).toEqual([
      "INC-1-postmortem-1.md",
      "INC-1-postmortem-2.md",
    ]);
    expect((await rig.incident()).resolvedAt).toBe(resolvedAt + 11 * MINUTE);
  });
});

describe("a person resolves while alerts fire", () => {
  test("only with a reason", async () => {
    await delivers(NOW);
    await rig.does({ type: "incident.resolve", reason: " " }, { replyTo: { channel: "C1", user: "U0ALICE01" } });
    await rig.settles();
    expect((await rig.incident()).status).toBe("triggered");
    expect(rig.chat.whispers).toMatchObject([
      {
        user: "U0ALICE01",
        text: "1 alert of INC-1 still fires. To resolve it anyway, give a reason: `resolve REASON`.",
      },
    ]);
  });

  test("and repeats of those alerts do not reopen it, their end is only recorded, and a new alert reopens it", async () => {
    await delivers(NOW);
    await rig.does({ type: "incident.resolve", reason: "known, fix is rolling out" });
    await rig.passes(4 * MINUTE);
    await delivers(NOW);
    await rig.passes(4 * MINUTE);
    expect(await rig.incident()).toMatchObject({ status: "resolved", resolvedBy: "person", alerts: { firing: 1 } });
    await delivers(NOW, rig.now);
    await rig.passes(4 * MINUTE);
    expect(await rig.incident()).toMatchObject({ status: "resolved", episode: 1, alerts: { firing: 0 } });
    await delivers(rig.now, undefined, { instance: "other" });
    expect(await rig.incident()).toMatchObject({ status: "triggered", episode: 2 });
  });
});

test("a channel is archived unchanged after the resolution when the policy asks for it", async () => {
  rig.policy = aPolicy({ ...STAFFED_POLICY, archiveAfter: "2h" });
  await delivers(NOW);
  await rig.does({ type: "incident.resolve", reason: "by hand" });
  await delivers(NOW, rig.now);
  await rig.passes(2 * HOUR - 1);
  expect(rig.chat.channel(/^inc-1/).archived).toBe(false);
  const calls = rig.chat.calls.length;
  await rig.passes(HOUR);
  expect(rig.chat.channel(/^inc-1/).archived).toBe(true);
  expect(await rig.incident()).toMatchObject({ status: "closed", archived: true });
  expect(rig.chat.calls.slice(calls).map(({ method }) => method)).toEqual(expect.arrayContaining(["archive"]));
});
