import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { resolveTeam } from "#domain/alerting/routing.ts";
import type { SingleCommand } from "#domain/commands/command-registry.ts";
import { UNANSWERED_ESCALATION, type EscalationState } from "#domain/incident/escalation-state.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { escalationOfPage, listEscalations } from "#domain/incident/team-escalation.ts";
import { teamsWithoutOwner } from "#domain/paging/someone-has-it.ts";
import { escalationLines, pageStatusText, unansweredText } from "#domain/paging/escalation-text.ts";
import { formatUtc } from "#domain/values/instant.ts";
import { plainWords } from "#domain/values/plain-words.ts";
import { isOpen, PRIORITIES, type Actor } from "#domain/values/language.ts";
import { anObservation } from "#test/support/builders/alert-builders.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { ALICE, ALICE_PERSON, BOB, PAGER } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { CoreHarness, deliveryOfAlerts } from "#test/support/harness/core.ts";

const MIA: Actor = { kind: "person", id: "mia", name: "Mia" };
const EVE: Actor = { kind: "person", id: "U0EVE0001", name: "Eve" };
const PEOPLE = [ALICE, BOB, MIA, EVE];

const answered = (until: number | null) => ({ by: ALICE_PERSON, at: NOW, page: null, until });
const runs = (at: number) => ({ ...UNANSWERED_ESCALATION, step: 1, next: { to: "Mia", at } });

describe("a team without an owner", () => {
  test.each<[string, Partial<Incident>, readonly (string | null)[], readonly (string | null)[]]>([
    ["none, as a step is due", { escalation: runs(NOW + MINUTE) }, ["orders"], []],
    ["its own, whose step was due long ago", { escalation: runs(NOW - 3 * MINUTE) }, ["orders"], [null]],
    [
      "its own, whose step is due in 2 h: the clock was set back",
      { escalation: runs(NOW + 2 * HOUR) },
      ["orders"],
      [null],
    ],
    [
      "none, as it begins again in 4 h",
      { priority: "P1", escalation: { ...runs(NOW + 4 * HOUR), rounds: 6 } },
      ["orders"],
      [],
    ],
    ["its own, whose step is due in days", { escalation: runs(NOW + 72 * HOUR) }, ["orders"], [null]],
    ["its own, for which nothing is due", {}, ["orders"], [null]],
    [
      "none, as it is acknowledged",
      {
        status: "acknowledged",
        ackUntil: NOW + HOUR,
        escalation: { ...UNANSWERED_ESCALATION, answered: answered(NOW + HOUR) },
      },
      ["orders", null],
      [],
    ],
    [
      "its own, as the acknowledgement should have expired",
      {
        status: "acknowledged",
        ackUntil: NOW - 3 * MINUTE,
        escalation: { ...UNANSWERED_ESCALATION, answered: answered(NOW - 3 * MINUTE) },
      },
      [],
      [null],
    ],
    ["another, which was never called", { escalation: runs(NOW + MINUTE) }, ["payments"], ["payments"]],
    [
      "another, although its own has answered",
      {
        status: "acknowledged",
        ackUntil: NOW + HOUR,
        escalation: { ...UNANSWERED_ESCALATION, answered: answered(NOW + HOUR) },
        teamEscalations: { payments: UNANSWERED_ESCALATION },
      },
      ["orders", "payments"],
      ["payments"],
    ],
    ["none, at a priority that pages no one", { plan: aPolicy().priorities.P3 }, ["orders", "payments"], []],
  ])("is %s", (_, incident, owners, expected) => {
    expect(teamsWithoutOwner(anIncident(incident), owners, NOW)).toEqual(expected);
  });
});

