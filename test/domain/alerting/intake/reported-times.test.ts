import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Alert } from "#domain/incident/alert.ts";
import { observeAlert } from "#domain/alerting/alert-sighting.ts";
import { believeTime } from "#domain/alerting/intake/reported-times.ts";
import { summarizeIncident } from "#domain/reporting/incident-summary.ts";
import { responseTimes } from "#domain/postmortem/response-times.ts";
import { impactWindow } from "#domain/postmortem/impact.ts";
import type { AlertObservation } from "#domain/deliveries/delivery.ts";
import { formatDuration } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";
import { aClassified, aDelivery, anObservation, aSighting } from "#test/support/builders/alert-builders.ts";
import { DAY, HOUR, MINUTE, NOW, SECOND } from "#test/support/builders/instants.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { CoreHarness } from "#test/support/harness/core.ts";
import { computeStatistics } from "#test/support/builders/reporting/expected-statistics.ts";
import { downWindows } from "#test/support/builders/reporting/expected-parts.ts";

const UNSET = Date.parse("0001-01-01T00:00:00Z");
const ANCIENT = NOW - 40 * DAY;

describe("a reported time", () => {
  test.each([
    { story: "at its receipt", reported: NOW, at: NOW },
    { story: "30 days before it", reported: NOW - 30 * DAY, at: NOW - 30 * DAY },
    { story: "unset", reported: UNSET, at: null },
    { story: "longer ago", reported: NOW - 30 * DAY - 1, at: null },
    { story: "after its receipt", reported: NOW + 1, at: null },
  ])("$story: the receipt counts when it cannot be true, and the reported time is kept", ({ reported, at }) => {
    expect(believeTime(reported, NOW)).toEqual(at === null ? { at: NOW, reported } : { at, reported: null });
  });
});

/** What becomes of one alert that is reported so, a minute apart, from NOW on. */
function afterReports(...reports: readonly Partial<AlertObservation>[]): {
  readonly kinds: string[];
  readonly alert: Alert;
} {
  let alert: Alert | null = null;
  const kinds = reports.map((observation, i) => {
    const change = observeAlert(
      alert,
      anObservation(observation),
      aSighting({ seq: i + 1, receivedAt: NOW + i * MINUTE }),
      aClassified(),
    );
    alert = { ...change.alert, incident: 1 };
    return change.kind;
  });
  return { kinds, alert: alert! };
}
const ended = (endsAt: Instant | null, startsAt: Instant): Partial<AlertObservation> => ({
  status: "resolved",
  startsAt,
  endsAt,
});

describe("an alert whose start cannot be true", () => {
  test.each([
    { story: "unset", reported: UNSET },
    { story: "long ago", reported: ANCIENT },
    { story: "tomorrow", reported: NOW + DAY },
  ])("($story) started at its first receipt, and its repeats are repeats", ({ reported }) => {
    const { kinds, alert } = afterReports({ startsAt: reported }, { startsAt: reported }, { startsAt: reported });
    expect(kinds).toEqual(["fired", "repeated", "repeated"]);
    expect(alert).toMatchObject({ startsAt: NOW, firstStartsAt: NOW, reportedStartsAt: reported, flaps: 0 });
  });

  test("does not flap when the time comes that it reported: the sender's clock is a little ahead", () => {
    const reported = NOW + 30 * SECOND;
    const { kinds, alert } = afterReports({ startsAt: reported }, { startsAt: reported }, { startsAt: reported });
    expect(kinds).toEqual(["fired", "repeated", "repeated"]);
    expect(alert).toMatchObject({ startsAt: NOW, reportedStartsAt: reported });
  });

  test("started when another peer reports it right", () => {
    const { kinds, alert } = afterReports({ startsAt: UNSET }, { startsAt: NOW - 5 * MINUTE }, { startsAt: UNSET });
    expect(kinds).toEqual(["fired", "repeated", "repeated"]);
    expect(alert).toMatchObject({ startsAt: NOW - 5 * MINUTE, reportedStartsAt: null });
  });

  test.each([UNSET, ANCIENT, NOW + DAY])("resolves by an end of any clock (start %d)", (startsAt) => {
    for (const endsAt of [null, NOW, NOW + MINUTE, NOW + DAY]) {
      const { kinds, alert } = afterReports({ startsAt }, ended(endsAt, startsAt));
      expect(kinds).toEqual(["fired", "resolved"]);
      expect(alert.endsAt).toBeGreaterThanOrEqual(alert.startsAt);
      expect(alert.endsAt).toBeLessThanOrEqual(NOW + MINUTE);
    }
  });

  test("without a start resolves by the end of a clock that is behind", () => {
    const { kinds, alert } = afterReports({ startsAt: UNSET }, ended(NOW - 10 * MINUTE, UNSET));
    expect(kinds).toEqual(["fired", "resolved"]);
    expect(alert).toMatchObject({ startsAt: NOW - 10 * MINUTE, endsAt: NOW - 10 * MINUTE });
  });

  test("fires again after its end when no start is reported: silence about it would lose an alert", () => {
    expect(afterReports({ startsAt: UNSET }, ended(null, UNSET), { startsAt: UNSET }).kinds).toEqual([
      "fired",
      "resolved",
      "fired",
    ]);
  });

  test.each([ANCIENT, NOW + DAY])("is old news after its end when the same start is reported (%d)", (startsAt) => {
    expect(afterReports({ startsAt }, ended(null, startsAt), { startsAt }).kinds).toEqual([
      "fired",
      "resolved",
      "refired",
    ]);
  });

  test("fires again when tomorrow was reported, it ended, and tomorrow comes", () => {
    const reported = NOW + 2 * MINUTE;
    expect(afterReports({ startsAt: reported }, ended(NOW + MINUTE, reported), { startsAt: reported }).kinds).toEqual([
      "fired",
      "resolved",
      "fired",
    ]);
  });
});

