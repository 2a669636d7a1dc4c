import fc from "fast-check";
import { expect, test } from "vitest";
import { resolveTeam } from "#domain/alerting/routing.ts";
import { teamsWithoutOwner } from "#domain/paging/someone-has-it.ts";
import { isHigherPriority, isOpen, type Actor } from "#domain/values/language.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { MINUTE } from "#test/support/builders/instants.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { alertOfService, TWO_TEAM_POLICY } from "#test/support/builders/two-teams.ts";
import { CoreHarness, deliveryOfAlerts } from "#test/support/harness/core.ts";

const POLICY = aPolicy({ ...TWO_TEAM_POLICY, grouping: { by: ["service", "severity"], related: null } });
const CHARLIE: Actor = { kind: "person", id: "U0CHARLIE", name: "Charlie" };
const ALERTS = [
  alertOfService("order-service"),
  alertOfService("payment-service"),
  { ...alertOfService("order-service", "P2"), fingerprint: "slow" },
];

type Act = readonly [kind: "merge" | "undo" | "acknowledge" | "mitigate" | "wait", a: number, b: number, who: Actor];
const anyAct: fc.Arbitrary<Act> = fc.tuple(
  fc.constantFrom("merge", "merge", "undo", "acknowledge", "mitigate", "wait"),
  fc.nat({ max: 2 }),
  fc.nat({ max: 2 }),
  fc.constantFrom(ALICE, BOB, CHARLIE),
);

function perform(core: CoreHarness, [kind, a, b, who]: Act): void {
  const number = a + 1;
  switch (kind) {
    case "merge":
      return void core.merges(number, b + 1, who);
    case "undo":
      // The engine refuses it while the one that took it in is a part of another.
      if (
        core.incident(number).status === "merged" &&
        core.incident(core.incident(number).mergedInto!).status === "merged"
      )
        return;
      return void core.asks({ type: "undo" }, who, number);
    case "acknowledge":
      return void core.asks({ type: "incident.acknowledge" }, who, number);
    case "mitigate":
      return void core.asks({ type: "incident.mitigate" }, who, number);
    case "wait":
      return core.passes([1, 4, 11][b]! * MINUTE);
  }
}

/** Where a page is: never in two incidents, and never in none. */
function expectOnePlace(core: CoreHarness): void {
  const incidents = [...core.incidents.values()];
  const places = incidents.flatMap(({ pages }) => pages.filter(({ carriedTo }) => carriedTo === undefined));
  const keys = new Set(incidents.flatMap(({ pages }) => pages.map(({ key }) => key)));
  expect(places.map(({ key }) => key).toSorted()).toEqual([...keys].toSorted());
  for (const { number, pages } of incidents)
    for (const page of pages.filter(({ carriedTo }) => carriedTo === undefined))
      expect(page.origin?.incident ?? number).toBe(Number(/^INC-(\d+)/.exec(page.key)![1]));
}

/** Law 9: no team that owns what fires in an open incident is without someone. */
function expectOwners(core: CoreHarness): void {
  for (const incident of core.incidents.values()) {
    if (!isOpen(incident.status)) continue;
    const firing = [...core.alerts.values()].filter((each) => each.incident === incident.number);
    const owners = firing.map(({ labels }) => resolveTeam(POLICY, labels).team);
    expect(teamsWithoutOwner(incident, owners, core.now)).toEqual([]);
  }
}

/** Who has a page for it that came along is not paged by the merge. */
function expectNoSecondPage(core: CoreHarness, from: number): void {
  const events = core.events.slice(from);
  const carried = events.flatMap((event) => (event.type === "pages.carried" ? event.data.pages : []));
  for (const event of events) {
    if (event.type !== "page.requested") continue;
    const { people, priority, team } = event.data;
    const earlier = carried.find(
      (page) =>
        ["requested", "sent", "acknowledged"].includes(page.status) &&
        page.team === team &&
        !isHigherPriority(priority, page.priority) &&
        event.at - page.requestedAt < 10 * MINUTE &&
        page.people!.some((person) => people.includes(person)),
    );
    expect(earlier).toBeUndefined();
  }
}

test("whatever is merged and taken back, each page is in one place, and each team that owns what fires has someone", () => {
  fc.assert(
    fc.property(fc.array(anyAct, { minLength: 2, maxLength: 14 }), (acts) => {
      const core = new CoreHarness(POLICY);
      for (const alert of ALERTS) core.receives(deliveryOfAlerts(alert));
      expect(core.incidents.size).toBe(3);
      for (const act of acts) {
        const before = core.events.length;
        perform(core, act);
        expectOnePlace(core);
        expectOwners(core);
        if (act[0] === "merge") expectNoSecondPage(core, before);
      }
    }),
    { numRuns: 200 },
  );
});
