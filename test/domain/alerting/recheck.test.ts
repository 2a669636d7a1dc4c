import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isRecheckLost, recheckDelay } from "#domain/alerting/recheck.ts";
import type { SingleCommand } from "#domain/commands/command-registry.ts";
import { INCIDENT_DEFAULTS } from "#domain/incident/incident.ts";
import { isOpen, type Actor } from "#domain/values/language.ts";
import { aDelivery, anAlert, anObservation } from "#test/support/builders/alert-builders.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { ALICE, ALICE_PERSON, BOB, MIA_OF_THE_PAGER, PAGER } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { HOUR, MINUTE, NOW, SECOND } from "#test/support/builders/instants.ts";
import { CoreHarness, factsOf } from "#test/support/harness/core.ts";

type Observation = ReturnType<typeof anObservation>;

const observed = (severity = "P0", fingerprint = "one"): Observation =>
  anObservation({ fingerprint, labels: { alertname: "Down", service: "order-service", severity } });

function core(severity = "P0", policy: object = {}, fingerprints: readonly string[] = ["one"]): CoreHarness {
  const world = new CoreHarness(aPolicy({ ...STAFFED_POLICY, ...policy }));
  world.receives(aDelivery({ alerts: fingerprints.map((each) => observed(severity, each)) }));
  return world;
}
const repeats = (world: CoreHarness, severity = "P0"): void =>
  world.receives(aDelivery({ alerts: [observed(severity)] }));
const resolves = (world: CoreHarness, fingerprint = "one"): void =>
  world.receives(aDelivery({ alerts: [{ ...observed("P0", fingerprint), status: "resolved", endsAt: world.now }] }));
const RESOLVED: SingleCommand = { type: "incident.resolve", reason: "fixed, I think" };
const alarm = (world: CoreHarness): string => `muster:${world.incident().pages.at(-1)!.key}:uid`;
const pagerResolves = (world: CoreHarness, actor: Actor): void =>
  world.does({ type: "pager.heard", what: "resolved", alarm: alarm(world), text: `resolved by ${actor.name}` }, actor);

describe("an incident that a person ended while its alert fires", () => {
  test("is open again after half an hour: whoever ended it is told first, then people are paged from the first step", () => {
    const world = core();
    world.does(RESOLVED);
    expect(world.timer("recheck")).toBe(NOW + 30 * MINUTE);
    expect(world.incident().recheck).toEqual({ at: NOW + 30 * MINUTE, since: NOW, by: ALICE_PERSON });
    for (let i = 0; i < 3; i++) {
      world.passes(9 * MINUTE);
      expect(factsOf(world, () => repeats(world))).toEqual([]);
    }
    const before = world.effects.length;
    world.passes(3 * MINUTE);
    expect(world.incident()).toMatchObject({ status: "triggered", recheck: null, resolvedAt: null });
    const types = world.types();
    expect(types.slice(types.lastIndexOf("incident.reopened"))).toEqual([
      "incident.reopened",
      "page.requested",
      "escalation.armed",
    ]);
    const effects = world.effects.slice(before);
    expect(effects[0]).toMatchObject({ type: "chat.direct", to: ALICE_PERSON, about: { kind: "recheck" } });
    expect(effects[1]).toMatchObject({ type: "chat.relay" });
    expect(effects.findIndex(({ type }) => type === "page.trigger")).toBeGreaterThan(1);
    expect(world.incident().escalation.next).not.toBeNull();
    expect(world.events.findLast(({ type }) => type === "incident.reopened")?.data).toMatchObject({
      reason: "1 alert still fires 30 min after Alice ended the incident",
    });
  });

  test("stays over when the alert resolves meanwhile", () => {
    const world = core();
    world.does(RESOLVED);
    world.passes(10 * MINUTE);
    resolves(world);
    expect([world.timer("recheck"), world.incident().recheck]).toEqual([null, null]);
    world.passes(5 * HOUR);
    expect(world.incident()).toMatchObject({ status: "resolved", episode: 1 });
  });

  test("is looked at again while any of its alerts fires", () => {
    const world = core("P1", {}, ["one", "two"]);
    world.does(RESOLVED);
    resolves(world);
    world.passes(30 * MINUTE);
    expect(world.incident()).toMatchObject({ status: "triggered", alerts: { firing: 1 } });
  });

  test("is looked at again also when it was closed", () => {
    const world = core();
    world.does(RESOLVED);
    world.does({ type: "incident.close" });
    world.passes(30 * MINUTE);
    expect(world.incident().status).toBe("triggered");
  });

  test("waits as long as the policy says, P0 and P1 half an hour at most", () => {
    const wait = (severity: string, recheck: string): number | null => {
      const world = core(severity, { grouping: { recheck } });
      world.does(RESOLVED);
      return world.timer("recheck")! - NOW;
    };
    expect([wait("P2", "6h"), wait("P2", "45m"), wait("P0", "45m"), wait("P1", "5m")]).toEqual([
      4 * HOUR,
      45 * MINUTE,
      30 * MINUTE,
      5 * MINUTE,
    ]);
  });

  test("and is taken back within ten minutes, is looked at by no one", () => {
    const world = core();
    world.does(RESOLVED);
    world.does({ type: "undo" });
    expect(world.incident()).toMatchObject({ status: "triggered", recheck: null });
    expect(world.timer("recheck")).toBeNull();
  });

  test("and re-opened, and that taken back, is looked at again", () => {
    const world = core();
    world.does(RESOLVED);
    world.does({ type: "incident.reopen", reason: null });
    expect(world.timer("recheck")).toBeNull();
    world.does({ type: "undo" });
    expect(world.incident().status).toBe("resolved");
    expect(world.timer("recheck")).toBe(NOW + 30 * MINUTE);
  });

  test("is re-opened at the priority of what is left when that pages no one", () => {
    const world = core("P1");
    world.receives(aDelivery({ alerts: [observed("P3", "two")] }));
    world.does(RESOLVED);
    resolves(world);
    world.passes(30 * MINUTE);
    expect(world.incident()).toMatchObject({ status: "triggered", priority: "P3" });
    expect(world.paged()).toEqual(["P1 Alice"]);
  });

  test("needs a reason, and an empty one is none", () => {
    const world = core();
    expect(world.asks({ type: "incident.resolve", reason: " \n " })).toMatchObject({ ok: false });
  });
});

