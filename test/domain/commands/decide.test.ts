import { describe, expect, test } from "vitest";
import { type SingleCommand, decideCommand } from "#domain/commands/command-registry.ts";
import { applyFacts, type Context } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { STATUSES, type Status } from "#domain/values/language.ts";
import { aContext } from "#test/support/builders/events.ts";
import { BOB, ALICE_PERSON, BOB_PERSON } from "#test/support/builders/people.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { HOUR, NOW } from "#test/support/builders/instants.ts";

function decidedFacts(incident: Incident, command: SingleCommand, ctx: Partial<Context> = {}): readonly Fact[] {
  const decision = decideCommand(incident, command, aContext(ctx));
  if (!decision.ok) throw new Error(`refused: ${decision.refusal}`);
  return decision.facts;
}

function refusal(incident: Incident, command: SingleCommand, ctx: Partial<Context> = {}): string {
  const decision = decideCommand(incident, command, aContext(ctx));
  if (decision.ok) throw new Error(`accepted: ${decision.facts.map(({ type }) => type).join(", ")}`);
  return decision.refusal;
}

const types = (list: readonly Fact[]) => list.map(({ type }) => type);

const effects: readonly SingleCommand[] = [
  { type: "incident.acknowledge" },
  { type: "incident.mitigate" },
  { type: "incident.resolve", reason: "rolled back" },
  { type: "incident.set_priority", priority: "P0", reason: null },
  { type: "role.claim", role: "commander" },
];

describe("an incident that has ended", () => {
  test.each(
    STATUSES.filter((status) => !["triggered", "acknowledged", "mitigated"].includes(status)).flatMap((status) =>
      effects.map((command) => ({ status, command })),
    ),
  )("($status) refuses $command.type", ({ status, command }) => {
    expect(refusal(anIncident({ status }), command)).toBe(`INC-1 is ${status}.`);
  });
});

describe("acknowledging", () => {
  test("is accepted once", () => {
    expect(decidedFacts(anIncident(), { type: "incident.acknowledge" })).toEqual([
      { type: "incident.acknowledged", data: { pages: [] } },
    ]);
  });

  test("a second time is refused with who was first, and when", () => {
    const incident = anIncident({ status: "acknowledged", acknowledgedBy: ALICE_PERSON, acknowledgedAt: NOW });
    expect(refusal(incident, { type: "incident.acknowledge" }, { actor: BOB })).toBe(
      "INC-1 was already acknowledged by Alice at 14:32 UTC.",
    );
    expect(refusal(incident, { type: "incident.acknowledge" })).toBe(
      "INC-1 was already acknowledged by you at 14:32 UTC.",
    );
  });

  test("politely refuses to acknowledge without an active incident", () => {
    expect(refusal(anIncident({ status: "mitigated" }), { type: "incident.acknowledge" })).toBe(
      "INC-1 was already acknowledged by someone at 14:32 UTC.",
    );
  });
});

describe("mitigating", () => {
  test.each([
    { status: "triggered", says: ["incident.acknowledged", "incident.mitigated"] },
    { status: "acknowledged", says: ["incident.mitigated"] },
  ] as const)("an incident that is $status answers $says", ({ status, says }) => {
    expect(types(decidedFacts(anIncident({ status }), { type: "incident.mitigate" }))).toEqual(says);
  });

  test("twice is refused", () => {
    expect(refusal(anIncident({ status: "mitigated" }), { type: "incident.mitigate" })).toBe(
      "INC-1 is already marked as mitigated.",
    );
  });
});

describe("resolving", () => {
  const quietEvent = { total: 3, firing: 0, flaps: 0 };

  test.each<{ status: Status; says: string[] }>([
    { status: "triggered", says: ["incident.acknowledged", "incident.resolved"] },
    { status: "acknowledged", says: ["incident.resolved"] },
    { status: "mitigated", says: ["incident.resolved"] },
  ])("an incident that is $status answers $says", ({ status, says }) => {
    expect(
      types(decidedFacts(anIncident({ status, alerts: quietEvent }), { type: "incident.resolve", reason: null })),
    ).toEqual(says);
  });

  test.each([null, "", "  \n "])("while alerts fire needs a reason, and %j is none", (reason) => {
    expect(
      refusal(anIncident({ alerts: { total: 3, firing: 2, flaps: 0 } }), { type: "incident.resolve", reason }),
    ).toBe("2 alerts of INC-1 still fire. To resolve it anyway, give a reason: `resolve REASON`.");
  });

  test("while alerts fire is accepted with a reason, and reports how many fire", () => {
    expect(
      decidedFacts(anIncident({ status: "acknowledged" }), { type: "incident.resolve", reason: "false alarm" }),
    ).toEqual([
      { type: "incident.resolved", data: { by: "person", reason: "false alarm", firing: 1 } },
      { type: "recheck.armed", data: { due: NOW + 4 * HOUR, firing: 1, by: ALICE_PERSON } },
    ]);
  });

  test.each([null, "", "  "])("with the reason %j keeps no reason", (reason) => {
    expect(
      decidedFacts(anIncident({ status: "acknowledged", alerts: quietEvent }), { type: "incident.resolve", reason }),
    ).toEqual([{ type: "incident.resolved", data: { by: "person", reason: null, firing: 0 } }]);
  });
});

