import { describe, expect, test } from "vitest";
import { summarizeIncident } from "#domain/reporting/incident-summary.ts";
import { parseInstant } from "#domain/values/instant.ts";
import { aDelivery, anObservation } from "#test/support/builders/alert-builders.ts";
import { anIncident, aRoute } from "#test/support/builders/incidents.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { HOUR, MINUTE } from "#test/support/builders/instants.ts";
import { CoreHarness } from "#test/support/harness/core.ts";
import { serviceMonth } from "#domain/reporting/error-budget.ts";
import { downWindows, serviceMonths } from "#test/support/builders/reporting/expected-parts.ts";

const downObservation = anObservation({ labels: { alertname: "Down", service: "order-service", severity: "P1" } });
const deliveryOfOne = (alert: typeof downObservation) => aDelivery({ alerts: [alert] });
const minutes = (world: CoreHarness): number =>
  downWindows([summarizeIncident(world.incident(1))], world.now).reduce((sum, { from, to }) => sum + (to - from), 0) /
  MINUTE;

/** Fires for ten minutes, and is resolved at once when its alert is. */
function endedCore(): CoreHarness {
  const world = new CoreHarness(
    aPolicy({ ...STAFFED_POLICY, priorities: { P1: { quiet: "0s", commandWithin: null } } }),
  );
  world.receives(deliveryOfOne({ ...downObservation, startsAt: world.now }));
  world.passes(10 * MINUTE);
  world.receives(
    deliveryOfOne({ ...downObservation, startsAt: world.now - 10 * MINUTE, status: "resolved", endsAt: world.now }),
  );
  return world;
}

describe("an incident that is reopened", () => {
  test("was not down while it was resolved", () => {
    const world = endedCore();
    expect(minutes(world)).toBe(10);
    world.passes(20 * MINUTE);
    world.receives(deliveryOfOne({ ...downObservation, startsAt: world.now }));
    expect(world.incident(1)).toMatchObject({ episode: 2, status: "triggered" });
    world.passes(5 * MINUTE);
    expect(minutes(world)).toBe(15);
    world.receives(
      deliveryOfOne({ ...downObservation, startsAt: world.now - 5 * MINUTE, status: "resolved", endsAt: world.now }),
    );
    world.passes(3 * HOUR);
    expect(minutes(world)).toBe(15);
  });

  test("was down throughout when a person reports that it had not ended", () => {
    const world = endedCore();
    world.passes(20 * MINUTE);
    world.asks({ type: "incident.reopen", reason: "orders still fail" });
    world.passes(5 * MINUTE);
    expect(minutes(world)).toBe(35);
  });
});

const minuteInstant = (text: string): number => parseInstant(`${text}:00Z`)!;
const outage = (from: string, to: string | null, overrides = {}) =>
  anIncident({
    peak: "P1",
    status: "closed",
    route: aRoute({ service: "mail" }),
    detectedAt: minuteInstant(from),
    resolvedAt: to === null ? null : minuteInstant(to),
    ...overrides,
  });
const months = (cases: Parameters<typeof serviceMonths>[0], now: string) =>
  serviceMonths(cases, {
    from: minuteInstant("2027-02-01T00:00"),
    to: minuteInstant("2027-04-01T00:00"),
    now: minuteInstant(now),
    slos: new Map([["mail", 99.9]]),
  }).map(({ month, down: ms, budget }) => [month, ms / MINUTE, budget!.state]);

describe("minutes down, by hand", () => {
  test("three that overlap, one within another and one that touches, count once, in the month they lie in", () => {
    const cases = [
      outage("2027-02-28T23:40", "2027-03-01T00:10"),
      outage("2027-02-28T23:50", "2027-02-28T23:55"),
      outage("2027-03-01T00:10", "2027-03-01T00:15"),
    ];
    // February has 40.32 minutes of budget and 20 of them are used; March 44.64 and 15.
    expect(months(cases, "2027-04-01T00:00")).toEqual([
      ["2027-02", 20, "ship"],
      ["2027-03", 15, "ship"],
    ]);
  });

  test("of an open incident count until now, not beyond", () => {
    expect(months([outage("2027-02-28T23:30", null, { status: "triggered" })], "2027-03-01T00:45")).toEqual([
      ["2027-02", 30, "ship"],
      ["2027-03", 45, "freeze"],
    ]);
    expect(months([outage("2027-02-10T00:00", null, { status: "triggered" })], "2027-02-10T00:31")).toEqual([
      ["2027-02", 31, "slow down"],
      ["2027-03", 0, "ship"],
    ]);
  });

  test("an end before the beginning, P2, drills, canceled and merged ones are no minute", () => {
    const same = ["2027-02-03T00:00", "2027-02-03T01:00"] as const;
    const none = [
      outage("2027-02-03T01:00", "2027-02-03T00:00"),
      outage(...same, { peak: "P2" }),
      outage(...same, { drill: true }),
    ];
    expect(
      months(
        [...none, outage(...same, { status: "canceled" }), outage(...same, { status: "merged" })],
        "2027-04-01T00:00",
      ),
    ).toEqual([
      ["2027-02", 0, "ship"],
      ["2027-03", 0, "ship"],
    ]);
  });

  test("a budget that is used to the last second is a freeze, and one second less is not", () => {
    // 99.9 % of March leaves 44 minutes and 38.4 seconds.
    const used = (ms: number) => [
      outage("2027-03-05T00:00", null, { resolvedAt: minuteInstant("2027-03-05T00:00") + ms }),
    ];
    expect(months(used(2_678_400), "2027-04-01T00:00")[1]![2]).toBe("freeze");
    expect(months(used(2_677_400), "2027-04-01T00:00")[1]![2]).toBe("slow down");
  });
});

test("a month that ended before the first incident has no data: neither 100 % nor an unused budget", () => {
  const december = { name: "2026-12", from: Date.UTC(2026, 11, 1), to: Date.UTC(2027, 0, 1) };
  const of = (since: number | null) =>
    serviceMonth("checkout", december, { down: 0, now: Date.UTC(2027, 1, 1), slo: 99.9, since });
  expect(of(null)).toMatchObject({ uptime: null, budget: null });
  expect(of(Date.UTC(2027, 0, 2))).toMatchObject({ uptime: null, budget: null });
  expect(of(Date.UTC(2026, 11, 31))).toMatchObject({ uptime: 100, budget: { usedShare: 0 } });
});
