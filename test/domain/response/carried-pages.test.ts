import { describe, expect, test } from "vitest";
import type { Incident } from "#domain/incident/incident.ts";
import type { Actor } from "#domain/values/language.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { HOUR, MINUTE } from "#test/support/builders/instants.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { alertOfService, TWO_TEAM_POLICY } from "#test/support/builders/two-teams.ts";
import { CoreHarness, deliveryOfAlerts } from "#test/support/harness/core.ts";

/** Someone who merges, and was paged for neither. */
const CHARLIE: Actor = { kind: "person", id: "U0CHARLIE", name: "Charlie" };

const policy = (more: object = {}) =>
  aPolicy({ ...TWO_TEAM_POLICY, grouping: { by: ["service", "severity"], related: null }, ...more });

/** Two incidents of the team orders: Alice is paged for each. */
function twoOfOneTeam(severities: readonly [string, string] = ["P1", "P1"]): CoreHarness {
  const services = { "order-service": { team: "orders" }, "cart-service": { team: "orders" } };
  const core = new CoreHarness(policy({ services }));
  core.receives(deliveryOfAlerts(alertOfService("order-service", severities[0])));
  core.passes(MINUTE);
  core.receives(deliveryOfAlerts(alertOfService("cart-service", severities[1])));
  return core;
}

/** INC-1 of the team orders, INC-2 of the team payments. */
function twoTeams(severities: readonly [string, string] = ["P1", "P1"]): CoreHarness {
  const core = new CoreHarness(policy());
  core.receives(deliveryOfAlerts(alertOfService("order-service", severities[0])));
  core.receives(deliveryOfAlerts(alertOfService("payment-service", severities[1])));
  return core;
}

/** The pages that are in an incident, by key: "INC-1:1:P1:0 sent". */
const pagesIn = ({ pages }: Incident): string[] =>
  pages.filter(({ carriedTo }) => carriedTo === undefined).map(({ key, status }) => `${key} ${status}`);

describe("a page in a merge", () => {
  test("goes along with its alarm, its place and its recipients, and no one is paged again", () => {
    const core = twoOfOneTeam();
    core.asks({ type: "page.sent", key: "INC-1:1:P1:0", to: "Alice", via: "pager" });
    core.merges(1, 2, CHARLIE);
    expect(core.paged()).toEqual(["P1 Alice", "P1 Alice"]);
    expect(pagesIn(core.incident(1))).toEqual([]);
    expect(core.incident(1).pages).toMatchObject([{ key: "INC-1:1:P1:0", carriedTo: 2, status: "resolved" }]);
    expect(pagesIn(core.incident(2))).toEqual(["INC-1:1:P1:0 sent", "INC-2:1:P1:0 requested"]);
    expect(core.incident(2).pages[0]).toMatchObject({ via: "pager", origin: { incident: 1, team: "orders" } });
    expect(core.effects.map(({ type }) => type)).not.toContain("page.resolve");
  });

  test("keeps the earlier deadline of its team", () => {
    const core = twoOfOneTeam();
    const due = core.incident(1).escalation.next!.at;
    core.merges(1, 2, CHARLIE);
    expect(core.incident(2).escalation).toMatchObject({ step: 1, next: { to: "Mia", at: due } });
    core.passes(10 * MINUTE);
    expect(core.paged()).toEqual(["P1 Alice", "P1 Alice", "P1 Mia"]);
  });

  test("goes on with the step that neither incident has paged", () => {
    const core = twoOfOneTeam();
    core.passes(9 * MINUTE + 30_000);
    expect(core.paged()).toEqual(["P1 Alice", "P1 Alice", "P1 Mia"]);
    core.merges(1, 2, CHARLIE);
    const { step, next } = core.incident(2).escalation;
    expect({ step, at: next!.at - core.now }).toEqual({ step: 2, at: 30_000 });
  });

  test("is answered where it went, whichever incident a button, a report or the pager names", () => {
    const core = twoOfOneTeam();
    core.merges(1, 2, CHARLIE);
    core.asks({ type: "page.sent", key: "INC-1:1:P1:0", to: "Alice", via: "pager" });
    expect(pagesIn(core.incident(2))[0]).toBe("INC-1:1:P1:0 sent");
    core.asks({ type: "pager.heard", what: "acknowledged", alarm: "muster:INC-1:1:P1:0:uid", text: "there" });
    expect(core.incident(2)).toMatchObject({ status: "acknowledged", acknowledgedBy: { name: "Alice" } });
    expect(core.incident(2).pages.map(({ status }) => status)).toEqual(["acknowledged", "acknowledged"]);
    expect(core.incident(1).status).toBe("merged");
  });

  test("that reaches no one is passed in the incident where it went", () => {
    const core = twoTeams();
    core.merges(2, 1, CHARLIE);
    core.asks({ type: "page.failed", key: "INC-2:1:P1:0", to: "Bob", reason: "refused" }, ALICE, 2);
    expect(core.incident(1).teamEscalations["payments"]!.next!.at).toBe(core.now);
  });

  test("of a call by name goes along too, and answers no team", () => {
    const core = twoTeams();
    core.does({ type: "incident.page", to: { kind: "person", person: { id: "bob", name: "Bob" } }, message: null });
    core.merges(1, 2, CHARLIE);
    const called = core.incident(2).pages.find(({ apart }) => apart === true)!;
    core.does({ type: "incident.acknowledge", page: called.key }, BOB, 1);
    expect(core.incident(2).teamEscalations["orders"]).toMatchObject({ answered: null });
  });
});