const SERVICES = ["order-service", "payment-service", "search", "elsewhere"] as const;
const policy = aPolicy({
  ...STAFFED_POLICY,
  teams: { ...STAFFED_POLICY.teams, search: { oncall: ["mia"], escalation: [["bob"]] } },
  services: {
    "order-service": { team: "orders" },
    "payment-service": { team: "payments" },
    search: { team: "search" },
  },
  storm: null,
  grouping: { by: ["alertname"], related: null },
  paging: { perPerson: 2, within: "10m" },
});

type Move =
  | { kind: "fires" | "resolves"; alertname: string; service: string; instance: number; severity: string }
  | { kind: "waits" | "sleeps"; ms: number }
  | { kind: "acts"; who: number; command: SingleCommand; incident: number }
  | {
      kind: "answers" | "fails" | "sends" | "reports" | "handsBack" | "givesUp";
      page: number;
      who: number;
      incident: number;
    }
  | { kind: "merges"; from: number; into: number };

const incidentNumbers = fc.integer({ min: 1, max: 2 });
const commands = fc.constantFrom<SingleCommand>(
  { type: "incident.acknowledge" },
  { type: "incident.mitigate" },
  { type: "role.claim", role: "commander" },
  { type: "role.claim", role: "scribe" },
  { type: "update.post", text: "at it", audience: "internal" },
  { type: "note.add", text: "hm" },
  { type: "incident.escalate", reason: null },
  { type: "incident.page", to: { kind: "team", team: "payments" }, message: null },
  { type: "incident.page", to: { kind: "team", team: "orders" }, message: null },
  { type: "incident.page", to: { kind: "person", person: { id: "bob", name: "Bob" } }, message: null },
  { type: "incident.set_priority", priority: "P0", reason: null },
  { type: "incident.set_priority", priority: "P1", reason: null },
  { type: "incident.set_priority", priority: "P2", reason: null },
  { type: "incident.set_priority", priority: "P3", reason: null },
  { type: "undo" },
);
const alertMoves = (kind: "fires" | "resolves") =>
  fc.record({
    kind: fc.constant(kind),
    alertname: fc.constantFrom("Down", "Slow"),
    service: fc.constantFrom(...SERVICES),
    instance: fc.integer({ min: 1, max: 2 }),
    severity: fc.constantFrom("P0", "P1", "P2", "P3"),
  });
const moves: fc.Arbitrary<Move> = fc.oneof(
  { weight: 4, arbitrary: alertMoves("fires") },
  { weight: 1, arbitrary: alertMoves("resolves") },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("waits" as const), ms: fc.integer({ min: 1, max: 90 * MINUTE }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("sleeps" as const), ms: fc.integer({ min: 1, max: 90 * MINUTE }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("acts" as const),
      who: fc.nat(PEOPLE.length - 1),
      command: commands,
      incident: incidentNumbers,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        "answers" as const,
        "fails" as const,
        "sends" as const,
        "reports" as const,
        "handsBack" as const,
        "givesUp" as const,
      ),
      page: fc.nat(30),
      who: fc.nat(PEOPLE.length - 1),
      incident: incidentNumbers,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("merges" as const), from: incidentNumbers, into: incidentNumbers }),
  },
);

/** A core on which a history is played. */
class History {
  readonly core = new CoreHarness(policy);

  play(move: Move): void {
    const { core } = this;
    if ("page" in move) return this.#page(move);
    switch (move.kind) {
      case "fires":
      case "resolves": {
        const { alertname, service, instance, severity } = move;
        const labels = { alertname, service, severity };
        const observation = anObservation({
          fingerprint: `${alertname} ${service} ${instance}`,
          startsAt: core.now,
          labels,
          ...(move.kind === "resolves" ? { status: "resolved", endsAt: core.now } : {}),
        });
        core.receives(deliveryOfAlerts(observation));
        return;
      }
      case "waits":
        core.passes(move.ms);
        return;
      case "sleeps":
        // The process was down: what was due meanwhile is late.
        core.now += move.ms;
        core.passes(0);
        return;
      case "acts":
        if (core.incidents.has(move.incident)) core.asks(move.command, PEOPLE[move.who]!, move.incident);
        return;
      case "merges":
        if (core.incidents.has(move.from)) core.merges(move.from, move.into);
    }
  }

