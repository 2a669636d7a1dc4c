import { describe, expect, test } from "vitest";
import { alertSummary, type Alert } from "#domain/incident/alert.ts";
import { observeAlert } from "#domain/alerting/alert-sighting.ts";
import type { AlertObservation } from "#domain/deliveries/delivery.ts";
import { aClassified, aDelivery, anAlert, anObservation, aSighting } from "#test/support/builders/alert-builders.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";

const START = NOW - 10 * MINUTE;
const seen = (known: Alert | null, observation: Partial<AlertObservation>, seq = 2) =>
  observeAlert(known, anObservation({ startsAt: START, ...observation }), aSighting({ seq }), aClassified());
const firingAlert = anAlert({ startsAt: START, firstStartsAt: START });
const resolvedAlert = anAlert({ startsAt: START, firstStartsAt: START, status: "resolved", endsAt: NOW - 5 * MINUTE });

describe("an observation", () => {
  test.each<{ story: string; known: Alert | null; observed: Partial<AlertObservation>; kind: string }>([
    { story: "of an alert that was never seen fires", known: null, observed: {}, kind: "fired" },
    {
      story: "of an end that had no beginning is ignored",
      known: null,
      observed: { status: "resolved", endsAt: NOW },
      kind: "ignored: unknown-resolve",
    },
    { story: "that says the same again is a repeat", known: firingAlert, observed: {}, kind: "repeated" },
    {
      story: "with a start that moved earlier is a repeat",
      known: firingAlert,
      observed: { startsAt: START - MINUTE },
      kind: "repeated",
    },
    {
      story: "with a later start while it fires is a flap",
      known: firingAlert,
      observed: { startsAt: START + MINUTE },
      kind: "flapped",
    },
    {
      story: "of a start since the clock was set back fires again, although its last stretch is dated ahead",
      known: { ...resolvedAlert, startsAt: NOW + 60 * MINUTE, endsAt: NOW + 70 * MINUTE },
      observed: {},
      kind: "fired",
    },
    {
      story: "of the end resolves",
      known: firingAlert,
      observed: { status: "resolved", endsAt: NOW },
      kind: "resolved",
    },
    {
      story: "of an end without a time resolves",
      known: firingAlert,
      observed: { status: "resolved", endsAt: null },
      kind: "resolved",
    },
    {
      story: "of the end of an earlier stretch is stale",
      known: firingAlert,
      observed: { status: "resolved", startsAt: START - 9 * MINUTE, endsAt: START - MINUTE },
      kind: "ignored: stale-resolve",
    },
    {
      story: "of the end once more changes nothing",
      known: resolvedAlert,
      observed: { status: "resolved", endsAt: NOW },
      kind: "ignored: already-resolved",
    },
    {
      story: "of the stretch that is known as resolved is old news",
      known: resolvedAlert,
      observed: {},
      kind: "refired",
    },
    {
      story: "of a start before the one that is resolved is old news",
      known: resolvedAlert,
      observed: { startsAt: START - MINUTE },
      kind: "refired",
    },
    { story: "of a new stretch fires", known: resolvedAlert, observed: { startsAt: NOW }, kind: "fired" },
    {
      story: "of an alert only ever heard as resolved fires",
      known: { ...resolvedAlert, incident: null },
      observed: {},
      kind: "fired",
    },
  ])("$story", ({ known, observed, kind }) => {
    const change = seen(known, observed);
    expect(change.kind === "ignored" ? `ignored: ${change.why}` : change.kind).toBe(kind);
    expect(change.wasKnown).toBe(known !== null);
  });

  test("of an earlier delivery only raises the count", () => {
    const change = seen(anAlert({ seq: 7 }), { status: "resolved", endsAt: NOW }, 6);
    expect(change).toEqual({
      kind: "ignored",
      why: "overtaken",
      wasKnown: true,
      alert: anAlert({ seq: 7, repeats: 1 }),
    });
  });

  test("of the same delivery counts: it may list an alert twice", () => {
    expect(seen(anAlert({ seq: 7, startsAt: START }), { status: "resolved", endsAt: NOW }, 7).kind).toBe("resolved");
  });
});

