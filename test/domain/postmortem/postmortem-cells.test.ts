import { describe, expect, test } from "vitest";
import type { Fact } from "#domain/events/event-registry.ts";
import { findTimelineGaps } from "#domain/postmortem/timeline-gaps.ts";
import { findDiscrepancies, computeRevenueLoss } from "#domain/postmortem/impact.ts";
import { parseInstant, formatUtcTime } from "#domain/values/instant.ts";
import type { Actor, Priority } from "#domain/values/language.ts";
import { assemblePostmortem } from "#domain/postmortem/postmortem.ts";
import { reviewDue } from "#domain/policy/review-due.ts";
import { ALERTMANAGER, ALICE, BOB } from "#test/support/builders/people.ts";
import { aNote } from "#test/support/builders/alert-builders.ts";
import { anIncident, aPage } from "#test/support/builders/incidents.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { openedFact } from "#test/support/builders/events.ts";
import { referenceDraft, buildStory } from "#test/support/builders/reference-incident.ts";

const draftOfSteps = (...steps: readonly (readonly [number, Fact])[]) => {
  const timed = steps.map(([minute, fact]): readonly [number, Actor, Fact] => [
    minute,
    minute === 0 ? ALERTMANAGER : ALICE,
    fact,
  ]);
  const { incident, events } = buildStory(timed);
  return assemblePostmortem(incident, events, NOW + 5 * HOUR);
};
const OPENED: readonly [number, Fact] = [0, openedFact({ detectedAt: NOW })];
const acknowledged: Fact = { type: "incident.acknowledged", data: {} };
const resolvedFact: Fact = { type: "incident.resolved", data: { by: "person", reason: null, firing: 0 } };
const noteFact = (text: string): Fact => ({ type: "note.added", data: { text } });
const updateFact = (audience: "internal" | "customer"): Fact => ({
  type: "update.posted",
  data: { text: "we look", audience },
});
const claims = (person: Actor | null): Fact => ({
  type: "role.assigned",
  data: { role: "commander", person: person && { id: person.id, name: person.name } },
});
const undone = (
  restore: Extract<Fact, { type: "verb.undone" }>["data"]["restore"],
  strikes: readonly number[] = [],
): Fact => ({
  type: "verb.undone",
  data: { what: "a slip", was: "triggered", restore, strikes, withdraws: [] },
});

describe("how long everything took, by hand from the reference incident", () => {
  // Started, opened and paged 14:32; acknowledged and commanded 14:35; first update 14:46; mitigated 14:48; resolved 14:54; customers 15:00.
  test.each([
    ["detect", 0, [1, 2]],
    ["acknowledge", 3, [3, 5]],
    ["mitigate", 16, [2, 22]],
    ["resolve", 22, [2, 29]],
    ["commander", 3, [1, 6]],
    ["update", 14, [1, 20]],
    ["customers", 28, [1, 30]],
    ["silence", 14, [20, 30]],
  ] as const)("%s: %i min, from events %j", (name, minutes, from) => {
    expect(referenceDraft().times[name]).toEqual({ value: minutes * MINUTE, from });
  });

  test("leaves a milestone that did not happen empty", () => {
    const { times, acknowledged: ack, due } = draftOfSteps(OPENED);
    expect(times).toMatchObject({
      acknowledge: null,
      mitigate: null,
      resolve: null,
      commander: null,
      update: null,
      customers: null,
      silence: null,
    });
    expect([ack, due]).toEqual([null, null]);
  });

  test("uses the earlier start that a later alert reports", () => {
    const early: Fact = {
      type: "alerts.fired",
      data: { count: 1, added: 1, again: false, earliestStart: NOW - 9 * MINUTE, alerts: [aNote()] },
    };
    expect(draftOfSteps(OPENED, [2, early], [10, resolvedFact]).times).toMatchObject({
      detect: { value: 9 * MINUTE, from: [1, 2] },
      resolve: { value: 19 * MINUTE, from: [2, 3] },
    });
  });
});

