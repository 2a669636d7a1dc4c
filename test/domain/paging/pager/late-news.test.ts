import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isOpen, type Actor, type Instant, type PagerUpdate } from "#domain/values/language.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { alertOfService, TWO_TEAM_POLICY } from "#test/support/builders/two-teams.ts";
import { CoreHarness, deliveryOfAlerts, firingCore } from "#test/support/harness/core.ts";

// News of an alarm counts as of when it happened in the pager, in whatever order it arrives.

const PAGER: Actor = { kind: "source", id: "pagerduty", name: "PagerDuty" };

/** One piece of news of the alarm of a page. */
type News = { readonly page: string; readonly what: PagerUpdate; readonly by: Actor; readonly occurred: Instant };

function reports(core: CoreHarness, { page, what, by, occurred }: News): void {
  core.asks({ type: "pager.heard", what, alarm: `muster:${page}:uid`, text: what, occurred }, by, 1, occurred);
}

const OWN = "INC-1:1:P1:0";
const news = (what: PagerUpdate, minute: number, by: Actor = BOB): News => ({
  page: OWN,
  what,
  by,
  occurred: NOW + minute * MINUTE,
});

/** A core whose own page was paged an hour ago; what happened since in the pager arrives now, in this order. */
function coreAfter(...arriving: readonly News[]): CoreHarness {
  const core = firingCore("P1");
  core.now = NOW + HOUR;
  for (const each of arriving) reports(core, each);
  return core;
}

describe("late news of an alarm", () => {
  test("an acknowledgement that was handed back meanwhile answers nothing, and is recorded", () => {
    const core = coreAfter(news("unacknowledged", 20, PAGER), news("acknowledged", 10));
    expect(core.incident()).toMatchObject({ status: "triggered", escalation: { answered: null } });
    expect(core.incident().escalation.next).not.toBeNull();
    expect(core.types().slice(-1)).toEqual(["pager.told"]);
  });

  test("a timeout that a newer acknowledgement has overtaken takes nothing back", () => {
    const core = coreAfter(news("acknowledged", 10), news("acknowledged", 30), news("unacknowledged", 20, PAGER));
    expect(core.incident()).toMatchObject({ status: "acknowledged", acknowledgedBy: { name: "Bob" } });
  });

  test("a timeout before an answer that was given here takes nothing back", () => {
    const core = coreAfter(news("acknowledged", 10), news("unacknowledged", 20, PAGER));
    core.does({ type: "incident.acknowledge" }, ALICE);
    reports(core, news("unacknowledged", 25, PAGER));
    expect(core.incident()).toMatchObject({ status: "acknowledged", acknowledgedBy: { name: "Alice" } });
  });

  test("an acknowledgement after the end there shows that the alarm was opened again", () => {
    const core = coreAfter(news("resolved", 20), news("acknowledged", 40), news("reopened", 30));
    expect(core.incident()).toMatchObject({ status: "acknowledged", acknowledgedBy: { name: "Bob" } });
  });

  test("an acknowledgement without a time of its own does not begin an ended incident again", () => {
    const core = coreAfter(news("resolved", 20));
    core.asks({ type: "pager.heard", what: "acknowledged", alarm: `muster:${OWN}:uid`, text: "there" }, BOB);
    expect(core.incident().status).toBe("resolved");
  });

  test("an end that was taken back there before its news arrives ends nothing, and the alarm waits for an answer", () => {
    const core = coreAfter(news("acknowledged", 10), news("reopened", 30), news("resolved", 20));
    expect(core.incident()).toMatchObject({ status: "triggered", escalation: { answered: null } });
  });
});

/** What can happen to an alarm in the pager, by what it is. */
const FROM: Readonly<Record<string, readonly (readonly [PagerUpdate, Actor, string])[]>> = {
  triggered: [
    ["acknowledged", ALICE, "acknowledged"],
    ["acknowledged", BOB, "acknowledged"],
    ["resolved", BOB, "resolved"],
    ["resolved", PAGER, "resolved"],
  ],
  acknowledged: [
    ["acknowledged", BOB, "acknowledged"],
    ["unacknowledged", PAGER, "triggered"],
    ["unacknowledged", BOB, "triggered"],
    ["resolved", ALICE, "resolved"],
    ["resolved", PAGER, "resolved"],
  ],
  resolved: [["reopened", BOB, "triggered"]],
};

/** What happens to one alarm, a step every few minutes. */
const historyOf = (page: string): fc.Arbitrary<readonly News[]> =>
  fc
    .array(fc.tuple(fc.nat({ max: 40 }), fc.integer({ min: 1, max: 4 })), { minLength: 1, maxLength: 6 })
    .map((steps) => {
      let [state, minute] = ["triggered", 0];
      return steps.map(([choice, wait]) => {
        const possible = FROM[state]!;
        const [what, by, next] = possible[choice % possible.length]!;
        [state, minute] = [next, minute + wait];
        return { page, what, by, occurred: NOW + minute * MINUTE };
      });
    });

/** Whether it has ended; and whether someone has what the page is for, or is next. Who that is goes by whose news came first. */
function stateOf(core: CoreHarness, key: string): unknown {
  const { status, pages, escalation, teamEscalations } = core.incident();
  const page = pages.find((each) => each.key === key)!;
  const { answered, next } = page.team === undefined ? escalation : teamEscalations[page.team]!;
  const pageState = { page: page.status === "acknowledged", has: answered !== null, searched: next !== null };
  // The first answer of any team acknowledges the incident, and what becomes of it later changes nothing of that.
  if (isOpen(status)) return page.team === undefined ? { status, ...pageState } : pageState;
  return { status };
}

describe("news of an alarm in any order", () => {
  test("comes to what it comes to in the order in which it happened", () => {
    fc.assert(
      fc.property(
        historyOf(OWN).chain((history) =>
          fc.tuple(fc.constant(history), fc.shuffledSubarray([...history], { minLength: history.length })),
        ),
        ([history, arriving]) => {
          const [inOrder, shuffled] = [coreAfter(...history), coreAfter(...arriving)];
          expect(stateOf(shuffled, OWN)).toEqual(stateOf(inOrder, OWN));
        },
      ),
      { numRuns: 500 },
    );
  });

  test("of another team's alarm too", () => {
    const paged = (): { readonly core: CoreHarness; readonly page: string } => {
      const core = new CoreHarness(aPolicy(TWO_TEAM_POLICY));
      core.receives(deliveryOfAlerts(alertOfService("order-service"), alertOfService("payment-service")));
      core.now = NOW + HOUR;
      return { core, page: core.incident().pages.find(({ team }) => team === "payments")!.key };
    };
    const { page } = paged();
    fc.assert(
      fc.property(
        historyOf(page).chain((history) =>
          fc.tuple(fc.constant(history), fc.shuffledSubarray([...history], { minLength: history.length })),
        ),
        ([history, arriving]) => {
          const [inOrder, shuffled] = [paged().core, paged().core];
          for (const each of history) reports(inOrder, each);
          for (const each of arriving) reports(shuffled, each);
          expect(stateOf(shuffled, page)).toEqual(stateOf(inOrder, page));
        },
      ),
      { numRuns: 500 },
    );
  });
});
