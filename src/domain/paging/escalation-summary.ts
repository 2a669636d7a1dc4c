import type { EscalationAnswer, EscalationState } from "#domain/incident/escalation-state.ts";
import type { Incident, Page } from "#domain/incident/incident.ts";
import {
  escalationOfPage,
  listEscalations,
  ownAnswerHolds,
  type EscalationKey,
} from "#domain/incident/team-escalation.ts";
import { isOpen, type Instant } from "#domain/values/language.ts";
import { isPageOfEpisode } from "./page-episode.ts";

/** One escalation of an incident, as people and programs are shown it. */
export type EscalationSummary = {
  readonly key: EscalationKey;
  /** The name of its team; null: the incident has no team. */
  readonly team: string | null;
  /** Its pages since the incident opened, or was opened again, in order. */
  readonly pages: readonly Page[];
  /** Who has it; null: no one has answered. */
  readonly answered: EscalationAnswer | null;
  /** Who is paged next, and when, unless someone answers; null: nothing is due. */
  readonly next: EscalationState["next"];
  readonly step: number;
  /** How often every step was paged without an answer. */
  readonly rounds: number;
  /** Since when something new fires that its answerer has not reacted to. */
  readonly unseenSince: Instant | null;
};

/** Every escalation of an incident, its own first. */
export function summarizeEscalations(incident: Incident): readonly EscalationSummary[] {
  return listEscalations(incident).map(([key, { next, step, rounds, unseenSince, answered }]) => ({
    key,
    team: key ?? incident.route.team,
    pages: incident.pages.filter((page) => escalationOfPage(page) === key && isPageOfEpisode(page, incident)),
    answered: key === null ? ownAnswer(incident) : teamAnswer(incident, answered),
    next,
    step,
    rounds,
    unseenSince,
  }));
}

/** The pages of people who were called by name: they are part of no escalation. */
export function callsByName(incident: Incident): readonly Page[] {
  return incident.pages.filter((page) => escalationOfPage(page) === undefined && isPageOfEpisode(page, incident));
}

/** Whether a team is still looked for: it has not answered, and a step or a call is due. */
export function isWaitingForAnswer({ answered, next }: Pick<EscalationSummary, "answered" | "next">): boolean {
  return answered === null && next !== null;
}

/** Whether there is something to acknowledge: no one has the incident, a team has not answered, or something new is unseen. */
export function awaitsAnswer(incident: Incident): boolean {
  if (!isOpen(incident.status)) return false;
  return incident.status === "triggered" || listEscalations(incident).some(([, { next }]) => next !== null);
}

/** The answer of another team. At a priority whose answers do not expire, this one does not either, whenever it was given. */
function teamAnswer({ plan }: Incident, answered: EscalationAnswer | null): EscalationAnswer | null {
  return answered === null || plan.ackExpires !== null ? answered : { ...answered, until: null };
}

/**
 * The answer of the incident's own team. Its end is kept with the incident, the only place that an earlier version had
 * for it.
 */
function ownAnswer(incident: Incident): EscalationAnswer | null {
  const { escalation, acknowledgedBy, acknowledgedAt, ackUntil, status, teamEscalations } = incident;
  const until = ownAnswerHolds(incident) ? ackUntil : null;
  if (escalation.answered !== null) return { ...escalation.answered, until };
  const isStoredEarlier = escalation.next === null && Object.keys(teamEscalations).length === 0;
  return isStoredEarlier && isOpen(status) && acknowledgedBy !== null && acknowledgedAt !== null
    ? { by: acknowledgedBy, at: acknowledgedAt, page: null, until }
    : null;
}
