import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { listAlerts, countSuppressedAlerts } from "#db/alerts.ts";
import type { ArrangementCommand } from "#domain/alerting/arrangements/arrangement-registry.ts";
import { ingestUnsilenced } from "#engine/alerting/silence-expiry.ts";
import { alertOf } from "#test/support/builders/webhooks.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(() => rig.reset());
afterEach(() => expect(rig.selfAlerts()).toEqual([]));
afterAll(() => rig.close());

const urgentAlert = (service = "order-service", startsAt = NOW) =>
  alertOf({ alertname: "Down", service, severity: "P1" }, { startsAt, summary: "down" });
const silence = (matchers: string[], ms: number, reason = "deploying") =>
  rig.arranges({ type: "mute.set", matchers, from: rig.now, until: rig.now + ms, reason });
/** What the watch of a worker does, and what follows. */
async function ingestsUnsilenced(): Promise<void> {
  await ingestUnsilenced(rig.engine, rig.submit);
  await rig.settles();
}
const silenceId = async (): Promise<number> =>
  Number((await rig.commands()).find(({ type }) => type === "mute.set")!.id);

describe("a silence", () => {
  test("suppresses alerts, which are stored, counted and shown, and is announced where incidents are watched", async () => {
    await silence(["service=order-service"], HOUR);
    await rig.delivers([urgentAlert()]);
    expect(await rig.incidents()).toEqual([]);
    expect(await countSuppressedAlerts(rig.connection.db)).toBe(1);
    const [kept] = await listAlerts(rig.connection.db, { suppressed: true, limit: 10 });
    expect(kept).toMatchObject({
      status: "firing",
      incident: null,
      suppressedUntil: NOW + HOUR,
      suppressedBecause: "muted by Alice: deploying",
    });
    expect(rig.chat.messages.map(({ channel, text }) => [channel, text])).toEqual([
      ["incidents", expect.stringContaining("Alice holds back alerts with `service=order-service`")],
    ]);
    expect(rig.chat.whispers.at(-1)?.text).toMatch(/open no incident until 2026-11-21 15:32:00 UTC.*unmute \d+/);
  });

  test("leaves others alone", async () => {
    await silence(["service=order-service", 'alertname=~"Up.*"'], HOUR);
    await rig.delivers([urgentAlert(), urgentAlert("search")]);
    expect(await rig.incidents()).toHaveLength(2);
  });

  test("that ends opens incidents for alerts that still fire, without a new delivery", async () => {
    await silence(["service=order-service"], HOUR);
    await rig.delivers([urgentAlert()]);
    await rig.passes(HOUR - 1);
    await ingestsUnsilenced();
    expect(await rig.incidents()).toEqual([]);
    await rig.passes(1);
    await ingestsUnsilenced();
    await ingestsUnsilenced();
    expect(await rig.incidents()).toMatchObject([
      { priority: "P1", status: "triggered", alerts: { total: 1, firing: 1 }, detectedAt: NOW },
    ]);
    expect(await countSuppressedAlerts(rig.connection.db)).toBe(0);
    expect(rig.paging.paged).toEqual(["P1 Alice"]);
  });

  test("that ends twice at once, or with a process that dies, opens one", async () => {
    await silence(["service=order-service"], HOUR);
    await rig.delivers([urgentAlert()]);
    await rig.passes(HOUR);
    await Promise.all([ingestUnsilenced(rig.engine, rig.submit), ingestUnsilenced(rig.engine, rig.submit)]);
    rig.restart();
    await ingestsUnsilenced();
    expect(await rig.incidents()).toHaveLength(1);
    expect(rig.paging.paged).toHaveLength(1);
  });

  test("that is lifted opens them at once", async () => {
    await silence(["service=order-service"], 10 * HOUR);
    await rig.delivers([urgentAlert()]);
    await rig.arranges({ type: "mute.lift", mute: await silenceId() });
    await ingestsUnsilenced();
    expect(await rig.incidents()).toHaveLength(1);
    await rig.arranges({ type: "mute.lift", mute: await silenceId() });
    expect(rig.chat.whispers.at(-1)?.text).toMatch(/There is no mute \d+/);
  });

  test("opens nothing for alerts that have resolved meanwhile", async () => {
    await silence(["service=order-service"], HOUR);
    await rig.delivers([urgentAlert()]);
    await rig.delivers([{ ...urgentAlert(), status: "resolved", endsAt: new Date(NOW + MINUTE).toISOString() }]);
    expect(await countSuppressedAlerts(rig.connection.db)).toBe(0);
    await rig.passes(2 * HOUR);
    await ingestsUnsilenced();
    expect(await rig.incidents()).toEqual([]);
  });

  test("does not suppress alerts of an open incident, and reopens none", async () => {
    await rig.delivers([urgentAlert()]);
    await silence(["service=order-service"], HOUR);
    await rig.delivers([{ ...urgentAlert(), status: "resolved", endsAt: new Date(NOW + MINUTE).toISOString() }]);
    await rig.passes(2 * MINUTE);
    expect(await rig.incident()).toMatchObject({ status: "resolved" });
    await rig.delivers([urgentAlert("order-service", NOW + 3 * MINUTE)]);
    expect(await rig.incident()).toMatchObject({ status: "resolved" });
    await rig.passes(HOUR);
    await ingestsUnsilenced();
    // It has fired again all the while: the same incident, a second episode.
    expect((await rig.incidents()).map(({ status, episode }) => [status, episode]).flat()).toContain("triggered");
  });

  test("is repeated by its source and still held back: counted once", async () => {
    await silence(["service=order-service"], HOUR);
    for (let i = 0; i < 3; i++) await rig.delivers([urgentAlert()]);
    expect(await countSuppressedAlerts(rig.connection.db)).toBe(1);
    await silence(["service=order-service"], 3 * HOUR);
    await rig.passes(HOUR);
    await ingestsUnsilenced();
    expect(await rig.incidents(), "a second mute holds it").toEqual([]);
    expect((await listAlerts(rig.connection.db, { suppressed: true, limit: 10 }))[0]!.suppressedUntil).toBe(
      NOW + 3 * HOUR,
    );
  });

  test.each<{ body: ArrangementCommand; says: string }>([
    {
      body: { type: "mute.set", matchers: [], from: NOW, until: NOW + HOUR, reason: "" },
      says: "hold back nearly every alert",
    },
    {
      body: { type: "mute.set", matchers: ["nosuchlabel!=x"], from: NOW, until: NOW + HOUR, reason: "" },
      says: "hold back nearly every alert",
    },
    {
      body: { type: "mute.set", matchers: ["service=~["], from: NOW, until: NOW + HOUR, reason: "" },
      says: "is not RE2",
    },
    { body: { type: "mute.set", matchers: ["a=b"], from: NOW - HOUR, until: NOW, reason: "" }, says: "over already" },
    {
      body: { type: "mute.set", matchers: ["a=b"], from: NOW, until: NOW + 100 * 24 * HOUR, reason: "" },
      says: "90 days",
    },
  ])("is refused: $says", async ({ body, says }) => {
    await rig.arranges(body);
    expect(rig.chat.whispers.at(-1)?.text).toContain(says);
    expect(rig.chat.messages).toEqual([]);
  });
});