  #page({ kind, page, who, incident }: Extract<Move, { page: number }>): void {
    const { core } = this;
    const pages = core.incidents.get(incident)?.pages ?? [];
    const chosen = pages[page % Math.max(1, pages.length)];
    if (chosen === undefined) return;
    const { key, to } = chosen;
    const alarm = `muster:${key}:uid`;
    const actor = PEOPLE[who]!;
    if (kind === "answers") core.asks({ type: "incident.acknowledge", page: key }, actor, incident);
    else if (kind === "fails") core.asks({ type: "page.failed", key, to, reason: "no" }, actor, incident);
    else if (kind === "givesUp")
      core.asks({ type: "pager.heard", what: "resolved", alarm, text: "resolved automatically" }, PAGER, incident);
    else if (kind === "sends") core.asks({ type: "page.sent", key, to, via: "pager" }, actor, incident);
    else
      core.asks(
        { type: "pager.heard", what: kind === "reports" ? "acknowledged" : "unacknowledged", alarm, text: "there" },
        actor,
        incident,
      );
    core.passes(0);
  }

  /** The teams that no one has, as "INC-1 payments". */
  lost(): string[] {
    const { core } = this;
    return [...core.incidents.values()]
      .filter(({ status }) => isOpen(status))
      .flatMap((incident) => {
        const owners = [...core.alerts.values()]
          .filter(
            (alert) =>
              alert.incident === incident.number &&
              alert.status === "firing" &&
              policy.priorities[alert.priority].page !== "none",
          )
          .map(({ labels }) => resolveTeam(policy, labels).team);
        return teamsWithoutOwner(incident, owners, core.now).map((team) => `INC-${incident.number} ${team ?? "own"}`);
      });
  }
}

const histories = fc.array(moves, { minLength: 1, maxLength: 40 });
const RUNS = { numRuns: 400 };

