import { describe, expect, test } from "vitest";
import type { Fact } from "#domain/events/event-registry.ts";
import { budgetsUsed } from "#domain/reporting/budget-used.ts";
import type { Incident, Task } from "#domain/incident/incident.ts";
import { MUSTER_ACTOR, type Actor } from "#domain/values/language.ts";
import { assemblePostmortem, type PostmortemDraft } from "#domain/postmortem/postmortem.ts";
import { renderPostmortem } from "#views/postmortem/postmortem-document.ts";
import { ALERTMANAGER, ALICE, BOB } from "#test/support/builders/people.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { aNote } from "#test/support/builders/alert-builders.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { openedFact } from "#test/support/builders/events.ts";
import { HOSTILE_TEXTS } from "#test/support/builders/hostile-text.ts";
import { buildStory } from "#test/support/builders/reference-incident.ts";
import { cpuStopwatch } from "#test/support/harness/test-clock.ts";

const DAY_IN_MINUTES = 24 * 60;
const { priorities: plans } = aPolicy();
const firedFact: Fact = {
  type: "alerts.fired",
  data: { count: 1, added: 1, again: false, earliestStart: NOW, alerts: [aNote()] },
};
const quietEvent = (minute: number): Fact => ({
  type: "alerts.resolved",
  data: { count: 1, alerts: [aNote({ endsAt: NOW + minute * MINUTE })] },
});
const mitigated: Fact = { type: "incident.mitigated", data: {} };
const resolvedFact: Fact = { type: "incident.resolved", data: { by: "person", reason: null, firing: 0 } };
const reopened: Fact = { type: "incident.reopened", data: { status: "acknowledged", reason: "again", again: true } };
const becomes = (from: "P0" | "P2", to: "P0" | "P2", reason: string): Fact => ({
  type: "priority.changed",
  data: { from, to, reason, pin: null, unmapped: false, plan: plans[to] },
});
const pageFact = (to: string): Fact => ({
  type: "page.requested",
  data: { key: `page of ${to}`, to, people: [to.toLowerCase()], priority: "P1", reason: "r" },
});
const sent = (to: string): Fact => ({ type: "page.sent", data: { key: `page of ${to}`, to, via: "pagerduty" } });
const draftByActors = (...steps: readonly (readonly [number, Actor, Fact])[]): PostmortemDraft => {
  const { incident, events } = buildStory(steps);
  return assemblePostmortem(incident, events, NOW + 5 * DAY_IN_MINUTES * MINUTE, {
    revenue: { perMinute: 100, of: "policy" },
  });
};
const OPENED = [0, ALERTMANAGER, openedFact({ detectedAt: NOW })] as const;
const FIRED = [0, ALERTMANAGER, firedFact] as const;

describe("an incident that was resolved for three days and reopened", () => {
  const again = draftByActors(
    OPENED,
    FIRED,
    [5, ALICE, mitigated],
    [10, ALERTMANAGER, quietEvent(10)],
    [10, ALICE, resolvedFact],
    [3 * DAY_IN_MINUTES, ALICE, reopened],
    [3 * DAY_IN_MINUTES, ALERTMANAGER, firedFact],
    [3 * DAY_IN_MINUTES + 12, ALERTMANAGER, quietEvent(3 * DAY_IN_MINUTES + 12)],
    [3 * DAY_IN_MINUTES + 12, ALICE, resolvedFact],
  );

  test("counts no time while it was resolved, and has no gap there", () => {
    expect(again.revenue).toMatchObject({ minutes: 22, amount: 2_200 });
    expect(again.gaps).toEqual([]);
    expect(renderPostmortem(again, {})).toContain("for 3 d, of which it was over for 2 d 23 h until it was re-opened");
  });

  test("uses the last mitigation, in the figure and in the time", () => {
    expect(again.mitigated?.value).toBe(NOW + (3 * DAY_IN_MINUTES + 12) * MINUTE);
    expect(again.times.mitigate?.value).toBe((3 * DAY_IN_MINUTES + 12) * MINUTE);
    expect(again.times.mitigate?.from).toEqual([2, ...again.mitigated!.from]);
  });
});

