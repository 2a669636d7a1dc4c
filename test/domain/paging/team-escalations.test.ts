import { describe, expect, test } from "vitest";
import { acknowledgeAs, teamAnswerKey } from "#domain/paging/page-answers.ts";
import { MUSTER_ACTOR } from "#domain/values/language.ts";
import { aContext } from "#test/support/builders/events.ts";
import { BOB, PAGER } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { alertOfService, TWO_TEAM_POLICY } from "#test/support/builders/two-teams.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { CoreHarness, deliveryOfAlerts, firingCore } from "#test/support/harness/core.ts";

/** The order service and the payment service are down: one incident of two teams. */
function sharedCore(severity = "P1"): CoreHarness {
  const core = new CoreHarness(aPolicy(TWO_TEAM_POLICY));
  core.receives(deliveryOfAlerts(alertOfService("order-service", severity)));
  core.receives(deliveryOfAlerts(alertOfService("payment-service", severity)));
  return core;
}

const pageKeyOf = (core: CoreHarness, to: string): string =>
  core.incident().pages.findLast((page) => page.to === to)!.key;

describe("an alert of another team that joins", () => {
  test("calls that team, which has its own steps and deadline", () => {
    const core = sharedCore();
    expect(core.paged()).toEqual(["P1 Alice", "P1 Bob"]);
    expect(core.incident().teamEscalations).toMatchObject({
      payments: { step: 1, next: { to: "the pager's escalation policy", at: NOW + 10 * MINUTE }, answered: null },
    });
    core.passes(10 * MINUTE);
    expect(core.paged().slice(2)).toEqual(["P1 Mia", "P1 the pager's escalation policy"]);
  });

  test("calls it although the incident's own team has acknowledged", () => {
    const core = new CoreHarness(aPolicy(TWO_TEAM_POLICY));
    core.receives(deliveryOfAlerts(alertOfService("order-service")));
    core.does({ type: "incident.acknowledge" });
    core.receives(deliveryOfAlerts(alertOfService("payment-service")));
    expect(core.paged()).toEqual(["P1 Alice", "P1 Bob"]);
    expect(core.incident()).toMatchObject({ status: "acknowledged", escalation: { next: null } });
    core.passes(10 * MINUTE);
    expect(core.paged().at(-1)).toBe("P1 the pager's escalation policy");
  });

  test("calls no team for a priority that pages no one, and no team twice", () => {
    const core = sharedCore();
    core.receives(deliveryOfAlerts(alertOfService("payment-service", "P3", NOW + 1)));
    core.receives(deliveryOfAlerts(alertOfService("payment-service", "P1", NOW + 2)));
    expect(core.paged()).toEqual(["P1 Alice", "P1 Bob"]);
  });

  test("that is worse than what an unanswered team was paged for pages it again", () => {
    const core = sharedCore("P2");
    core.receives(deliveryOfAlerts(alertOfService("payment-service", "P1", NOW + 1)));
    expect(core.paged()).toEqual(["P2 Alice", "P2 Bob", "P1 Alice", "P1 Bob"]);
  });
});

