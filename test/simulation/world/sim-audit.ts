import { resolveTeam } from "#domain/alerting/routing.ts";
import { findActiveSilence } from "#domain/alerting/silence.ts";
import type { Alert } from "#domain/incident/alert.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { Instant } from "#domain/values/language.ts";
import type { EscalationKey } from "#domain/incident/team-escalation.ts";
import { teamsWithoutOwner } from "#domain/paging/someone-has-it.ts";
import type { MemoryStore } from "./memory-store.ts";

/** What the audit looks at. */
type AuditedWorld = {
  readonly policy: Policy;
  readonly store: MemoryStore;
  openIncidents(): readonly Incident[];
  /** The clock of Muster. */
  readonly clock: { now(): Instant };
};

/** An open incident with teams that no one has: `teams` own what fires in it, `lost` of them and its own have no one. */
export type UnownedIncident = {
  readonly number: number;
  readonly teams: readonly string[];
  readonly lost: readonly EscalationKey[];
};

/** What the auditor of the product looks for, by its own predicate and by the policy as it is now. */
export function findUnowned(world: AuditedWorld): readonly UnownedIncident[] {
  const owners = new Map<number, Set<string>>();
  for (const alert of world.store.alerts.values()) {
    if (alert.incident === null || !isPaging(world, alert) || isSilenced(world, alert)) continue;
    const { team } = resolveTeam(world.policy, alert.labels);
    const known = owners.get(alert.incident) ?? new Set();
    if (team !== null) owners.set(alert.incident, known.add(team));
  }
  return world.openIncidents().flatMap((incident) => {
    const teams = [...(owners.get(incident.number) ?? [])];
    const lost = teamsWithoutOwner(incident, teams, world.clock.now());
    return lost.length === 0 ? [] : [{ number: incident.number, teams, lost }];
  });
}

/** Whether an alert fires at a priority that pages, and nothing holds it back. */
export function isPaging({ policy }: AuditedWorld, { status, suppressedUntil, priority }: Alert): boolean {
  return status === "firing" && suppressedUntil === null && policy.priorities[priority].page !== "none";
}

function isSilenced(world: AuditedWorld, { labels }: Alert): boolean {
  return findActiveSilence(world.policy, world.store.arrangements.silences, labels, world.clock.now()) !== null;
}