describe("an answer in a merge", () => {
  test("holds for the team whose page it was, with the page", () => {
    const core = twoTeams();
    core.does({ type: "incident.acknowledge" }, BOB, 2);
    core.merges(2, 1, CHARLIE);
    expect(core.incident(1).teamEscalations["payments"]).toMatchObject({
      answered: { by: { name: "Bob" }, page: "INC-2:1:P1:0" },
      next: null,
    });
    expect(core.incident(1).escalation).toMatchObject({ answered: null });
    expect(core.incident(1).escalation.next).not.toBeNull();
    expect(core.paged()).toEqual(["P1 Alice", "P1 Bob"]);
  });

  test("counts for no alert of the other incident: who has not answered that is looked for on", () => {
    const core = twoOfOneTeam();
    core.does({ type: "incident.acknowledge" }, ALICE, 1);
    core.merges(1, 2, CHARLIE);
    expect(core.incident(2)).toMatchObject({ status: "triggered", escalation: { answered: null } });
    core.passes(10 * MINUTE);
    expect(core.paged()).toEqual(["P1 Alice", "P1 Alice", "P1 Mia"]);
  });

  test("of the one that goes on counts for no alert that comes along: its page is out, and its deadline stays", () => {
    const core = twoOfOneTeam();
    core.does({ type: "incident.acknowledge" }, ALICE, 2);
    const due = core.incident(1).escalation.next!.at;
    core.merges(1, 2, CHARLIE);
    expect(core.incident(2)).toMatchObject({ status: "acknowledged", escalation: { next: { to: "Mia", at: due } } });
    core.does({ type: "undo" }, CHARLIE, 1);
    expect(core.incident(2).escalation).toMatchObject({ answered: { by: { name: "Alice" } }, next: null });
    core.merges(1, 2, CHARLIE);
    core.does({ type: "incident.acknowledge" }, ALICE, 2);
    expect(core.incident(2).escalation.next).toBeNull();
    expect(pagesIn(core.incident(2))).toEqual(["INC-1:1:P1:0 acknowledged", "INC-2:1:P1:0 acknowledged"]);
  });

  test("holds for both where the person who gave it merges: they have seen both", () => {
    const core = twoOfOneTeam();
    core.does({ type: "incident.acknowledge" }, ALICE, 1);
    core.merges(1, 2, ALICE);
    expect(core.incident(2)).toMatchObject({ status: "acknowledged", escalation: { next: null } });
    expect(core.incident(2).pages.map(({ status }) => status)).toEqual(["acknowledged", "acknowledged"]);
  });

  test("makes an incident acknowledged that no one was paged for, and expires there", () => {
    const core = new CoreHarness(policy());
    core.receives(deliveryOfAlerts(alertOfService("order-service")));
    core.does({ type: "incident.acknowledge" }, ALICE);
    core.declares({ title: "Orders are late", service: "order-service", priority: "P1", page: false });
    core.merges(1, 2, CHARLIE);
    expect(core.incident(2)).toMatchObject({ status: "acknowledged", acknowledgedBy: { name: "Alice" } });
    expect(core.incident(2).ackUntil).not.toBeNull();
    core.passes(4 * HOUR);
    expect(core.paged().length).toBeGreaterThan(1);
  });

  test("takes back the mitigation of the one that goes on, as alerts that join do", () => {
    const core = twoOfOneTeam();
    core.does({ type: "incident.mitigate" }, ALICE, 2);
    core.merges(1, 2, CHARLIE);
    expect(core.incident(2)).toMatchObject({ status: "acknowledged", mitigatedAt: null });
    core.passes(10 * MINUTE);
    expect(core.paged().at(-1)).toBe("P1 Mia");
  });
});