test("counts a temporary rise at the priority of that time, and does not blame the lowering", () => {
  const lowered = draftByActors(
    [0, ALERTMANAGER, openedFact({ detectedAt: NOW, priority: "P2", plan: plans.P2 })],
    FIRED,
    [4, ALICE, becomes("P2", "P0", "no one can pay")],
    [20, ALICE, becomes("P0", "P2", "the rest is slow")],
    [40, ALICE, resolvedFact],
  );
  const shown = renderPostmortem(lowered, {});
  expect(shown).toContain("P0 at its worst, P2 at the end (SEV-1)");
  expect(shown).toContain("(P0, SEV-1) for 40 min");
  expect(shown).toContain("Why P0: no one can pay (event 3).");
  expect(lowered.hints.badly).toContain("For its first 4 min it had a lower priority than P0");
});

describe("a page", () => {
  const called = draftByActors(
    OPENED,
    FIRED,
    [1, MUSTER_ACTOR, pageFact("Bob")],
    [1, MUSTER_ACTOR, sent("Bob")],
    [1, MUSTER_ACTOR, pageFact("Dana")],
    [1, MUSTER_ACTOR, sent("Dana")],
    [3, BOB, { type: "member.joined", data: { person: { id: BOB.id, name: BOB.name } } }],
    [30, ALICE, resolvedFact],
  );

  test("is answered by joining too, not only in the pager; a person who never joined did not answer", () => {
    expect(called.pages.map(({ to, came, from }) => [to, came, from])).toEqual([
      ["Bob", NOW + 3 * MINUTE, [3]],
      ["Dana", null, [5]],
    ]);
    expect(called.hints.badly).toContain("1 page was not answered");
    expect(renderPostmortem(called, {})).toMatch(
      /\| Bob \| P1 \| at once \| not in the pager, but was there after 2 min \| event 3 \|\n.*\| Dana \| P1 \| at once \| – \| event 5 \|/,
    );
  });
});

describe("detection", () => {
  const declared = { declared: { by: { id: BOB.id, name: BOB.name }, summary: null, page: false } };
  const by = (...more: readonly (readonly [number, Actor, Fact])[]): string =>
    renderPostmortem(
      draftByActors([0, BOB, openedFact({ detectedAt: NOW, ...declared })], ...more, [30, ALICE, resolvedFact]),
      {},
    );

  test("by a person notes whether an alert ever fired", () => {
    expect(by()).toContain("A person noticed it at once (event 1); no alert told of it.");
    expect(by([6, ALERTMANAGER, firedFact])).toContain(
      "A person noticed it at once (event 1); the first alert came 6 min later (event 2).",
    );
    expect(by()).toContain("Declared by a person (event 1).");
  });

  test("lists when alerts became stale", () => {
    const staleFact: Fact = { type: "alerts.unheard", data: { count: 1, since: NOW } };
    expect(
      renderPostmortem(draftByActors(OPENED, FIRED, [9, MUSTER_ACTOR, staleFact], [30, ALICE, resolvedFact]), {}),
    ).toContain("Alerts went unheard of while they may have fired (event 3).");
  });
});

test("keeps every note of people beside a summary of five thousand alert events", () => {
  const flaps = Array.from({ length: 5_000 }, (_, i): readonly [number, Actor, Fact] => [
    1 + i / 100,
    ALERTMANAGER,
    i % 2 === 0 ? quietEvent(1 + i / 100) : firedFact,
  ]);
  const elapsed = cpuStopwatch();
  const long = draftByActors(
    OPENED,
    FIRED,
    ...flaps,
    [60, ALICE, { type: "note.added", data: { text: "we see it" } }],
    ...flaps.slice(0, 10).map(([, person, fact]) => [61, person, fact] as const),
    [70, ALICE, resolvedFact],
  );
  const markdown = renderPostmortem(long, {});
  expect(elapsed()).toBeLessThan(3_000);
  expect(markdown).toMatch(
    /\| 4999 more messages of alerts, until 15:22 \|  \| event 3, event 4, event 5, …, event 4999, event 5000, event 5001 \|/,
  );
  expect(markdown).toMatch(/4999 more[\s\S]*Alice: we see it[\s\S]*8 more messages of alerts, until 15:33/);
  expect(markdown.length).toBeLessThan(20_000);
});