describe("whatever happens", () => {
  test("each team that owns a firing alert has an answer that holds, or a step that is due", () => {
    fc.assert(
      fc.property(histories, (history) => {
        const played = new History();
        for (const move of history) {
          played.play(move);
          expect(played.lost()).toEqual([]);
        }
        for (let i = 0; i < 30; i++) {
          played.play({ kind: "waits", ms: 47 * MINUTE });
          expect(played.lost()).toEqual([]);
        }
      }),
      RUNS,
    );
  });

  test("an escalation runs exactly while it has no answer, or something new is unseen", () => {
    fc.assert(
      fc.property(histories, (history) => {
        const played = new History();
        for (const move of history) {
          played.play(move);
          for (const incident of played.core.incidents.values()) {
            expect(new Set(incident.pages.map(({ key }) => key)).size).toBe(incident.pages.length);
            for (const [, { next, answered: answer, unseenSince }] of listEscalations(incident))
              if (next !== null) {
                expect(isOpen(incident.status)).toBe(true);
                expect(answer === null || unseenSince !== null).toBe(true);
              }
          }
        }
      }),
      RUNS,
    );
  });

  test("what people read of an incident names each team that has not answered, and no one else", () => {
    fc.assert(
      fc.property(histories, (history) => {
        const played = new History();
        for (const move of history) {
          played.play(move);
          for (const incident of played.core.incidents.values()) {
            const lines = escalationLines(incident).map(plainWords);
            const waiting = Object.entries(incident.teamEscalations).filter(
              ([, { next, answered: answer }]) => next !== null && answer === null,
            );
            for (const [team, { next }] of waiting) {
              const line = lines.find((each) => each.startsWith(`${team}: not answered`));
              expect(line).toContain(formatUtc(next!.at));
              expect(unansweredText(incident, { policy, now: played.core.now })).toContain(`${team} has not answered`);
            }
            for (const [team, { answered: answer }] of Object.entries(incident.teamEscalations))
              if (answer !== null)
                expect(unansweredText(incident, { policy, now: played.core.now })).not.toContain(
                  `${team} has not answered`,
                );
            // "Paged" is only said of a page that reached the pager or the person.
            for (const page of incident.pages)
              expect(pageStatusText(page).startsWith("paged")).toBe(["sent", "resolved"].includes(page.status));
          }
        }
      }),
      RUNS,
    );
  });

  test("an answer to one page changes no other team's escalation", () => {
    fc.assert(
      fc.property(histories, fc.nat(30), fc.nat(PEOPLE.length - 1), fc.boolean(), (history, nth, who, there) => {
        const played = new History();
        for (const move of history) played.play(move);
        const { core } = played;
        const before = core.incidents.get(1);
        const page = before?.pages[nth % Math.max(1, before.pages.length)];
        if (before === undefined || page === undefined) return;
        // What called the same person for other teams at the same moment was one call.
        const call = before.pages.filter(
          (each) =>
            each.people?.includes(["alice", "bob", "mia"][who] ?? "") === true && each.requestedAt === page.requestedAt,
        );
        if (there)
          core.asks(
            { type: "pager.heard", what: "acknowledged", alarm: `muster:${page.key}:uid`, text: "" },
            PEOPLE[who],
          );
        else core.asks({ type: "incident.acknowledge", page: page.key }, PEOPLE[who]);
        const after = core.incident();
        const mine = new Set([page, ...call].map((each) => escalationOfPage(each)));
        // What is new in an escalation is seen with any activity of the person who has it.
        const seen = ({ unseenSince, answered: answer }: EscalationState): boolean =>
          unseenSince !== null && answer?.by.id === PEOPLE[who]!.id;
        for (const [key, escalation] of listEscalations(before))
          if (key !== null && !mine.has(key) && !seen(escalation))
            expect(after.teamEscalations[key]).toEqual(escalation);
      }),
      RUNS,
    );
  });

  test("one command pages a team once, but for steps that are passed because of the limit", () => {
    fc.assert(
      fc.property(histories, (history) => {
        const played = new History();
        for (const move of history) played.play(move);
        const commandsOf = Map.groupBy(
          played.core.events,
          ({ incident, evidence }) => `${incident} ${evidence.command}`,
        );
        for (const events of commandsOf.values()) {
          const count = new Map<string, number>();
          for (const event of events)
            if (event.type === "page.requested" && event.data.apart !== true)
              count.set(event.data.team ?? "", (count.get(event.data.team ?? "") ?? 0) + 1);
          for (const [team, pages] of count) {
            const passed = events.filter(
              (event) => event.type === "escalation.advanced" && (event.data.team ?? "") === team,
            ).length;
            expect(pages).toBeLessThanOrEqual(passed + 1);
          }
        }
      }),
      RUNS,
    );
  });

  test("every page has come to an end when its incident has", () => {
    fc.assert(
      fc.property(histories, (history) => {
        const played = new History();
        for (const move of history) played.play(move);
        const { core } = played;
        for (const [id, alert] of core.alerts)
          core.receives(
            deliveryOfAlerts(
              anObservation({
                fingerprint: id,
                labels: alert.labels,
                startsAt: alert.startsAt,
                status: "resolved",
                endsAt: core.now,
              }),
            ),
          );
        core.passes(2 * HOUR);
        for (const incident of core.incidents.values()) {
          expect(isOpen(incident.status)).toBe(false);
          for (const { status } of incident.pages) expect(["resolved", "failed", "canceled"]).toContain(status);
        }
      }),
      RUNS,
    );
  });
});

test("the priorities of the histories are the policy's", () => {
  expect(PRIORITIES.filter((priority) => policy.priorities[priority].page !== "none")).toEqual(["P0", "P1", "P2"]);
});
