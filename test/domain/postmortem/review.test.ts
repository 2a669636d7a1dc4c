import { describe, expect, test } from "vitest";
import { type SingleCommand, decideCommand } from "#domain/commands/command-registry.ts";
import { type Incident, INCIDENT_DEFAULTS } from "#domain/incident/incident.ts";
import type { Review } from "#domain/incident/postmortem-review.ts";
import { parseInstant } from "#domain/values/instant.ts";
import { reviewDue } from "#domain/policy/review-due.ts";
import { aContext } from "#test/support/builders/events.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { HOUR, NOW, DAY } from "#test/support/builders/instants.ts";
import { CoreHarness } from "#test/support/harness/core.ts";
import { BOB_PERSON } from "#test/support/builders/people.ts";

const charlie = { id: "U0CHAR001", name: "Charlie" };

const resolvedIncident = (review: Partial<Review> = {}, more: Partial<Incident> = {}): Incident =>
  anIncident({
    status: "resolved",
    resolvedAt: NOW,
    postmortem: { ...INCIDENT_DEFAULTS.postmortem, ...review },
    ...more,
  });
const refusal = (incident: Incident, command: SingleCommand): string | null => {
  const decision = decideCommand(incident, command, aContext());
  return decision.ok ? null : decision.refusal;
};

describe("a postmortem", () => {
  const review: SingleCommand = { type: "postmortem.review", reviewers: [BOB_PERSON] };
  const reviewed: SingleCommand = { type: "postmortem.reviewed", version: ";00000000", problems: 0 };
  const close: SingleCommand = { type: "postmortem.close" };

  test.each<[Review["state"], SingleCommand, RegExp | null]>([
    ["draft", review, null],
    ["draft", reviewed, /No one was asked to read it yet/],
    ["draft", close, /It is a draft/],
    ["in review", review, null],
    ["in review", reviewed, null],
    ["in review", { ...reviewed, problems: 2 }, /2 of the checklist are not done yet/],
    ["in review", { ...reviewed, version: null }, /No one has checked/],
    ["in review", close, /It is in review/],
    ["reviewed", review, /is reviewed already/],
    ["reviewed", reviewed, /It is reviewed already/],
    ["reviewed", close, null],
    ["closed", review, /is closed already/],
    ["closed", reviewed, /It is closed already/],
    ["closed", close, /It is closed already/],
    ["closed", { type: "postmortem.own", person: BOB_PERSON }, /is closed/],
  ])("that is %s, and %j: %s", (state, command, says) => {
    if (says === null) expect(refusal(resolvedIncident({ state }), command)).toBeNull();
    else expect(refusal(resolvedIncident({ state }), command)).toMatch(says);
  });

  test("goes from draft to closed, and asks the same reviewer once", () => {
    const world = new CoreHarness(aPolicy(STAFFED_POLICY));
    world.declares({ title: "Orders are late", priority: "P1", page: false });
    expect(refusal(world.incident(), review)).toMatch(/is still triggered/);
    world.does({ type: "incident.resolve", reason: "done" });
    world.does({ type: "postmortem.own", person: BOB_PERSON });
    world.does({ type: "postmortem.review", reviewers: [charlie, charlie] });
    world.does({ type: "postmortem.review", reviewers: [charlie, BOB_PERSON] });
    expect(world.incident().postmortem).toMatchObject({
      state: "in review",
      owner: BOB_PERSON,
      reviewers: [charlie, BOB_PERSON],
    });
    world.does(reviewed);
    world.does(close);
    expect(world.incident().postmortem.state).toBe("closed");
    world.passes(30 * DAY);
    expect(world.events.filter(({ type }) => type === "postmortem.asked" || type === "postmortem.nudged")).toEqual([]);
  });

  test("of an incident that never was one has no owner", () => {
    expect(refusal(anIncident({ status: "canceled" }), { type: "postmortem.own", person: BOB_PERSON })).toMatch(
      /it has no postmortem/,
    );
  });

  test("returns to draft when the incident reopens", () => {
    const world = new CoreHarness(aPolicy(STAFFED_POLICY));
    world.declares({ title: "Orders are late", priority: "P1", page: false });
    world.does({ type: "incident.resolve", reason: "done" });
    world.does(review);
    world.does({ type: "incident.reopen", reason: "still late" });
    expect(world.incident().postmortem).toMatchObject({ state: "draft", due: null });
    expect(world.timer("review")).toBeNull();
  });
});

describe("a gap of the timeline", () => {
  const between = { from: NOW, to: NOW + HOUR };
  test.each<[SingleCommand, RegExp | null]>([
    [{ type: "postmortem.waive", gap: 1, between, reason: "lunch" }, null],
    [{ type: "postmortem.waive", gap: 1, between, reason: " " }, /Add why/],
    [{ type: "postmortem.waive", gap: 9, between: null, reason: "lunch" }, /There is no gap 9/],
  ])("%j", (command, says) => {
    if (says === null) expect(refusal(resolvedIncident(), command)).toBeNull();
    else expect(refusal(resolvedIncident(), command)).toMatch(says);
  });

  test("is waived once", () => {
    const waived = [{ from: NOW, reason: "lunch", by: "Bob" }];
    expect(
      refusal(resolvedIncident({ waived }), { type: "postmortem.waive", gap: 1, between, reason: "again" }),
    ).toMatch(/waived already/);
  });
});

describe("a postmortem is asked for", () => {
  const story = (
    policy: object,
    declared: { readonly priority: "P0" | "P1" | "P3"; readonly drill?: boolean },
  ): string[] => {
    const world = new CoreHarness(aPolicy({ ...STAFFED_POLICY, ...policy }));
    world.declares({ title: "Orders are late", page: false, ...declared });
    world.does({ type: "incident.resolve", reason: "done" });
    world.passes(30 * DAY);
    return world.events.flatMap((event) =>
      event.type === "postmortem.asked"
        ? [`asked by ${event.data.due}`]
        : event.type === "postmortem.nudged"
          ? [`${event.data.overdue ? "was" : "is"} due, ${new Date(event.recordedAt).toISOString().slice(0, 13)}`]
          : [],
    );
  };

  test("an hour after the end, and its owner is reminded the day before and four times after", () => {
    expect(story({}, { priority: "P0" })).toEqual([
      "asked by 2026-11-24",
      "is due, 2026-11-23T09",
      "was due, 2026-11-25T09",
      "was due, 2026-11-27T09",
      "was due, 2026-11-29T09",
      "was due, 2026-12-01T09",
    ]);
  });

  test.each<[string, object, Parameters<typeof story>[1]]>([
    ["no one asks for one after a P3", {}, { priority: "P3" }],
    ["nor after a drill", {}, { priority: "P0", drill: true }],
    ["nor where the policy wants none", { postmortem: { minimum: null } }, { priority: "P0" }],
  ])("%s", (_, policy, declared) => expect(story(policy, declared)).toEqual([]));

  test("as soon as the policy allows", () => {
    expect(story({ postmortem: { minimum: "P3", due: { P3: 1 } } }, { priority: "P3" })[0]).toBe("asked by 2026-11-22");
    expect(
      reviewDue(
        "P0",
        parseInstant("2026-11-20T10:00:00Z")!,
        aPolicy({ postmortem: { due: { P0: { workdays: 1 } } } }).postmortem,
      ),
    ).toBe("2026-11-23");
  });
});
