import { describe, expect, test } from "vitest";
import type { Fact } from "#domain/events/event-registry.ts";
import { MUSTER_ACTOR } from "#domain/values/language.ts";
import { type HumanSection, type HumanTexts, HUMAN_SECTIONS } from "#domain/postmortem/human-section.ts";
import { parseMarkdownTable } from "#domain/postmortem/markdown-table.ts";
import { findNameInText } from "#domain/values/name-in-text.ts";
import { reviewChecklist, type PostmortemProblem } from "#domain/postmortem/review-checklist.ts";
import { assemblePostmortem, type PostmortemDraft } from "#domain/postmortem/postmortem.ts";
import { sectionPrompts } from "#views/postmortem/postmortem-document.ts";
import { ALERTMANAGER } from "#test/support/builders/people.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { openedFact } from "#test/support/builders/events.ts";
import { referenceDraft, buildStory } from "#test/support/builders/reference-incident.ts";

const REFERENCE_DRAFT = referenceDraft();
const actions = (...rows: readonly string[]): string =>
  [HUMAN_SECTIONS.action_items, "| --- | --- | --- | --- | --- | --- |", ...rows].join("\n");
const POOL = "| P0 | add an alert on pool exhaustion | detect | Charlie | 2026-11-28 | OPS-1 |";
const REVIEW = "| P2 | review all connection pools | prevent | Bob | 2026-12-05 | OPS-2 |";

/** A postmortem with which reviewers are content. */
const GOOD: HumanTexts = {
  summary: "Orders took 8.5 s instead of 200 ms.",
  impact: "412 customers waited, 37 orders failed.",
  fault: "A connection leak in order-service.",
  root_cause: "Connections were not given back when an order failed.",
  not_caught: "No alert watched the pool, and no test took the path of a failed order.",
  went_well: "The restart helped at once.",
  could_be_better: "The pool had no alert; there is one now.",
  action_items: actions(POOL, REVIEW),
  lessons: "Watch what runs out.",
};

const findingsOf = (
  change: Partial<Record<HumanSection, string>>,
  on: PostmortemDraft = REFERENCE_DRAFT,
  people: readonly string[] = [],
): string[] => reviewChecklist(on, { ...GOOD, ...change }, people).map(({ section, what }) => `${section}: ${what}`);

test("a good postmortem passes", () => expect(reviewChecklist(REFERENCE_DRAFT, GOOD)).toEqual([]));

test("lists every gap of an untouched draft, each with what to do", () => {
  const problems = reviewChecklist(REFERENCE_DRAFT, sectionPrompts(REFERENCE_DRAFT));
  expect(problems.map(({ section }) => section)).toEqual(
    expect.arrayContaining(["summary", "impact", "root_cause", "action_items"]),
  );
  for (const { what, fix } of problems)
    expect([what, fix]).toEqual([expect.stringMatching(/\w{2}/), expect.stringMatching(/\w{2}/)]);
});

describe("each action has an owner, a due date and a ticket", () => {
  test.each([
    {
      row: "| P0 | add an alert on pool exhaustion | detect | | 2026-11-28 | OPS-1 |",
      says: '"add an alert on pool exhaustion" has no owner',
    },
    {
      row: "| P0 | add an alert on pool exhaustion | detect | TODO(Alice) | 2026-11-28 | OPS-1 |",
      says: '"add an alert on pool exhaustion" has no owner',
    },
    {
      row: "| P0 | add an alert on pool exhaustion | detect | Charlie | soon | OPS-1 |",
      says: '"add an alert on pool exhaustion" has no due date',
    },
    {
      row: "| P0 | add an alert on pool exhaustion | detect | Charlie | 2026-02-30 | OPS-1 |",
      says: '"add an alert on pool exhaustion" has no due date',
    },
    {
      row: "| P0 | add an alert on pool exhaustion | detect | Charlie | 2026-11-28 | – |",
      says: '"add an alert on pool exhaustion" has no ticket',
    },
    {
      row: "| P0 | add an alert on pool exhaustion | detect | Charlie | 2026-11-28 |",
      says: '"add an alert on pool exhaustion" has no ticket',
    },
    { row: `${POOL}\n| P1 | | prevent | Bob | 2026-12-01 | OPS-3 |`, says: "action 2 does not say what is to be done" },
  ])("$row", ({ row, says }) =>
    expect(findingsOf({ action_items: actions(row, REVIEW) })).toEqual([`action_items: ${says}`]),
  );

  test.each([
    { is: "no table", text: "We will do better.", says: "it is no table" },
    {
      is: "a table that lost a column",
      text: "| Action | Owner |\n|---|---|\n| a | Bob |",
      says: "its table has no column for due, ticket",
    },
    { is: "an empty table", text: actions(), says: "it has no action" },
  ])("$is is none", ({ text, says }) => expect(findingsOf({ action_items: text })).toContain(`action_items: ${says}`));

  test("includes open tasks from during the incident", () => {
    expect(findingsOf({ action_items: actions(POOL) })).toEqual([
      'action_items: follow-up 2 of the incident is in no row: "review all connection pools"',
    ]);
    const done = { ...REFERENCE_DRAFT, followUps: REFERENCE_DRAFT.followUps.map((each) => ({ ...each, doneAt: NOW })) };
    expect(findingsOf({ action_items: actions(POOL) }, done)).toEqual([]);
  });
});