describe("a false alarm", () => {
  test("is silent until its alerts resolve, and a new start of the same alert pages again", () => {
    const world = core();
    world.does({ type: "incident.cancel", reason: "a load test" });
    expect(world.incident()).toMatchObject({
      status: "canceled",
      recheck: null,
      falseAlarm: { by: ALICE_PERSON, reason: "a load test" },
    });
    repeats(world);
    world.passes(5 * HOUR);
    repeats(world);
    expect(world.paged()).toHaveLength(1);
    world.receives(aDelivery({ alerts: [{ ...observed(), startsAt: world.now }] }));
    expect(world.incidents.size).toBe(2);
    expect(world.paged()).toHaveLength(2);
    expect(world.incident(1).status).toBe("canceled");
  });

  test("is over with its alerts: when the same stretch is reported as firing after that, it is looked at again", () => {
    const world = core();
    world.does({ type: "incident.cancel", reason: "a load test" });
    resolves(world);
    expect(world.incident().falseAlarm).toBeNull();
    world.passes(MINUTE);
    repeats(world);
    expect(world.timer("recheck")).toBe(world.now + 30 * MINUTE);
    world.passes(30 * MINUTE);
    expect(world.incident()).toMatchObject({ status: "triggered", recheck: null });
    expect(world.paged()).toHaveLength(2);
  });

  test("without a firing alert silences nothing", () => {
    const world = core();
    resolves(world);
    world.does({ type: "incident.cancel", reason: "a load test" });
    expect(world.incident().falseAlarm).toBeNull();
  });
});

