import { isOpen, type Instant } from "#domain/values/language.ts";
import { UNANSWERED_ESCALATION, type EscalationAnswer, type EscalationState } from "./escalation-state.ts";
import type { Incident, Page } from "./incident.ts";

// An incident has an escalation for its own team, and one for each other team that was called or whose alerts it holds.

/** Whose escalation: the name of another team, or null for the incident's own. */
export type EscalationKey = string | null;

/** Whose escalation a team's is in an incident: its own team has that of the incident. */
export function escalationKey({ route }: Pick<Incident, "route">, team: string | null | undefined): EscalationKey {
  return team == null || team === route.team ? null : team;
}

/** The escalation of a team; null when no one has called that team and no alert of it has joined. */
export function escalationOf(
  { escalation, teamEscalations }: Pick<Incident, "escalation" | "teamEscalations">,
  key: EscalationKey,
): EscalationState | null {
  if (key === null) return escalation;
  return Object.hasOwn(teamEscalations, key) ? teamEscalations[key]! : null;
}

/** Every escalation of an incident, its own first. */
export function listEscalations({
  escalation,
  teamEscalations,
}: Pick<Incident, "escalation" | "teamEscalations">): readonly (readonly [EscalationKey, EscalationState])[] {
  return [[null, escalation], ...Object.entries(teamEscalations)];
}

/** The incident after something changed about the escalation of a team; one that had none has one now. */
export function changeEscalation(
  incident: Incident,
  key: EscalationKey,
  change: (before: EscalationState) => EscalationState,
): Incident {
  const after = change(escalationOf(incident, key) ?? UNANSWERED_ESCALATION);
  return key === null
    ? { ...incident, escalation: after }
    : { ...incident, teamEscalations: { ...incident.teamEscalations, [key]: after } };
}

/** The same change of every escalation. */
export function changeEscalations(
  incident: Incident,
  change: (before: EscalationState) => EscalationState,
): Pick<Incident, "escalation" | "teamEscalations"> {
  return {
    escalation: change(incident.escalation),
    teamEscalations: Object.fromEntries(
      Object.entries(incident.teamEscalations).map(([team, each]) => [team, change(each)]),
    ),
  };
}

/** From here on nothing is due for it. */
export function stoppedEscalation(before: EscalationState): EscalationState {
  return before.next === null && before.unseenSince === null ? before : { ...before, next: null, unseenSince: null };
}

/** Someone has it: it stops. */
export function answeredEscalation(before: EscalationState, answered: EscalationAnswer): EscalationState {
  return { ...before, next: null, rounds: 0, answered, unseenSince: null };
}

/** When the next step of any escalation is due; null when none is. */
export function nextDeadline(incident: Incident): Instant | null {
  return earliest(listEscalations(incident).map(([, { next }]) => next?.at ?? null));
}

/** When the next answer expires unless someone is active before; null when none does. */
export function nextExpiry(incident: Incident): Instant | null {
  if (!isOpen(incident.status)) return null;
  return earliest([
    ownAnswerHolds(incident) ? incident.ackUntil : null,
    ...Object.values(incident.teamEscalations).map(({ answered }) => answered?.until ?? null),
  ]);
}

/** Whether the incident's own answer is one that expires: what was mitigated and no longer fires needs no one. */
export function ownAnswerHolds({ status, alerts }: Pick<Incident, "status" | "alerts">): boolean {
  return status === "acknowledged" || (status === "mitigated" && alerts.firing > 0);
}

/** Whose escalation a page is part of; undefined: a call for a person alone, which is part of none. */
export function escalationOfPage(page: Pick<Page, "team" | "apart">): EscalationKey | undefined {
  if (page.team !== undefined) return page.team;
  return page.apart === true ? undefined : null;
}

function earliest(instants: readonly (Instant | null)[]): Instant | null {
  const set = instants.filter((at) => at !== null);
  return set.length === 0 ? null : Math.min(...set);
}
