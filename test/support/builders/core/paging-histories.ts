import fc from "fast-check";
import { resolveTeam } from "#domain/alerting/routing.ts";
import type { SingleCommand } from "#domain/commands/command-registry.ts";
import { teamsWithoutOwner } from "#domain/paging/someone-has-it.ts";
import { isOpen, type Actor } from "#domain/values/language.ts";
import { anObservation } from "#test/support/builders/alert-builders.ts";
import { ALICE, BOB, PAGER } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE } from "#test/support/builders/instants.ts";
import { CoreHarness, deliveryOfAlerts } from "#test/support/harness/core.ts";

const MIA: Actor = { kind: "person", id: "mia", name: "Mia" };
const EVE: Actor = { kind: "person", id: "U0EVE0001", name: "Eve" };
/** The people of a history, by their place. */
export const HISTORY_PEOPLE = [ALICE, BOB, MIA, EVE];

const SERVICES = ["order-service", "payment-service", "search", "elsewhere"] as const;
/** Teams that share people, so that one call can be for several of them. */
export const HISTORY_POLICY = aPolicy({
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
      who: fc.nat(HISTORY_PEOPLE.length - 1),
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
      who: fc.nat(HISTORY_PEOPLE.length - 1),
      incident: incidentNumbers,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("merges" as const), from: incidentNumbers, into: incidentNumbers }),
  },
);

/** A core on which a history is played. */
export class PlayedHistory {
  readonly core = new CoreHarness(HISTORY_POLICY);

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
        if (core.incidents.has(move.incident)) core.asks(move.command, HISTORY_PEOPLE[move.who]!, move.incident);
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
    const actor = HISTORY_PEOPLE[who]!;
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
              HISTORY_POLICY.priorities[alert.priority].page !== "none",
          )
          .map(({ labels }) => resolveTeam(HISTORY_POLICY, labels).team);
        return teamsWithoutOwner(incident, owners, core.now).map((team) => `INC-${incident.number} ${team ?? "own"}`);
      });
  }
}

/** Up to forty moves of alerts, time, people, the pager and merges. */
export const pagingHistories = fc.array(moves, { minLength: 1, maxLength: 40 });