describe("undone verbs", () => {
  test("do not count as answers", () => {
    const { acknowledged: ack, times } = draftOfSteps(
      OPENED,
      [1, acknowledged],
      [2, undone({ acknowledgedAt: null, status: "triggered" })],
      [5, acknowledged],
      [9, resolvedFact],
    );
    expect([ack, times.acknowledge]).toEqual([
      { value: NOW + 5 * MINUTE, from: [4] },
      { value: 5 * MINUTE, from: [1, 4] },
    ]);
  });

  test.each([
    ["canceled", { type: "incident.canceled", data: { reason: "a test" } }],
    ["merged", { type: "incident.merged", data: { into: 2, alerts: { total: 1, firing: 1, flaps: 0 } } }],
  ] satisfies [string, Fact][])("as %s leave an earlier resolution in the figures", (_, ending) => {
    const { quietPeriods } = draftOfSteps(
      OPENED,
      [5, resolvedFact],
      [10, { type: "incident.reopened", data: { status: "triggered", reason: "again", again: true } }],
      [15, ending],
      [16, undone({ resolvedAt: null, status: "triggered" })],
      [20, resolvedFact],
    );
    expect(quietPeriods).toEqual([{ from: NOW + 5 * MINUTE, to: NOW + 10 * MINUTE }]);
  });

  test("do not count as mitigation or as updates", () => {
    const slip = draftOfSteps(
      OPENED,
      [1, { type: "incident.mitigated", data: {} }],
      [2, undone({ mitigatedAt: null })],
      [3, updateFact("internal")],
      [4, undone({}, [4])],
      [9, resolvedFact],
    );
    expect(slip.mitigated).toEqual({ value: NOW + 9 * MINUTE, from: [6] });
    expect([slip.sentUpdates, slip.times.update]).toEqual([[], null]);
  });
});

describe("roles over time", () => {
  test("end with the next holder, or with the incident", () => {
    const tenures = draftOfSteps(
      OPENED,
      [2, claims(ALICE)],
      [12, claims(null)],
      [15, claims(BOB)],
      [35, resolvedFact],
    ).roles;
    expect(tenures.map(({ name, ms, from }) => [name, ms / MINUTE, from])).toEqual([
      ["Alice", 10, [2, 3]],
      ["Bob", 20, [4]],
    ]);
  });
});

describe("gaps", () => {
  const at = (...minutes: number[]): number[] => minutes.map((minute) => NOW + minute * MINUTE);
  test.each([
    { history: [0, 15, 30], end: 45, gaps: [] },
    { history: [0, 16], end: 20, gaps: ["14:32–14:48"] },
    { history: [0], end: 16, gaps: ["14:32–14:48"] },
    { history: [], end: 16, gaps: ["14:32–14:48"] },
    { history: [0, 5, 90, 91], end: 200, gaps: ["14:37–16:02", "16:03–17:52"] },
    { history: [-90, 0, 10, 300], end: 20, gaps: [] },
  ])("of $history until $end are $gaps", ({ history, end, gaps: wanted }) => {
    expect(
      findTimelineGaps(at(...history), NOW, NOW + end * MINUTE).map(
        ({ from, to }) => `${formatUtcTime(from)}–${formatUtcTime(to)}`,
      ),
    ).toEqual(wanted);
  });

  test("are closed only by entries about the incident, and end with it", () => {
    const armed: Fact = { type: "escalation.armed", data: { step: 1, to: "Mia", due: NOW } };
    expect(
      draftOfSteps(OPENED, [10, armed], [20, noteFact("found it")], [25, resolvedFact], [200, noteFact("late")]).gaps,
    ).toEqual([{ from: NOW, to: NOW + 20 * MINUTE }]);
  });
});