describe("a maintenance window", () => {
  test("of the policy holds back in its hours, in its zone, every week", async () => {
    const every = [{ days: ["saturday"], from: "15:00", to: "16:00" }];
    rig.policy = aPolicy({
      ...STAFFED_POLICY,
      maintenance: [{ match: ["service=order-service"], reason: "backup", every, timezone: "Europe/Berlin" }],
    });
    // 14:32 UTC is 15:32 in Berlin, on a Saturday.
    await rig.delivers([urgentAlert()]);
    expect(await rig.incidents()).toEqual([]);
    expect((await listAlerts(rig.connection.db, { suppressed: true, limit: 1 }))[0]).toMatchObject({
      suppressedBecause: "maintenance: backup",
      suppressedUntil: Date.UTC(2026, 10, 21, 15, 0),
    });
    await rig.passes(28 * MINUTE);
    await ingestsUnsilenced();
    expect(await rig.incidents()).toHaveLength(1);
  });

  test("with dates ends on time, and one that was removed from the policy ends at the next check", async () => {
    rig.policy = aPolicy({
      ...STAFFED_POLICY,
      maintenance: [
        {
          match: ["service=order-service"],
          reason: "move",
          from: "2026-11-21T14:00:00Z",
          until: "2026-11-21T18:00:00Z",
        },
      ],
    });
    await rig.delivers([urgentAlert()]);
    expect(await rig.incidents()).toEqual([]);
    rig.policy = aPolicy(STAFFED_POLICY);
    await rig.delivers([urgentAlert()]);
    expect(await rig.incidents(), "said again by its source").toHaveLength(1);
  });

  test.each([
    {
      maintenance: [{ match: [], reason: "x", from: "2026-11-21T14:00:00Z", until: "2026-11-21T18:00:00Z" }],
      says: "nearly every alert",
    },
    { maintenance: [{ match: ["a=b"], reason: "x" }], says: "give from and until" },
    { maintenance: [{ match: ["a=b"], reason: "x", from: "2026-11-21T14:00:00Z" }], says: "both" },
    {
      maintenance: [{ match: ["a=b"], reason: "x", from: "2026-11-21T14:00:00Z", until: "2026-11-21T13:00:00Z" }],
      says: "before it begins",
    },
  ])("is refused: $says", ({ maintenance, says }) => {
    expect(() => aPolicy({ maintenance })).toThrow(says);
  });
});

test("an alert that the policy has as a watchdog no longer opens its incident without a new delivery", async () => {
  const watched = (name: string) =>
    aPolicy({ ...STAFFED_POLICY, watchdogs: [{ match: [`alertname=${name}`], within: "9h" }] });
  rig.policy = watched("Down");
  await rig.delivers([urgentAlert()]);
  await ingestsUnsilenced();
  expect(await rig.incidents()).toEqual([]);
  rig.policy = watched("Watchdog");
  await ingestsUnsilenced();
  await ingestsUnsilenced();
  expect(await rig.incidents()).toMatchObject([{ status: "triggered", alerts: { total: 1, firing: 1 } }]);
  expect(rig.paging.paged).toEqual(["P1 Alice"]);
});