describe("an alert", () => {
  test("keeps the first and the last report", () => {
    const { alert } = seen(
      anAlert({ startsAt: START, firstSeenAt: START }),
      { labels: { alertname: "New" }, startsAt: START - MINUTE },
      9,
    );
    expect(alert).toMatchObject({
      firstSeenAt: START,
      lastSeenAt: NOW,
      seq: 9,
      labels: { alertname: "New" },
      repeats: 1,
      flaps: 0,
    });
  });

  test("keeps the earliest reported start", () => {
    expect(seen(firingAlert, { startsAt: START - MINUTE }).alert.firstStartsAt).toBe(START - MINUTE);
    expect(seen(firingAlert, { startsAt: START + MINUTE }).alert.firstStartsAt).toBe(START);
  });

  test("counts its flaps and uses the new start", () => {
    expect(seen(anAlert({ startsAt: START, flaps: 2 }), { startsAt: START + MINUTE }).alert).toMatchObject({
      status: "firing",
      flaps: 3,
      startsAt: START + MINUTE,
    });
  });

  test("that two Prometheus replicas start at different times does not flap between them", () => {
    const earlier = seen(firingAlert, { startsAt: START - MINUTE }).alert;
    expect(seen(earlier, { startsAt: START }, 3).kind).toBe("repeated");
  });

  test("keeps firing when a stale peer repeats an earlier stretch", () => {
    const lagging = seen(firingAlert, { startsAt: START - 9 * MINUTE }).alert;
    expect(seen(lagging, { status: "resolved", startsAt: START - 9 * MINUTE, endsAt: START - MINUTE }, 3).kind).toBe(
      "ignored",
    );
  });

  test("that is resolved has an end, its own or the time of the news", () => {
    expect(seen(firingAlert, { status: "resolved", endsAt: NOW - 1 }).alert).toMatchObject({
      status: "resolved",
      endsAt: NOW - 1,
    });
    expect(seen(firingAlert, { status: "resolved", endsAt: null }).alert).toMatchObject({
      status: "resolved",
      endsAt: NOW,
    });
  });

  test("that fires has none", () => {
    expect(seen(null, { endsAt: NOW + MINUTE }).alert.endsAt).toBeNull();
    expect(seen(resolvedAlert, { startsAt: NOW }).alert).toMatchObject({
      status: "firing",
      endsAt: null,
      startsAt: NOW,
    });
  });

  test("keeps firing when the end of an earlier stretch arrives late", () => {
    expect(
      seen(firingAlert, { status: "resolved", startsAt: START - 9 * MINUTE, endsAt: START - MINUTE }).alert,
    ).toMatchObject({
      status: "firing",
      startsAt: START,
      endsAt: null,
    });
  });

  test("remembers the last ten groups, receivers and addresses it came from, each once", () => {
    let alert = anAlert({ groupKeys: [], receivers: [] });
    for (let n = 0; n < 25; n++)
      alert = observeAlert(
        alert,
        anObservation(),
        aSighting({ seq: n + 2, delivery: aDelivery({ groupKey: `g${Math.floor(n / 2)}`, receiver: "" }) }),
        aClassified(),
      ).alert;
    expect(alert.groupKeys).toEqual(["g3", "g4", "g5", "g6", "g7", "g8", "g9", "g10", "g11", "g12"]);
    expect(alert.receivers).toEqual([]);
  });

  test.each([
    { labels: { alertname: "X" }, annotations: { summary: "s", message: "m", description: "d" }, is: "s" },
    { labels: { alertname: "X" }, annotations: { message: "m", description: "d" }, is: "m" },
    { labels: { alertname: "X" }, annotations: { description: "d" }, is: "d" },
    { labels: { alertname: "X" }, annotations: {}, is: "X" },
    { labels: {}, annotations: {}, is: "alert without a name" },
  ])("is about $is", ({ is, ...alert }) => {
    expect(alertSummary(alert)).toBe(is);
  });
});