describe("the impact has a number", () => {
  test.each([
    { text: "Some customers waited.", says: ["impact: it has no number"] },
    { text: "From 14:32 to 14:54 on 2026-11-21 orders were slow (P1, INC-1).", says: ["impact: it has no number"] },
    { text: "About 5 % of orders failed.", says: [] },
  ])("$text", ({ text, says }) => expect(findingsOf({ impact: text })).toEqual(says));
});

describe("gaps are explained or waived", () => {
  const silent: PostmortemDraft = {
    ...REFERENCE_DRAFT,
    gaps: [
      { from: NOW, to: NOW + 20 * MINUTE },
      { from: NOW + 60 * MINUTE, to: NOW + 90 * MINUTE },
    ],
  };
  test.each([
    { text: "", left: ["14:32", "15:32"] },
    { text: "14:32: everybody was on the bridge.", left: ["15:32"] },
    { text: "14:32: on the bridge.\n15:32: waived, we waited for the quiet time.", left: [] },
  ])("by $text", ({ text, left }) => {
    const problems = reviewChecklist(silent, { ...GOOD, gaps: text }).map(
      ({ what }) => /from (\d\d:\d\d)/.exec(what)?.[1],
    );
    expect(problems).toEqual(left);
  });
});

describe("milestones are there, in order, with evidence", () => {
  const at = (minutes: number, from: readonly number[] = [1]) => ({ value: NOW + minutes * MINUTE, from });
  test.each<{ is: string; change: Partial<PostmortemDraft>; says: string[] }>([
    { is: "no one acknowledged, and it is over", change: { acknowledged: null }, says: [] },
    {
      is: "no one has acknowledged yet",
      change: { acknowledged: null, resolved: null },
      says: ["metrics: it is not known when it was acknowledged", "metrics: it is not known when it was resolved"],
    },
    {
      is: "mitigated before it was acknowledged",
      change: { acknowledged: at(17), mitigated: at(16) },
      says: ["metrics: it was mitigated (14:48) before it was acknowledged (14:49)"],
    },
    {
      is: "resolved by no one's word",
      change: { resolved: at(22, []) },
      says: ["metrics: nothing proves when it was resolved"],
    },
    { is: "all in one minute", change: { acknowledged: at(0), mitigated: at(0), resolved: at(0) }, says: [] },
  ])("$is", ({ change, says }) => expect(findingsOf({}, { ...REFERENCE_DRAFT, ...change })).toEqual(says));
});