test("an alert that has fired for longer than 30 days keeps its start", () => {
  const [startsAt, later] = [NOW - 20 * DAY, NOW + 15 * DAY];
  const { alert } = observeAlert(null, anObservation({ startsAt }), aSighting({ seq: 1 }), aClassified());
  const first = { ...alert, incident: 1 };
  const again = observeAlert(
    first,
    anObservation({ startsAt }),
    aSighting({ seq: 2, receivedAt: later }),
    aClassified(),
  );
  expect(again.kind).toBe("repeated");
  expect(again.alert).toMatchObject({ startsAt, firstStartsAt: startsAt, reportedStartsAt: null });
});

test("an end that cannot be true counts as its receipt, and is kept", () => {
  expect(afterReports({ startsAt: NOW }, ended(NOW + DAY, NOW)).alert).toMatchObject({
    endsAt: NOW + MINUTE,
    reportedEndsAt: NOW + DAY,
  });
});

describe("the beginning of an incident", () => {
  const fires = (world: CoreHarness, startsAt: Instant, fingerprint = "a"): void =>
    world.receives(aDelivery({ alerts: [anObservation({ fingerprint, startsAt })] }));

  test("is the receipt when the start cannot be true, and the timeline shows what was reported", () => {
    const world = new CoreHarness(aPolicy(STAFFED_POLICY));
    fires(world, UNSET);
    expect(world.incident()).toMatchObject({ detectedAt: NOW, openedAt: NOW });
    expect(world.events.find(({ type }) => type === "alerts.fired")?.data).toMatchObject({
      alerts: [{ startsAt: NOW, reportedStartsAt: UNSET }],
    });
  });

  test("moves to an earlier start that is reported later", () => {
    const world = new CoreHarness(aPolicy(STAFFED_POLICY));
    fires(world, NOW - MINUTE);
    world.passes(MINUTE);
    fires(world, NOW - 5 * MINUTE);
    expect(world.incident().detectedAt).toBe(NOW - 5 * MINUTE);
    expect(world.types()).toContain("incident.backdated");
    expect(impactWindow(world.incident(), world.events).from).toBe(NOW - 5 * MINUTE);
    fires(world, NOW - 3 * MINUTE);
    fires(world, NOW - 7 * MINUTE);
    expect(world.incident().detectedAt).toBe(NOW - 7 * MINUTE);
    expect(world.types().filter((type) => type === "incident.backdated")).toHaveLength(2);
    expect(world.paged()).toHaveLength(1);
  });

  test("moves to the truth when it was the receipt so far", () => {
    const world = new CoreHarness(aPolicy(STAFFED_POLICY));
    fires(world, UNSET);
    world.passes(MINUTE);
    fires(world, NOW - 2 * MINUTE);
    expect(world.incident().detectedAt).toBe(NOW - 2 * MINUTE);
  });

  test("does not move for a start that cannot be true", () => {
    const world = new CoreHarness(aPolicy(STAFFED_POLICY));
    fires(world, NOW - MINUTE);
    for (const reported of [UNSET, ANCIENT, NOW + DAY]) fires(world, reported);
    expect(world.incident().detectedAt).toBe(NOW - MINUTE);
  });

  test("does not move to a stretch that belonged to an earlier incident", () => {
    const world = new CoreHarness(aPolicy(STAFFED_POLICY));
    fires(world, NOW - MINUTE);
    world.receives(
      aDelivery({
        alerts: [anObservation({ fingerprint: "a", status: "resolved", startsAt: NOW - MINUTE, endsAt: NOW })],
      }),
    );
    world.passes(2 * DAY);
    fires(world, world.now - MINUTE);
    expect(world.incidents.size).toBe(2);
    fires(world, NOW - 2 * MINUTE);
    expect(world.incident(2).detectedAt).toBe(NOW + 2 * DAY - MINUTE);
  });

  test("stays where a person has set it", () => {
    const world = new CoreHarness(aPolicy(STAFFED_POLICY));
    fires(world, NOW - 5 * MINUTE);
    world.does({ type: "milestone.correct", milestone: "began", at: NOW - MINUTE });
    fires(world, NOW - 10 * MINUTE);
    expect(world.incident().detectedAt).toBe(NOW - MINUTE);
  });
});