describe("the pager", () => {
  test("ends an incident by a person, who is asked why, and gives the reason with `resolve`", () => {
    const world = core();
    pagerResolves(world, MIA_OF_THE_PAGER);
    expect(world.incident()).toMatchObject({ status: "resolved", reasonOwedBy: { name: "Mia" } });
    expect(world.timer("recheck")).toBe(NOW + 30 * MINUTE);
    expect(world.effects).toContainEqual(expect.objectContaining({ type: "chat.relay", channel: "team-orders" }));
    expect(world.asks({ type: "incident.resolve", reason: null }, BOB)).toMatchObject({ ok: false });
    expect(factsOf(world, () => world.does(RESOLVED, BOB))).toEqual(["reason.given"]);
    expect(world.incident().reasonOwedBy).toBeNull();
    world.passes(30 * MINUTE);
    expect(world.incident().status).toBe("triggered");
  });

  test("asks no one why when nothing fires", () => {
    const world = core();
    resolves(world);
    pagerResolves(world, MIA_OF_THE_PAGER);
    expect(world.incident()).toMatchObject({ status: "resolved", reasonOwedBy: null, recheck: null });
  });

  test("ends nothing by itself: the page expires, and people are paged again", () => {
    const world = core();
    const first = world.incident().pages[0]!.key;
    expect(factsOf(world, () => pagerResolves(world, PAGER))).toEqual([
      "page.expired",
      "page.requested",
      "escalation.armed",
    ]);
    expect(world.incident().status).toBe("triggered");
    expect(world.incident().pages.map(({ status }) => status)).toEqual(["expired", "requested"]);
    // What happens to that alarm afterwards is none of the incident's.
    world.does({ type: "pager.heard", what: "resolved", alarm: `muster:${first}:uid`, text: "again" }, PAGER);
    expect(world.incident().pages).toHaveLength(2);
  });

  test("pages no one again by itself while every alert is quiet", () => {
    const world = core("P1", { priorities: { P1: { quiet: "1h" } } });
    resolves(world);
    expect(factsOf(world, () => pagerResolves(world, PAGER))).toEqual(["page.expired"]);
  });
});

describe("old news that never stops", () => {
  const quietP2 = (acknowledged: boolean): CoreHarness => {
    const world = core("P2", { priorities: { P2: { ackExpires: null } } });
    if (acknowledged) world.does({ type: "incident.acknowledge" });
    world.passes(5 * MINUTE);
    resolves(world);
    world.passes(2 * MINUTE);
    expect(world.incident().status).toBe("resolved");
    repeats(world, "P2");
    return world;
  };

  // Without an answer the escalation goes on; an answer that never expires is doubted when the news stands.
  test.each([
    { status: "acknowledged", after: 10 * MINUTE },
    { status: "triggered", after: 30 * MINUTE },
  ])("pages although no one hears of it (it is $status again)", ({ status, after }) => {
    const world = quietP2(status === "acknowledged");
    expect(world.incident().status).toBe(status);
    world.passes(after - SECOND);
    expect(world.paged()).toHaveLength(1);
    world.passes(SECOND);
    expect(world.paged()).toEqual(["P2 Alice", status === "triggered" ? "P2 Mia" : "P2 Alice"]);
    expect(world.incident().status).toBe("triggered");
  });

  test("pages no one when the peer that lagged is corrected", () => {
    const world = quietP2(false);
    world.passes(5 * MINUTE);
    resolves(world);
    world.passes(HOUR);
    expect([world.incident().status, world.paged().length]).toEqual(["resolved", 1]);
  });

  test("pages no one when someone is at it", () => {
    const world = quietP2(true);
    world.passes(MINUTE);
    world.does({ type: "note.add", text: "looking" });
    world.passes(HOUR);
    expect(world.paged()).toHaveLength(1);
  });
});

describe("the wait for a re-check", () => {
  const seenFor = (ms: number, count: number) => anAlert({ firstSeenAt: NOW, lastSeenAt: NOW + ms, repeats: count });
  test.each([
    ["an alert that was never repeated", [anAlert()], {}, 4 * HOUR],
    ["an alert that is repeated every hour", [seenFor(3 * HOUR, 3)], {}, HOUR],
    ["alerts of which one is repeated rarely", [seenFor(3 * HOUR, 3), seenFor(4 * HOUR, 2)], {}, 2 * HOUR],
    ["an alert that peers repeat at once", [seenFor(SECOND, 9)], {}, 5 * MINUTE],
    [
      "a source that the policy knows",
      [anAlert()],
      { sources: { alertmanager: { repeatInterval: "20m" } } },
      20 * MINUTE,
    ],
    ["a source that is slow", [anAlert()], { sources: { alertmanager: { repeatInterval: "12h" } } }, 4 * HOUR],
  ] as const)("of %s", (_, alerts, policy, expected) => {
    expect(recheckDelay("P2", alerts, aPolicy(policy))).toBe(expected);
    expect(recheckDelay("P1", alerts, aPolicy(policy))).toBe(Math.min(expected, 30 * MINUTE));
  });
});