describe("names no person in a cause", () => {
  test.each<{ section: HumanSection; text: string; names: string | null }>([
    { section: "root_cause", text: "Charlie deployed without a test.", names: "Charlie" },
    { section: "fault", text: "A deployment, see @person[U0ALICE01].", names: "@U0ALICE01" },
    { section: "not_caught", text: "@dave did not look.", names: "@dave" },
    { section: "could_be_better", text: "Bob's review", names: "Bob" },
    { section: "surprised", text: "Dave Example knew", names: "Dave Example" },
    { section: "surprised", text: "dave example knew", names: "Dave Example" },
    {
      section: "root_cause",
      text: "The bobbin service and @example/pool leak; `@Transactional` was missing.",
      names: null,
    },
    { section: "went_well", text: "Charlie found it in 3 minutes.", names: null },
    { section: "lessons", text: "Ask Alice.", names: null },
  ])("$section: $text", ({ section, text, names }) => {
    expect(findingsOf({ [section]: text }, REFERENCE_DRAFT, ["Dave Example"])).toEqual(
      names === null ? [] : [`${section}: it names ${names}`],
    );
  });

  test("names no one by the name of a program that acted in the incident", () => {
    const acknowledged = { ...REFERENCE_DRAFT.incident, acknowledgedBy: { id: "bell", name: "Bell" } };
    const draft = { ...REFERENCE_DRAFT, incident: acknowledged };
    const found = (programs: readonly string[]): readonly string[] =>
      reviewChecklist(draft, { ...GOOD, root_cause: "Bell rang twice." }, [], programs).map(({ what }) => what);
    expect(found([])).toEqual(["it names Bell"]);
    expect(found(["Bell"])).toEqual([]);
  });

  test("does not mistake a common word for a person when only the pager has people", () => {
    // What the escalation policy asks for beyond its first step when the policy has no on-call.
    const page: Fact = {
      type: "page.requested",
      data: { key: "k", to: "the pager's own on-call", people: [], priority: "P1", reason: "r" },
    };
    const { incident, events } = buildStory([
      [0, ALERTMANAGER, openedFact()],
      [5, MUSTER_ACTOR, page],
    ]);
    const { pages } = assemblePostmortem(incident, events, NOW);
    expect(pages.map(({ to, names }) => [to, names])).toEqual([["the pager's own on-call", []]]);
    expect(
      findingsOf(
        { root_cause: "The pool was too small for the load that the pager told of." },
        { ...REFERENCE_DRAFT, pages },
      ),
    ).toEqual([]);
  });

  test("does not mistake the name of a program or a particle for a person", () => {
    expect(findNameInText("the deploy broke it", ["deploy bot", "Mia van den Berg"])).toBeNull();
    expect(findNameInText("the Berg review", ["Mia van den Berg"])).toBe("Berg");
    expect(findNameInText("Mia Van Den Berg did", ["Mia van den Berg"])).toBe("Mia van den Berg");
  });

  test("a name is a word of its own, and written as names are", () => {
    expect(findNameInText("mark the deploy", ["Mark"])).toBeNull();
    expect(findNameInText("Mark did", ["Mark"])).toBe("Mark");
    expect(findNameInText("an alert", ["Al"])).toBeNull();
    expect(findNameInText("Zoë war es", ["Zo"])).toBeNull();
  });
});

describe("when detection was slow, an action is about detection", () => {
  const slow: PostmortemDraft = {
    ...REFERENCE_DRAFT,
    times: { ...REFERENCE_DRAFT.times, detect: { value: 6 * MINUTE, from: [1] } },
  };
  const prevent = actions(POOL.replace("detect", "prevent"), REVIEW);
  test.each([
    { is: "six minutes and one about it", on: slow, text: actions(POOL, REVIEW), problems: 0 },
    { is: "six minutes and none about it", on: slow, text: prevent, problems: 1 },
    { is: "no time and none about it", on: REFERENCE_DRAFT, text: prevent, problems: 0 },
  ])("$is", ({ on, text, problems }) => {
    const all: readonly PostmortemProblem[] = reviewChecklist(on, { ...GOOD, action_items: text });
    expect(all.map(({ what }) => what)).toEqual(
      problems === 0 ? [] : ["detection took 6 min, and no action is about that"],
    );
  });
});

describe("a table", () => {
  test.each([
    ["| A | B |\n|---|:-:|\n| 1 | 2 |", [{ a: "1", b: "2" }]],
    ["words\n\nA | B\n--- | ---\n1 | a \\| b\n\nmore | words", [{ a: "1", b: "a | b" }]],
    ["| A | B |\r\n| - | - |\r\n| 1 |\r\n", [{ a: "1", b: "" }]],
  ])("%j is read", (text, rows) => expect(parseMarkdownTable(text)?.rows).toEqual(rows));
  test.each(["", "no table", "| a | b |", "---", "a\n---\nb"])("%j is none", (text) =>
    expect(parseMarkdownTable(text)).toBeNull(),
  );
});