describe("claiming a role", () => {
  test("as commander acknowledges too: a commander has seen the alert", () => {
    expect(decidedFacts(anIncident(), { type: "role.claim", role: "commander" })).toEqual([
      { type: "incident.acknowledged", data: { pages: [] } },
      { type: "role.assigned", data: { role: "commander", person: ALICE_PERSON } },
    ]);
  });

  test.each(["tech", "comms", "scribe"] as const)("as %s acknowledges nothing", (role) => {
    expect(decidedFacts(anIncident(), { type: "role.claim", role })).toEqual([
      { type: "role.assigned", data: { role, person: ALICE_PERSON } },
    ]);
  });

  test("that another person holds is refused politely", () => {
    const taken = anIncident({ roles: { commander: ALICE_PERSON, tech: null, comms: null, scribe: BOB_PERSON } });
    expect(refusal(taken, { type: "role.claim", role: "commander" }, { actor: BOB })).toBe(
      "Alice is Incident Commander. Ask them to hand over.",
    );
    expect(refusal(taken, { type: "role.claim", role: "commander" })).toBe("You already are Incident Commander.");
    expect(refusal(taken, { type: "role.claim", role: "scribe" })).toBe("Bob is Scribe. Ask them to hand over.");
  });

  test("gives the role to exactly one of two who click at once", () => {
    const first = applyFacts(
      anIncident(),
      decidedFacts(anIncident(), { type: "role.claim", role: "commander" }),
      aContext(),
    );
    expect(decideCommand(first, { type: "role.claim", role: "commander" }, aContext({ actor: BOB }))).toMatchObject({
      ok: false,
    });
    expect(first.roles.commander).toEqual(ALICE_PERSON);
  });
});

describe("reports from outside", () => {
  const channel = { id: "C1", name: "inc-1", url: "" };
  test.each<{ command: SingleCommand; data: Fact["data"] }>([
    { command: { type: "channel.opened", channel }, data: { channel } },
    { command: { type: "channel.failed", reason: "restricted" }, data: { reason: "restricted" } },
    { command: { type: "channel.archived" }, data: {} },
    { command: { type: "chat.failed", what: "invite", reason: "x" }, data: { what: "invite", reason: "x" } },
    {
      command: { type: "page.sent", key: "k", to: "Alice", via: "pagerduty" },
      data: { key: "k", to: "Alice", via: "pagerduty" },
    },
    {
      command: { type: "page.failed", key: "k", to: "Alice", reason: "x" },
      data: { key: "k", to: "Alice", reason: "x" },
    },
    {
      command: { type: "ticket.opened", key: "OPS-1", url: "https://t/1" },
      data: { key: "OPS-1", url: "https://t/1" },
    },
    { command: { type: "ticket.failed", reason: "x" }, data: { reason: "x" } },
    { command: { type: "draft.posted", url: "https://s/1" }, data: { url: "https://s/1" } },
  ])("becomes a fact in every state of the incident: $command.type", ({ command, data }) => {
    for (const status of STATUSES)
      expect(decidedFacts(anIncident({ status }), command)).toEqual([{ type: command.type, data }]);
  });
});

describe("the archive timer", () => {
  test.each<{ status: Status; says: string[] }>([
    { status: "resolved", says: ["incident.closed"] },
    { status: "triggered", says: [] },
    { status: "closed", says: [] },
  ])("on an incident that is $status answers $says", ({ status, says }) => {
    expect(types(decidedFacts(anIncident({ status }), { type: "timer.due", timer: "archive", due: NOW }))).toEqual(
      says,
    );
  });
});