describe("alert descriptions and declared incidents", () => {
  test.each([
    { from: 0, to: 20, opened: 0, resolved: 20, differ: [] },
    { from: -6, to: 20, opened: 0, resolved: 21, differ: ["opened late 6", "resolved late 1"] },
    { from: 0, to: 20, opened: -3, resolved: 15, differ: ["opened early 3", "resolved early 5"] },
    { from: 0, to: null, opened: 0, resolved: 15, differ: ["still firing 0"] },
    { from: 0, to: null, opened: 0, resolved: null, differ: [] },
  ])("differ in $differ", ({ from, to, opened: open, resolved: end, differ }) => {
    const at = (minute: number | null) => (minute === null ? null : NOW + minute * MINUTE);
    const incident = anIncident({ openedAt: at(open)!, resolvedAt: at(end) });
    expect(
      findDiscrepancies({ from: at(from)!, to: at(to) }, incident).map(({ what, ms }) => `${what} ${ms / MINUTE}`),
    ).toEqual(differ);
  });
});

describe("the estimated revenue impact", () => {
  const window = { from: NOW, to: NOW + 22 * MINUTE };
  test("of 22 minutes at the case study's figure is $123,200", () => {
    expect(computeRevenueLoss(window, anIncident({ peak: "P1" }), { perMinute: 5_600, of: "policy" })).toEqual({
      perMinute: 5_600,
      of: "policy",
      minutes: 22,
      amount: 123_200,
    });
  });

  test.each<{ peak: Priority; to: number | null; known: boolean }>([
    { peak: "P2", to: window.to, known: true },
    { peak: "P3", to: window.to, known: false },
    { peak: "P0", to: null, known: false },
  ])("of a $peak until $to is known: $known", ({ peak, to, known }) => {
    expect(computeRevenueLoss({ ...window, to }, anIncident({ peak }), { perMinute: 1, of: "service" }) !== null).toBe(
      known,
    );
  });
});

describe("a postmortem is due", () => {
  // 2026-11-21 is a Saturday.
  test.each<[Priority, string, string | null]>([
    ["P0", "2026-11-21", "2026-11-24"],
    ["P1", "2026-11-21", "2026-11-27"],
    ["P1", "2026-11-20", "2026-11-27"],
    ["P2", "2026-11-18", "2026-11-25"],
    ["P2", "2026-11-16", "2026-11-23"],
    ["P3", "2026-11-18", null],
  ])("after a %s that ended on %s: %s", (peak, day, due) =>
    expect(reviewDue(peak, parseInstant(`${day}T14:54:00Z`)!)).toBe(due),
  );
});

describe("follow-ups are carried over", () => {
  test("with owner, due date, and the priority that their text begins with", () => {
    expect(
      referenceDraft().followUps.map(({ id, priority, owner, due, from }) => [
        id,
        priority,
        owner?.name ?? null,
        due,
        from,
      ]),
    ).toEqual([
      [1, "P0", "Charlie", "2026-11-28", [26]],
      [2, null, null, null, [27]],
    ]);
  });
});

describe("hints", () => {
  test("describe figures, good and bad", () => {
    const { incident, events } = buildStory([
      [0, ALERTMANAGER, openedFact({ priority: "P1", detectedAt: NOW - 8 * MINUTE })],
      [
        0,
        ALERTMANAGER,
        { type: "page.requested", data: { key: "k", to: "Bob", people: [], priority: "P1", reason: "r" } },
      ],
      [1, ALERTMANAGER, { type: "page.failed", data: { key: "k", to: "Bob", reason: "refused" } }],
      [20, ALICE, acknowledged],
      [50, ALICE, resolvedFact],
    ]);
    const { badly, well } = assemblePostmortem(
      { ...incident, pages: [...incident.pages, aPage({ to: "Dana" })] },
      events,
      NOW + HOUR,
    ).hints;
    expect(well).toEqual([]);
    expect(badly).toEqual([
      "It went on for 8 min before anything noticed",
      "The page was answered after 20 min; P1 asks for 15 min",
      "1 page did not get through",
      "1 page was not answered",
      "No one had command",
      "Nothing was written down from 14:33 to 14:52 UTC",
      "Nothing was written down from 14:52 to 15:22 UTC",
    ]);
  });
});
