import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SingleCommand } from "#domain/commands/command-registry.ts";
import { isOpen, type Actor } from "#domain/values/language.ts";
import { aDelivery } from "#test/support/builders/alert-builders.ts";
import { ALICE, ALICE_PERSON, BOB, MIA_OF_THE_PAGER, PAGER } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { CoreHarness, factsOf } from "#test/support/harness/core.ts";
import {
  coreOfDown,
  downAlert,
  repeatDown,
  resolveDown,
  RESOLVE_INCIDENT,
} from "#test/support/builders/core/down-alerts.ts";

const alarmOf = (world: CoreHarness): string => `muster:${world.incident().pages.at(-1)!.key}:uid`;
const resolveInPager = (world: CoreHarness, actor: Actor): void =>
  world.does(
    { type: "pager.heard", what: "resolved", alarm: alarmOf(world), text: `resolved by ${actor.name}` },
    actor,
  );

describe("a false alarm", () => {
  test("is silent until its alerts resolve, and a new start of the same alert pages again", () => {
    const world = coreOfDown();
    world.does({ type: "incident.cancel", reason: "a load test" });
    expect(world.incident()).toMatchObject({
      status: "canceled",
      recheck: null,
      falseAlarm: { by: ALICE_PERSON, reason: "a load test" },
    });
    repeatDown(world);
    world.passes(5 * HOUR);
    repeatDown(world);
    expect(world.paged()).toHaveLength(1);
    world.receives(aDelivery({ alerts: [{ ...downAlert(), startsAt: world.now }] }));
    expect(world.incidents.size).toBe(2);
    expect(world.paged()).toHaveLength(2);
    expect(world.incident(1).status).toBe("canceled");
  });

  test("ends with its alerts: when the same stretch is reported as firing after that, it is looked at again", () => {
    const world = coreOfDown();
    world.does({ type: "incident.cancel", reason: "a load test" });
    resolveDown(world);
    expect(world.incident().falseAlarm).toBeNull();
    world.passes(MINUTE);
    repeatDown(world);
    expect(world.timer("recheck")).toBe(world.now + 30 * MINUTE);
    world.passes(30 * MINUTE);
    expect(world.incident()).toMatchObject({ status: "triggered", recheck: null });
    expect(world.paged()).toHaveLength(2);
  });

  test("without a firing alert silences nothing", () => {
    const world = coreOfDown();
    resolveDown(world);
    world.does({ type: "incident.cancel", reason: "a load test" });
    expect(world.incident().falseAlarm).toBeNull();
  });
});

describe("the pager", () => {
  test("ends an incident by a person, who is asked why, and gives the reason with `resolve`", () => {
    const world = coreOfDown();
    resolveInPager(world, MIA_OF_THE_PAGER);
    expect(world.incident()).toMatchObject({ status: "resolved", reasonOwedBy: { name: "Mia" } });
    expect(world.timer("recheck")).toBe(NOW + 30 * MINUTE);
    expect(world.effects).toContainEqual(expect.objectContaining({ type: "chat.relay", channel: "team-orders" }));
    expect(world.asks({ type: "incident.resolve", reason: null }, BOB)).toMatchObject({ ok: false });
    expect(factsOf(world, () => world.does(RESOLVE_INCIDENT, BOB))).toEqual(["reason.given"]);
    expect(world.incident().reasonOwedBy).toBeNull();
    world.passes(30 * MINUTE);
    expect(world.incident().status).toBe("triggered");
  });

  test("asks no one why when nothing fires", () => {
    const world = coreOfDown();
    resolveDown(world);
    resolveInPager(world, MIA_OF_THE_PAGER);
    expect(world.incident()).toMatchObject({ status: "resolved", reasonOwedBy: null, recheck: null });
  });

  test("ends nothing by itself: the page expires, and people are paged again", () => {
    const world = coreOfDown();
    const first = world.incident().pages[0]!.key;
    expect(factsOf(world, () => resolveInPager(world, PAGER))).toEqual([
      "alarm.reported",
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
    const world = coreOfDown("P1", { priorities: { P1: { quiet: "1h" } } });
    resolveDown(world);
    expect(factsOf(world, () => resolveInPager(world, PAGER))).toEqual(["alarm.reported", "page.expired"]);
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
  resolve: RESOLVE_INCIDENT,
  cancel: { type: "incident.cancel", reason: "a test" },
  reopen: { type: "incident.reopen", reason: null },
  close: { type: "incident.close" },
  undo: { type: "undo" },
};

/** One step of a story; starts are remembered, so that a repeat reports the same. */
function takeStep(world: CoreHarness, step: Step, starts: Map<string, number>): void {
  if (step.do === "passes") return world.passes(step.minutes! * MINUTE);
  if (step.which !== undefined) {
    if (step.do === "starts again" || !starts.has(step.which)) starts.set(step.which, world.now);
    const startsAt = starts.get(step.which)!;
    const seen = { ...downAlert(step.severity, step.which), startsAt };
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
