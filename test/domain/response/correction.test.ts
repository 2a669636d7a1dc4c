import { describe, expect, test } from "vitest";
import { assemblePostmortem } from "#domain/postmortem/postmortem.ts";
import { reviewChecklist } from "#domain/postmortem/review-checklist.ts";
import type { Milestone } from "#domain/values/language.ts";
import { aDelivery, anObservation } from "#test/support/builders/alert-builders.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { BOB } from "#test/support/builders/people.ts";
import { HOUR, MINUTE, NOW, DAY } from "#test/support/builders/instants.ts";
import { CoreHarness } from "#test/support/harness/core.ts";

/** A P2 that began at 14:32, was acknowledged at 14:37 and mitigated at 14:42, and resolved at 14:52. */
function endedCore(): CoreHarness {
  const world = new CoreHarness(aPolicy(STAFFED_POLICY));
  world.receives(
    aDelivery({
      alerts: [
        anObservation({ labels: { alertname: "Down", service: "order-service", severity: "P2" }, startsAt: NOW }),
      ],
    }),
  );
  world.now = NOW + 5 * MINUTE;
  world.does({ type: "incident.acknowledge" });
  world.now = NOW + 10 * MINUTE;
  world.does({ type: "incident.mitigate" });
  world.now = NOW + 20 * MINUTE;
  world.does({ type: "incident.resolve", reason: "rolled back" });
  world.now = NOW + 2 * HOUR;
  return world;
}
const corrects = (world: CoreHarness, milestone: Milestone, at: number) =>
  world.asks({ type: "milestone.correct", milestone, at }, BOB);
const firstDraft = (world: CoreHarness) =>
  assemblePostmortem(
    world.incident(1),
    world.events.filter(({ incident }) => incident === 1),
    world.now,
  );
const correctionRefusal = (world: CoreHarness, milestone: Milestone, minute: number) => {
  const decision = corrects(world, milestone, NOW + minute * MINUTE);
  return decision.ok ? null : decision.refusal;
};

describe("a milestone that was at another time than is written down", () => {
  test("moves the figures, with the author as evidence; earlier entries stay in the timeline", () => {
    const world = endedCore();
    corrects(world, "began", NOW - 8 * MINUTE);
    corrects(world, "mitigated", NOW + 7 * MINUTE);
    const { times, detected, mitigated, timeline, timeIn, impact } = firstDraft(world);
    const reply = world.events.filter(({ type }) => type === "milestone.corrected").map(({ seq }) => seq);
    expect(reply).toHaveLength(2);
    expect([detected, mitigated]).toEqual([
      { value: NOW - 8 * MINUTE, from: [reply[0]] },
      { value: NOW + 7 * MINUTE, from: [reply[1]] },
    ]);
    expect([times.detect.value, times.mitigate?.value, times.resolve?.value, impact.from]).toEqual([
      8 * MINUTE,
      15 * MINUTE,
      28 * MINUTE,
      NOW - 8 * MINUTE,
    ]);
    expect(timeline.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["incident.mitigated", "milestone.corrected"]),
    );
    expect(timeIn).toMatchObject([{ priority: "P2", ms: 20 * MINUTE }]);
  });

  test("of a time of day means the day of the incident, even days later", () => {
    const world = endedCore();
    world.now = NOW + 3 * DAY;
    corrects(world, "resolved", NOW + 2 * DAY + 30 * MINUTE);
    expect(world.incident(1).resolvedAt).toBe(NOW + 30 * MINUTE);
  });

  test("of a resolution without a recorded mitigation moves both; undo restores both", () => {
    const world = new CoreHarness(aPolicy(STAFFED_POLICY));
    world.receives(aDelivery({ alerts: [anObservation({ startsAt: NOW })] }));
    world.now = NOW + 20 * MINUTE;
    world.does({ type: "incident.resolve", reason: "fixed" });
    const before = world.incident(1);
    world.does({ type: "milestone.correct", milestone: "resolved", at: NOW + 12 * MINUTE });
    const { mitigated, resolved } = firstDraft(world);
    expect(mitigated).toEqual(resolved);
    expect(resolved?.value).toBe(NOW + 12 * MINUTE);
    world.does({ type: "undo" });
    expect(world.incident(1)).toMatchObject({ resolvedAt: before.resolvedAt, mitigatedAt: before.mitigatedAt });
    expect(firstDraft(world).timeline.some(({ type }) => type === "milestone.corrected")).toBe(false);
    expect(firstDraft(world).resolved?.value).toBe(before.resolvedAt);
  });

  test.each<[Milestone, number, RegExp]>([
    ["began", 1, /was opened at .*14:32:00.*began by then/],
    ["acknowledged", -1, /began at .*14:32:00.*correct began at TIME/],
    ["mitigated", 21, /was resolved at .*14:52:00.*correct resolved at TIME/],
    ["mitigated", 10, /That is what is written down/],
  ])("%s at minute %i is refused, with what to do", (milestone, minute, reason) =>
    expect(correctionRefusal(endedCore(), milestone, minute)).toMatch(reason),
  );

  test("a milestone that has not happened cannot be corrected", () => {
    const world = new CoreHarness(aPolicy(STAFFED_POLICY));
    world.receives(aDelivery({ alerts: [anObservation({ startsAt: NOW })] }));
    expect([
      correctionRefusal(world, "acknowledged", 0),
      correctionRefusal(world, "mitigated", 0),
      correctionRefusal(world, "resolved", 0),
    ]).toEqual([
      expect.stringContaining("`ack`"),
      expect.stringContaining("`mitigate`"),
      expect.stringContaining("`resolve`"),
    ]);
  });
});

describe("the gate of the review can always be opened", () => {
  const metrics = (world: CoreHarness) =>
    reviewChecklist(firstDraft(world), {}).filter(({ section }) => section === "metrics");

  test("for an incident that ended before anyone answered", () => {
    const { incident, events } = { incident: endedCore().incident(1), events: endedCore().events };
    const alone = events.filter(({ type }) => type !== "incident.acknowledged");
    expect(
      reviewChecklist(assemblePostmortem({ ...incident, acknowledgedAt: null }, alone, NOW + HOUR), {}).filter(
        ({ section }) => section === "metrics",
      ),
    ).toEqual([]);
  });

  test("for milestones in the wrong order, by the very words that it proposes", () => {
    const world = endedCore();
    corrects(world, "mitigated", NOW + 2 * MINUTE);
    expect(metrics(world)).toMatchObject([
      {
        what: expect.stringContaining("was mitigated (14:34) before it was acknowledged (14:37)") as string,
        fix: expect.stringContaining("correct") as string,
      },
    ]);
    corrects(world, "acknowledged", NOW + MINUTE);
    expect(metrics(world)).toEqual([]);
  });
});