describe("a lost re-check", () => {
  const ended = anIncident({ status: "resolved", resolvedAt: NOW, alerts: { total: 1, firing: 1, flaps: 0 } });
  const by = ALICE_PERSON;
  test.each([
    ["of a version that had none", ended, true],
    ["that is due", { ...ended, recheck: { at: NOW, since: NOW, by } }, false],
    ["that is overdue", { ...ended, recheck: { at: NOW - 3 * MINUTE, since: NOW, by } }, true],
    ["that a clock put far ahead", { ...ended, recheck: { at: NOW + 5 * HOUR, since: NOW, by } }, true],
    ["of a false alarm", { ...ended, status: "canceled", falseAlarm: { by, reason: "r" } }, false],
    ["of an open incident", { ...ended, ...INCIDENT_DEFAULTS, status: "triggered" }, false],
  ] as const)("%s: %s", (_, incident, expected) => {
    expect(isRecheckLost(incident, NOW)).toBe(expected);
  });
});

const steps = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constantFrom("fires", "resolves", "starts again"),
      which: fc.constantFrom("one", "two"),
      severity: fc.constantFrom("P0", "P2"),
    }),
    fc.record({ do: fc.constant("passes"), minutes: fc.integer({ min: 1, max: 300 }) }),
    fc.record({
      do: fc.constantFrom(
        "ack",
        "mitigate",
        "resolve",
        "cancel",
        "reopen",
        "close",
        "undo",
        "pager person",
        "pager alone",
      ),
    }),
  ),
  { maxLength: 25 },
);
type Step = { readonly do: string; readonly which?: string; readonly severity?: string; readonly minutes?: number };

const COMMANDS: Readonly<Record<string, SingleCommand>> = {
  ack: { type: "incident.acknowledge" },
  mitigate: { type: "incident.mitigate" },
  resolve: RESOLVED,
  cancel: { type: "incident.cancel", reason: "a test" },
  reopen: { type: "incident.reopen", reason: null },
  close: { type: "incident.close" },
  undo: { type: "undo" },
};

/** One step of a story; starts are remembered, so that a repeat tells the same. */
function takeStep(world: CoreHarness, step: Step, starts: Map<string, number>): void {
  if (step.do === "passes") return world.passes(step.minutes! * MINUTE);
  if (step.which !== undefined) {
    if (step.do === "starts again" || !starts.has(step.which)) starts.set(step.which, world.now);
    const startsAt = starts.get(step.which)!;
    const seen = { ...observed(step.severity, step.which), startsAt };
    return world.receives(
      aDelivery({ alerts: [step.do === "resolves" ? { ...seen, status: "resolved", endsAt: world.now } : seen] }),
    );
  }
  for (const number of world.incidents.keys()) {
    const command = COMMANDS[step.do];
    if (command !== undefined) world.asks(command, ALICE, number);
    else if (world.incident(number).pages.length > 0)
      world.asks(
        {
          type: "pager.heard",
          what: "resolved",
          alarm: `muster:${world.incident(number).pages.at(-1)!.key}:uid`,
          text: "resolved",
        },
        step.do === "pager person" ? MIA_OF_THE_PAGER : PAGER,
        number,
      );
  }
}

test("no machine ends an incident whose alert fires; after each end by a person it is open, looked at again, or silenced as a false alarm", () => {
  fc.assert(
    fc.property(steps, (story) => {
      const world = new CoreHarness(aPolicy(STAFFED_POLICY));
      const starts = new Map<string, number>();
      for (const step of story) {
        const wasOpen = new Set(
          [...world.incidents.values()].filter(({ status }) => isOpen(status)).map(({ number }) => number),
        );
        takeStep(world, step, starts);
        const byMachine = step.do === "pager alone" || "which" in step || step.do === "passes";
        for (const incident of world.incidents.values()) {
          const firing = [...world.alerts.values()].filter(
            (alert) => alert.incident === incident.number && alert.status === "firing",
          ).length;
          if (isOpen(incident.status) || firing === 0) continue;
          if (byMachine && wasOpen.has(incident.number)) throw new Error(`a machine ended INC-${incident.number}`);
          if (incident.falseAlarm !== null) continue;
          expect(incident.recheck?.at).toBeGreaterThan(world.now);
          expect(world.timer("recheck", incident.number)).toBe(incident.recheck?.at);
        }
      }
    }),
    { numRuns: 1_000 },
  );
});