describe("an answer", () => {
  test("of one team leaves the other's escalation as it is", () => {
    const core = sharedCore();
    core.passes(MINUTE);
    core.does({ type: "incident.acknowledge" });
    expect(core.incident()).toMatchObject({
      status: "acknowledged",
      escalation: { next: null, answered: { by: { name: "Alice" }, at: NOW + MINUTE } },
      teamEscalations: { payments: { next: { at: NOW + 10 * MINUTE }, answered: null } },
      pages: [{ status: "acknowledged" }, { status: "requested" }],
    });
    core.passes(9 * MINUTE);
    expect(core.paged().slice(2)).toEqual(["P1 the pager's escalation policy"]);
  });

  test("of the other team acknowledges the incident for that team alone", () => {
    const core = sharedCore();
    core.does({ type: "incident.acknowledge", page: pageKeyOf(core, "Bob") }, BOB);
    expect(core.incident()).toMatchObject({
      status: "acknowledged",
      acknowledgedBy: { name: "Bob" },
      escalation: { next: { to: "Mia" }, answered: null },
      teamEscalations: { payments: { next: null, answered: { by: { name: "Bob" } } } },
    });
    core.passes(10 * MINUTE);
    expect(core.paged().slice(2)).toEqual(["P1 Mia"]);
  });

  test("in words answers what was sent to the person who writes them", () => {
    const core = sharedCore();
    core.does({ type: "incident.acknowledge" }, BOB);
    expect(core.incident().pages.map(({ status }) => status)).toEqual(["requested", "acknowledged"]);
  });

  test("for a team by its name answers that team, also by a person of another team", () => {
    const core = sharedCore();
    const outsider = { kind: "person", id: "api:ops-script", name: "ops-script" } as const;
    core.does({ type: "incident.acknowledge", page: teamAnswerKey("payments") }, outsider);
    expect(core.incident()).toMatchObject({
      escalation: { next: { to: "Mia" }, answered: null },
      teamEscalations: { payments: { next: null, answered: { by: { name: "ops-script" } } } },
    });
    for (const team of ["payments", "search"])
      expect(core.asks({ type: "incident.acknowledge", page: teamAnswerKey(team) }, BOB)).toMatchObject({ ok: false });
    core.does({ type: "incident.acknowledge", page: teamAnswerKey("orders") }, outsider);
    expect(core.incident().escalation).toMatchObject({ next: null, answered: { by: { name: "ops-script" } } });
  });

  test("for a team is refused by a version that supports only pages, and answers no other team there", () => {
    const core = sharedCore();
    const answer = acknowledgeAs(core.incident(), teamAnswerKey("payments"), aContext({ actor: BOB }));
    expect(answer).toMatchObject({ refusal: "INC-1 has no page team:payments." });
  });

  test("notifies the pager of exactly the pages that it answers", () => {
    const core = sharedCore();
    core.does({ type: "incident.acknowledge" });
    core.does({ type: "incident.acknowledge" }, BOB);
    const answeredKeys = core.effects.flatMap((effect) => (effect.type === "page.acknowledge" ? [effect.page] : []));
    expect(answeredKeys).toEqual([pageKeyOf(core, "Alice"), pageKeyOf(core, "Bob")]);
  });

  test("shows what is left: the person who has answered sees which team has not", () => {
    const core = sharedCore();
    core.does({ type: "incident.acknowledge" });
    expect(core.asks({ type: "incident.acknowledge" })).toEqual({
      ok: false,
      refusal:
        "INC-1 was already acknowledged by you at 14:32 UTC. payments has not answered; next: the pager's escalation policy at 14:42 UTC.",
    });
  });

  test("of another team expires by itself, and its people are paged from the first step", () => {
    const core = sharedCore();
    core.does({ type: "role.claim", role: "commander" });
    core.does({ type: "incident.acknowledge" }, BOB);
    core.passes(60 * MINUTE);
    expect(core.paged().slice(2).toSorted()).toEqual(["P1 Alice", "P1 Bob"]);
    expect(
      core
        .incident()
        .pages.slice(0, 2)
        .map(({ status }) => status),
    ).toEqual(["expired", "expired"]);
  });

  test("that is undone leaves exactly its pages unanswered", () => {
    const core = sharedCore();
    core.does({ type: "incident.acknowledge" });
    core.does({ type: "incident.acknowledge" }, BOB);
    core.does({ type: "undo" }, BOB);
    expect(core.incident()).toMatchObject({
      status: "acknowledged",
      escalation: { next: null },
      teamEscalations: { payments: { answered: null, next: { to: "the pager's escalation policy" } } },
      pages: [{ status: "acknowledged" }, { status: "requested" }],
    });
    core.passes(20 * MINUTE);
    expect(core.paged().slice(2)).toContain("P1 the pager's escalation policy");
  });
});

test("an answer of another team holds no longer than a raised priority lets an answer hold", () => {
  const core = sharedCore("P1");
  core.does({ type: "incident.acknowledge", page: pageKeyOf(core, "Bob") }, BOB);
  core.does({ type: "incident.set_priority", priority: "P0", reason: null });
  expect(core.incident().teamEscalations["payments"]!.answered).toMatchObject({ until: NOW + 30 * MINUTE });
  expect(core.timer("ack")).toBe(NOW + 30 * MINUTE);
});

test("an alarm that the pager resolves by itself has no answer any longer, for whichever team it was", () => {
  const core = sharedCore("P1");
  core.does({ type: "incident.acknowledge" });
  core.does({ type: "incident.acknowledge" }, BOB);
  for (const person of ["Alice", "Bob"])
    core.asks(
      {
        type: "pager.heard",
        what: "resolved",
        alarm: `muster:${pageKeyOf(core, person)}:uid`,
        text: "resolved automatically",
      },
      PAGER,
    );
  expect(core.incident()).toMatchObject({
    status: "triggered",
    escalation: { answered: null, next: {} },
    teamEscalations: { payments: { answered: null, next: {} } },
  });
  expect(core.paged()).toEqual(["P1 Alice", "P1 Bob", "P1 Alice", "P1 Bob"]);
});

test("a commander who is missing pages no step while the own team is looked for", () => {
  const core = new CoreHarness(aPolicy({ ...TWO_TEAM_POLICY, priorities: { P1: { commandWithin: "5m" } } }));
  core.receives(deliveryOfAlerts(alertOfService("order-service")));
  core.receives(deliveryOfAlerts(alertOfService("payment-service")));
  core.does({ type: "incident.acknowledge", page: pageKeyOf(core, "Bob") }, BOB);
  core.passes(10 * MINUTE);
  expect(core.types().filter((type) => type === "command.missing")).toHaveLength(2);
  expect(core.paged()).toEqual(["P1 Alice", "P1 Bob", "P1 Mia"]);
});

