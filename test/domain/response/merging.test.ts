import { describe, expect, test } from "vitest";
import { mergeIncident } from "#domain/response/merging.ts";
import { unmergeAlerts } from "#domain/response/unmerging.ts";
import { anAlert } from "#test/support/builders/alert-builders.ts";
import { aContext } from "#test/support/builders/events.ts";
import { BOB } from "#test/support/builders/people.ts";
import { anEscalation, anIncident } from "#test/support/builders/incidents.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { CoreHarness, orderServiceDelivery } from "#test/support/harness/core.ts";

/** An incident whose alert fires, in a channel, and a second that someone declared for nothing in particular. */
function two(severity = "P1"): CoreHarness {
  const world = new CoreHarness(aPolicy(STAFFED_POLICY));
  world.receives(orderServiceDelivery(severity));
  world.asks({ type: "channel.opened", channel: { id: "C1", name: "inc-1", url: "" } });
  world.declares({ title: "Orders are late", priority: "P2", page: false });
  return world;
}

describe("merging", () => {
  test("ends one incident, moves its alerts to the other and links to the other's channel", () => {
    const world = two("P2");
    expect(world.merges(1, 2)).toMatchObject({ ok: true });
    expect(world.incident()).toMatchObject({ status: "merged", alerts: { total: 0, firing: 0 } });
    expect(world.incident(2)).toMatchObject({ status: "triggered", alerts: { total: 1, firing: 1 } });
    expect(world.effects).toContainEqual({ type: "chat.pointer", into: 2 });
    expect(world.effects.map(({ type }) => type)).not.toContain("page.resolve");
  });

  test("raises the other when the merged one is more urgent, and pages no one whom the merged one has paged for that", () => {
    const world = two("P0");
    world.merges(1, 2);
    expect(world.incident(2)).toMatchObject({ priority: "P0", priorityReason: "INC-1, a P0, was merged into it" });
    expect(world.paged()).toEqual(["P0 Alice, Bob"]);
  });

  test("does not change the other when the merged one is less urgent, or at a level from which a person lowered it", () => {
    const world = two("P2");
    world.merges(2, 1);
    expect(world.incident()).toMatchObject({ priority: "P2", alerts: { total: 1, firing: 1 } });
    const pinned = anIncident({ number: 2, priority: "P3", pinned: { ceiling: "P1" } });
    expect(mergeIncident(anIncident({ priority: "P1" }), pinned, 2, aContext()).going.map(({ type }) => type)).toEqual([
      "alerts.absorbed",
    ]);
  });

  test("alerts that fire into one that was about to resolve keeps it open, until they are quiet, too", () => {
    const firing = { total: 1, firing: 1, flaps: 0 };
    const quietEvent = anIncident({
      number: 2,
      alerts: { total: 1, firing: 0, flaps: 0 },
      quietUntil: NOW + MINUTE,
      escalation: anEscalation({ step: 1, next: { to: "Mia", at: NOW + MINUTE } }),
    });
    expect(
      mergeIncident(anIncident({ alerts: firing }), quietEvent, 2, aContext()).going.map(({ type }) => type),
    ).toEqual(["alerts.absorbed", "quiet.ended"]);
    const both = anIncident({ number: 2, alerts: { total: 2, firing: 1, flaps: 0 } });
    const { returning, leaving } = unmergeAlerts(both, anIncident(), [anAlert()], aContext());
    expect(returning).toEqual([{ type: "alerts.absorbed", data: { from: 2, alerts: firing, back: true } }]);
    expect(leaving.map(({ type }) => type)).toEqual(["alerts.returned", "quiet.began"]);
  });

  test.each([
    { one: {}, other: {}, into: 1, refusal: "INC-1 cannot be merged into itself." },
    { one: {}, other: null, into: 9, refusal: "There is no INC-9." },
    { one: { status: "resolved" }, other: {}, into: 2, refusal: "INC-1 is resolved." },
    {
      one: {},
      other: { status: "merged" },
      into: 2,
      refusal: "INC-2 is merged: merge into one that is open, or `reopen` it.",
    },
    {
      one: {},
      other: { status: "closed" },
      into: 2,
      refusal: "INC-2 is closed: merge into one that is open, or `reopen` it.",
    },
    { one: {}, other: { private: true }, into: 2, refusal: "INC-2 cannot take in an incident that everybody sees." },
    { one: {}, other: { drill: true }, into: 2, refusal: "One of them is a drill and the other is not." },
  ] as const)("$refusal", ({ one, other, into: mergeTarget, refusal }) => {
    expect(
      mergeIncident(
        anIncident(one),
        other === null ? null : anIncident({ number: mergeTarget, ...other }),
        mergeTarget,
        aContext(),
      ),
    ).toEqual({
      ending: { ok: false, refusal },
      going: [],
    });
  });

  test("is undone to the previous state", () => {
    const world = two();
    world.does({ type: "role.claim", role: "commander" });
    const before = world.incident();
    world.merges(1, 2, BOB);
    world.does({ type: "undo" }, BOB);
    expect(world.incident()).toMatchObject({
      status: "acknowledged",
      alerts: before.alerts,
      mergedInto: null,
      roles: before.roles,
      resolvedAt: null,
      closedAt: null,
      updates: before.updates,
    });
    expect(world.types()).toEqual(expect.arrayContaining(["incident.reopened", "verb.undone", "alerts.returned"]));
    expect(world.incident(2).alerts).toMatchObject({ total: 0, firing: 0 });
  });
});
