import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { staffingWarnings, unstaffedPriorities } from "#domain/alerting/forecast/staffing.ts";
import { forecastAlert } from "#domain/alerting/forecast/alert-forecast.ts";
import { createReader } from "#engine/loop/reader.ts";
import { DAY, HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { randomPolicyFile } from "#test/support/builders/random-policies.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

// Priorities that page, and have no one.

const MONDAYS = { people: ["alice"], only: [{ days: ["monday"], from: "09:00", to: "17:00" }] };
const EMPTY_SATURDAY = aPolicy({
  people: { alice: { name: "Alice", slack: "U0ALICE01" } },
  schedules: { office: { layers: [MONDAYS] } },
  teams: { orders: { schedule: "office", channel: "team-orders" } },
  services: { "order-service": { team: "orders" } },
});

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(async () => {
  await rig.reset();
  rig.policy = EMPTY_SATURDAY;
  rig.paging.chooses = false;
});
afterEach(() => expect(rig.selfAlerts()).toEqual([]));
afterAll(() => rig.close());

const relayed = (): readonly string[] =>
  rig.chat.messages.flatMap(({ channel, text }) => (text.startsWith("🚨") ? [`${channel}: ${text}`] : []));

test("are announced where all incidents are watched, name no one who does not exist, and are looked at again", async () => {
  await rig.opensIncident();
  expect(rig.paging.triggered).toEqual([]);
  expect(relayed()).toEqual([
    expect.stringMatching(/^incidents: .*INC-1.*No one to page \(opened as P1\): no one is on call for orders/),
    expect.stringMatching(/^team-orders: /),
  ]);
  expect(await rig.incident()).toMatchObject({ escalation: { next: { to: "no one: no one is on call" } } });
  await rig.passes(11 * MINUTE);
  expect(relayed()).toHaveLength(4);
});

test("are announced at growing intervals while it is looked again after each step", async () => {
  await rig.opensIncident();
  await rig.passes(160 * MINUTE);
  const announced = (await rig.eventTypes()).filter((type) => type === "escalation.unstaffed");
  // After 0, 10, 30, 70 and 150 minutes.
  expect(announced).toHaveLength(5);
  expect(await rig.incident()).toMatchObject({ escalation: { next: { at: NOW + 170 * MINUTE } } });
});

test("page the person who is on call when it is looked again", async () => {
  rig.now = NOW + 2 * DAY - 6 * HOUR + 23 * MINUTE;
  await rig.opensIncident();
  expect(rig.paging.triggered).toEqual([]);
  await rig.passes(10 * MINUTE);
  expect(rig.paging.paged).toEqual(["P1 Alice"]);
});

test("page as the pager decides, where it decides", async () => {
  rig.paging.chooses = true;
  await rig.opensIncident();
  expect(rig.paging.triggered).toHaveLength(1);
  expect(relayed()).toEqual([]);
});

test("are on the first page while it lasts", async () => {
  const reader = createReader(rig.engine);
  expect(await reader.staffing()).toEqual([
    expect.stringMatching(/^teams\.orders: P0, P1, P2 page no one now: no one is on call/),
    expect.stringMatching(/^alerts without a team: P1, P2 page no one now|^alerts without a team: P0, P1, P2/),
  ]);
  rig.paging.chooses = true;
  expect(await reader.staffing()).toEqual([]);
});

describe("are warned of before", () => {
  const pagerChooses = (): boolean => false;

  test("in the next hole of a schedule", () => {
    const policy = aPolicy({
      people: { alice: {} },
      schedules: { office: { layers: [{ people: ["alice"], from: "2026-01-05", until: "2026-12-01" }] } },
      teams: { orders: { schedule: "office" } },
      defaultTeam: "orders",
    });
    expect(staffingWarnings({ policy, pagerChooses }, NOW)).toEqual([
      expect.stringMatching(/^teams\.orders: P0, P1, P2 page no one from 2026-12-01 09:00:00 UTC: no one is on call/),
    ]);
  });

  test("exactly when an alert of that priority would page no one", () => {
    fc.assert(
      fc.property(randomPolicyFile, fc.integer({ min: 0, max: 14 * 24 }), (file, hours) => {
        const [policy, at] = [aPolicy(file), NOW + hours * HOUR];
        const unstaffed = unstaffedPriorities("orders", { policy, pagerChooses }, at);
        for (const severity of ["P0", "P1", "P2", "P3"] as const) {
          const labels = { service: "order-service", severity };
          const { pages } = forecastAlert(labels, { now: at, policy, pagerChooses }, at + HOUR);
          expect(pages.every(({ people }) => people.length > 0)).toBe(true);
          const pagesSomeone = pages.length > 0;
          const asked = policy.priorities[severity].page !== "none";
          expect(unstaffed.includes(severity)).toBe(asked && !pagesSomeone);
        }
      }),
      { numRuns: 60 },
    );
  });
});