describe("a rise by a merge", () => {
  test("pages no one whose page came along, and everyone whom none reached", () => {
    const core = twoOfOneTeam(["P1", "P2"]);
    core.merges(1, 2, CHARLIE);
    expect(core.incident(2).priority).toBe("P1");
    expect(core.paged()).toEqual(["P1 Alice", "P2 Alice"]);
    const other = twoTeams(["P1", "P2"]);
    other.merges(1, 2, CHARLIE);
    expect(other.paged()).toEqual(["P1 Alice", "P2 Bob", "P1 Bob"]);
  });

  test("ends with the merge, and so do the team and the page that only it brought", () => {
    const core = twoTeams(["P1", "P2"]);
    core.does({ type: "incident.acknowledge" }, BOB, 2);
    core.merges(1, 2, CHARLIE);
    expect(core.incident(2)).toMatchObject({ priority: "P1", peak: "P1", teamEscalations: { orders: {} } });
    core.does({ type: "undo" }, CHARLIE, 1);
    expect(core.incident(2)).toMatchObject({
      priority: "P2",
      peak: "P2",
      priorityReason: 'label severity="P2"',
      teamEscalations: {},
      escalation: { answered: { by: { name: "Bob" } }, next: null },
    });
    expect(core.effects).toContainEqual({ type: "page.withdraw", key: core.incident(2).pages.at(-1)!.key });
    expect(core.incident(2).takenIn).toEqual([]);
  });

  test("stays where an alert or a person asks for it as well", () => {
    const core = twoTeams(["P1", "P2"]);
    core.merges(1, 2, CHARLIE);
    core.receives(deliveryOfAlerts({ ...alertOfService("payment-service", "P1"), fingerprint: "later" }));
    core.does({ type: "incident.set_priority", priority: "P0", reason: "all of it" }, CHARLIE, 2);
    core.does({ type: "undo" }, CHARLIE, 1);
    expect(core.incident(2).priority).toBe("P0");
  });
});

describe("an undone merge", () => {
  test("gives the pages back as they are by now, and pages no one", () => {
    const core = twoOfOneTeam();
    core.merges(1, 2, CHARLIE);
    core.does({ type: "incident.acknowledge", page: "INC-1:1:P1:0" }, ALICE, 1);
    core.does({ type: "undo" }, CHARLIE, 1);
    expect(pagesIn(core.incident(1))).toEqual(["INC-1:1:P1:0 acknowledged"]);
    expect(core.incident(1)).toMatchObject({
      status: "acknowledged",
      acknowledgedBy: { name: "Alice" },
      escalation: { answered: { by: { name: "Alice" } }, next: null },
    });
    expect(pagesIn(core.incident(2))).toEqual(["INC-2:1:P1:0 acknowledged"]);
    expect(core.paged()).toEqual(["P1 Alice", "P1 Alice"]);
  });

  test("goes on with the steps that were paged meanwhile", () => {
    const core = twoTeams();
    core.merges(2, 1, CHARLIE);
    core.passes(9 * MINUTE);
    core.does({ type: "undo" }, CHARLIE, 2);
    expect(core.incident(1).teamEscalations).toEqual({});
    const due = core.incident(2).escalation.next!.at;
    expect(due - core.now).toBeLessThanOrEqual(MINUTE);
    expect(core.paged()).toEqual(["P1 Alice", "P1 Bob"]);
  });

  test("pages again for what the end of the other incident had closed, unless someone had answered", () => {
    for (const answers of [false, true]) {
      const core = twoTeams();
      core.merges(2, 1, CHARLIE);
      if (answers) core.does({ type: "incident.acknowledge", page: "INC-2:1:P1:0" }, BOB, 1);
      core.does({ type: "incident.resolve", reason: "wrong channel" }, ALICE, 1);
      core.does({ type: "undo" }, CHARLIE, 2);
      expect(core.paged()).toEqual(["P1 Alice", "P1 Bob", ...(answers ? [] : ["P1 Bob"])]);
    }
  });

  test("and merged again, and the other way round, has each page in one place", () => {
    const core = twoTeams();
    for (const [from, into] of [
      [1, 2],
      [2, 1],
      [1, 2],
    ] as const) {
      core.merges(from, into, CHARLIE);
      expect([pagesIn(core.incident(from)), pagesIn(core.incident(into)).length]).toEqual([[], 2]);
      core.does({ type: "undo" }, CHARLIE, from);
      expect([1, 2].map((each) => pagesIn(core.incident(each)))).toEqual([
        ["INC-1:1:P1:0 requested"],
        ["INC-2:1:P1:0 requested"],
      ]);
      expect(
        [core.incident(1), core.incident(2)].flatMap(({ pages }) => pages.map((page) => page.origin)),
      ).not.toContain(expect.anything());
    }
    expect(core.paged()).toEqual(["P1 Alice", "P1 Bob"]);
  });

  test("of three in a row: the pages of all are in the last, and each is answered there", () => {
    const core = twoTeams();
    core.declares({ title: "All of it", service: "order-service", priority: "P1", page: false });
    core.merges(1, 2, CHARLIE);
    core.merges(2, 3, CHARLIE);
    expect(pagesIn(core.incident(3)).toSorted()).toEqual(["INC-1:1:P1:0 requested", "INC-2:1:P1:0 requested"]);
    core.does({ type: "incident.acknowledge", page: "INC-1:1:P1:0" }, ALICE, 1);
    expect(pagesIn(core.incident(3))).toContain("INC-1:1:P1:0 acknowledged");
    expect(core.incident(3).teamEscalations["payments"]).toMatchObject({ answered: null });
    expect(core.paged()).toEqual(["P1 Alice", "P1 Bob"]);
  });
});