/** Any time that a sender may report. */
const times = fc.oneof(
  fc.constant(UNSET),
  fc.integer({ min: NOW - 60 * DAY, max: NOW + 60 * DAY }),
  fc.integer({ min: NOW - HOUR, max: NOW + HOUR }),
  fc.integer({ min: UNSET, max: Date.parse("9999-12-31T23:59:59Z") }),
);

test("no figure is ever negative or longer than the incident, whatever times are reported", () => {
  const reported = fc.record({
    which: fc.constantFrom("a", "b"),
    startsAt: times,
    endsAt: fc.option(times),
    over: fc.boolean(),
    wait: fc.integer({ min: 0, max: 40 }),
    acknowledges: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(reported, { minLength: 1, maxLength: 12 }), (story) => {
      const world = new CoreHarness(aPolicy(STAFFED_POLICY));
      for (const { which, startsAt, endsAt, over, wait, acknowledges } of story) {
        const status = over ? "resolved" : "firing";
        const labels = { alertname: "Down", service: "order-service", severity: "P0" };
        world.receives(
          aDelivery({
            alerts: [anObservation({ fingerprint: which, labels, status, startsAt, endsAt: over ? endsAt : null })],
          }),
        );
        if (acknowledges && world.incidents.size > 0) world.asks({ type: "incident.acknowledge" });
        world.passes(wait * MINUTE);
      }
      for (const { startsAt, firstStartsAt, endsAt } of world.alerts.values()) {
        expect(startsAt).toBeLessThanOrEqual(world.now);
        expect(firstStartsAt).toBeGreaterThanOrEqual(NOW - 30 * DAY);
        if (endsAt !== null) expect(endsAt).toBeGreaterThanOrEqual(startsAt);
        if (endsAt !== null) expect(endsAt).toBeLessThanOrEqual(world.now);
      }
      const summaries = [...world.incidents.values()].map(summarizeIncident);
      for (const incident of world.incidents.values()) {
        expect(incident.detectedAt).toBeLessThanOrEqual(incident.openedAt);
        expect(incident.detectedAt).toBeGreaterThanOrEqual(NOW - 30 * DAY);
        const events = world.events.filter((event) => event.incident === incident.number);
        const { from, to } = impactWindow(incident, events);
        if (to !== null) expect(to).toBeGreaterThanOrEqual(from);
        expect(negativesIn(responseTimes(incident, events))).toEqual([]);
      }
      const figures = computeStatistics(summaries, {
        from: NOW - 90 * DAY,
        to: world.now + DAY,
        now: world.now,
        service: null,
        private: false,
        zone: "UTC",
        slos: new Map([["order-service", 99.9]]),
      });
      // What is left of a budget may be less than nothing; what was used may not.
      const services = figures.services.items.map(({ down, uptime }) => ({ down, uptime }));
      expect(negativesIn({ ...figures, services })).toEqual([]);
      for (const { from, to } of downWindows(summaries, world.now)) expect(to).toBeGreaterThan(from);
    }),
    { numRuns: 500 },
  );
});

/** The paths of numbers below 0 in a value. */
function negativesIn(value: unknown, path = ""): readonly string[] {
  if (typeof value === "number") return value < 0 ? [`${path}: ${value}`] : [];
  if (value instanceof Map) return [...value].flatMap(([key, each]) => negativesIn(each, `${path}.${String(key)}`));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => negativesIn(each, `${path}.${key}`));
}

test.each([-1, -DAY, -740_000 * DAY])("%d ms are shown as no time", (ms) => {
  expect(formatDuration(ms)).toBe("0 s");
});