describe("what answers the pages of the person who does it", () => {
  test.each([
    ["taking a role", { type: "role.claim", role: "tech" }],
    ["an update", { type: "update.post", text: "looking", audience: "internal" }],
    ["a mitigation", { type: "incident.mitigate" }],
  ] as const)("%s", (_, command) => {
    const core = sharedCore();
    core.does(command, BOB);
    expect(core.incident().pages.find(({ to }) => to === "Bob")!.status).toBe("acknowledged");
    expect(core.incident().teamEscalations["payments"]).toMatchObject({
      next: null,
      answered: { by: { name: "Bob" } },
    });
  });

  test.each([
    ["a note", { type: "note.add", text: "hm" }],
    ["a task", { type: "task.add", kind: "task", text: "look", owner: null, due: null }],
  ] as const)("not %s", (_, command) => {
    const core = sharedCore();
    core.does(command, BOB);
    expect(core.incident().pages.map(({ status }) => status)).toEqual(["requested", "requested"]);
  });
});

describe("a call for a team", () => {
  test("runs until that team answers, even when another team has the incident", () => {
    const core = firingCore("P1", { ...STAFFED_POLICY, priorities: { P1: { commandWithin: null } } });
    core.does({ type: "incident.acknowledge" });
    core.does({ type: "incident.page", to: { kind: "team", team: "payments" }, message: null });
    core.passes(10 * MINUTE);
    expect(core.paged()).toEqual(["P1 Alice", "P1 Bob", "P1 the pager's escalation policy"]);
    core.does({ type: "incident.acknowledge" }, BOB);
    core.passes(30 * MINUTE);
    expect(core.paged()).toHaveLength(3);
  });

  test("that is undone ends its search", () => {
    const core = firingCore();
    core.does({ type: "incident.page", to: { kind: "team", team: "payments" }, message: null });
    core.does({ type: "undo" });
    expect(core.incident()).toMatchObject({
      teamEscalations: {},
      pages: [{ status: "requested" }, { status: "canceled" }],
    });
  });
});

describe("a page of a person called by name", () => {
  test("can be acknowledged on an acknowledged incident, and answers nothing else", () => {
    const core = firingCore();
    core.does({ type: "incident.acknowledge" });
    core.does({ type: "incident.page", to: { kind: "person", person: { id: "bob", name: "Bob" } }, message: null });
    const before = core.incident();
    core.does({ type: "incident.acknowledge", page: pageKeyOf(core, "Bob") }, BOB);
    expect(core.events.at(-1)).toMatchObject({ type: "page.acknowledged", data: { to: "Bob" } });
    expect(core.incident()).toMatchObject({
      escalation: before.escalation,
      acknowledgedBy: { name: "Alice" },
      pages: [{}, { status: "acknowledged" }],
    });
  });
});

describe("an incident of two teams that a person ended", () => {
  test("pages both when it is open again because their alerts still fire", () => {
    const core = sharedCore();
    core.does({ type: "incident.resolve", reason: "fixed, I think" });
    core.passes(30 * MINUTE);
    expect(core.incident()).toMatchObject({
      status: "triggered",
      teamEscalations: { payments: { next: { at: expect.any(Number) as number } } },
    });
    expect(core.paged()).toEqual(["P1 Alice", "P1 Bob", "P1 Alice", "P1 Bob"]);
  });

  test("looks for the second team when an alert of the first fires again", () => {
    const core = sharedCore();
    core.does({ type: "incident.resolve", reason: "fixed, I think" });
    core.passes(MINUTE);
    core.receives(deliveryOfAlerts({ ...alertOfService("order-service"), status: "resolved", endsAt: core.now }));
    core.passes(MINUTE);
    core.receives(deliveryOfAlerts({ ...alertOfService("order-service"), startsAt: core.now }));
    expect(core.incident()).toMatchObject({
      status: "triggered",
      teamEscalations: { payments: { next: { at: expect.any(Number) as number } } },
    });
  });
});

test("an escalation by hand leaves what is unseen due, with the first step as the next", () => {
  const core = firingCore("P1", { ...TWO_TEAM_POLICY, grouping: { by: ["service"] } });
  core.does({ type: "incident.acknowledge" });
  core.receives(deliveryOfAlerts(alertOfService("order-service")));
  const { next } = core.incident().escalation;
  expect(next?.to).toBe("Alice");
  core.asks({ type: "incident.escalate", reason: null }, MUSTER_ACTOR);
  expect(core.incident().escalation.next).toEqual(next);
});