describe("the error budget that it used", () => {
  const used = (slo: number | null, change: Partial<Incident> = {}): string | null => {
    const months = budgetsUsed(
      anIncident({ peak: "P1", detectedAt: NOW, resolvedAt: NOW + 22 * MINUTE, ...change }),
      slo,
    );
    return months.length === 0
      ? null
      : months
          .map(
            ({ month, down, budget }) =>
              `${month}: ${down / MINUTE} of ${budget.allowed / MINUTE}, ${Math.round(budget.usedShare * 100)} %`,
          )
          .join(" · ");
  };
  test.each<[number | null, Partial<Incident>, string | null]>([
    [99.9, {}, "2026-11: 22 of 43.2, 51 %"],
    [99.9, { peak: "P2" }, null],
    [99.9, { drill: true }, null],
    [99.9, { resolvedAt: null }, null],
    [null, {}, null],
    // What reaches into the next month counts there.
    [
      99.9,
      { detectedAt: Date.UTC(2026, 10, 30, 23, 50), resolvedAt: Date.UTC(2026, 11, 1, 0, 30) },
      "2026-11: 10 of 43.2, 23 % · 2026-12: 30 of 44.64, 67 %",
    ],
    // It ended, and began again when an alert fired again.
    [99.9, { ups: [{ from: NOW + 5 * MINUTE, to: NOW + 15 * MINUTE }] }, "2026-11: 12 of 43.2, 28 %"],
  ])("of a promise of %s, of %j, is %s", (slo, change, says) => expect(used(slo, change)).toBe(says));

  test("is described in words for an objective of 100 %", () => {
    const { incident, events } = buildStory([
      [0, ALERTMANAGER, openedFact({ priority: "P1", plan: plans.P1, detectedAt: NOW })],
      FIRED,
      [30, ALICE, resolvedFact],
    ]);
    expect(renderPostmortem(assemblePostmortem(incident, events, NOW, { slo: 100 }), {})).toContain(
      "(100 %), and it may not be down at all.",
    );
  });
});

test("lists open follow-ups of other incidents of the service, and leaves out finished ones", () => {
  const task = (id: number, more: Partial<Task> = {}): Task => ({
    id,
    kind: "followup",
    text: `close | pool ${id}`,
    owner: null,
    due: null,
    doneAt: null,
    ...more,
  });
  const { incident, events } = buildStory([OPENED, FIRED]);
  const others = [
    { number: 7, title: "disk full", tasks: [task(1), task(2, { doneAt: NOW }), task(3, { kind: "task" })] },
    { number: 6, title: "all done", tasks: [task(4, { doneAt: NOW })] },
  ];
  const shown = renderPostmortem(assemblePostmortem(incident, events, NOW, { others }), {});
  expect(shown).toContain("| INC-7 disk full | close \\| pool 1 | no one | none | none |");
  expect(shown).not.toMatch(/pool [234]|all done/);
});

test.each(HOSTILE_TEXTS)("the first alert's own words are words, whatever they are: $name", ({ text }) => {
  const { incident, events } = buildStory([OPENED, FIRED]);
  const first = { labels: { alertname: text, [text.slice(0, 100)]: "x" }, annotations: { description: text } };
  const shown = renderPostmortem(assemblePostmortem(incident, events, NOW, { first }), {});
  const [labels = "", says = ""] = [/^Labels: .*$/m.exec(shown)?.[0], /^It said: .*$/m.exec(shown)?.[0]];
  expect(labels.length + says.length).toBeGreaterThan(20);
  // Of 200 and 1,000 characters, each written with at most five.
  expect(labels.length + says.length).toBeLessThan(7_000);
  for (const line of [labels, says]) expect(line).not.toMatch(/<|(?<!\\)[[\]|*`]/);
  expect(shown.split("\n").filter((line) => line.startsWith("# "))).toHaveLength(1);
});

test("sums up automatic alert events in the story, but lists each stale alert", () => {
  const alertFacts: readonly Fact[] = [
    firedFact,
    { type: "alerts.flapped", data: { count: 1, alerts: [] } },
    { type: "alerts.resolved", data: { count: 1, alerts: [] } },
    { type: "alerts.moved", data: { count: 1, to: 2 } },
  ];
  const story = (facts: readonly Fact[]): string =>
    renderPostmortem(
      draftByActors(OPENED, FIRED, ...facts.map((fact, i): [number, Actor, Fact] => [2 + i, ALERTMANAGER, fact])),
      {},
    );
  expect(story([...alertFacts, ...alertFacts])).toContain("| 7 more messages of alerts, until 14:40 |");
  const stale = Array.from({ length: 8 }, (_, i): Fact => ({
    type: "alerts.unheard",
    data: { count: 1, since: NOW + i },
  }));
  expect(story(stale).match(/No news of 1 alert since/g)).toHaveLength(8);
});
