import type { Incident } from "#domain/incident/incident.ts";
import { listEscalations } from "#domain/incident/team-escalation.ts";
import { priorityInWords } from "#domain/policy/severity.ts";
import type { Policy } from "#domain/policy/policy.ts";

/**
 * Whether an incident is one of those that the words behind `list` ask for. Each word is a priority as people write it
 * (P1, SEV-2, high), the incident's service, or a team that has an escalation in it; all must fit. "team" and "service"
 * before a name mean nothing more; a name of several words stands alone. No words: every incident.
 */
export function matchesFilter(policy: Pick<Policy, "priorities">, incident: Incident, filter: string): boolean {
  const text = filter.trim().toLowerCase();
  const teams = listEscalations(incident).map(([key]) => key ?? incident.route.team);
  const names = [incident.route.service, ...teams].flatMap((name) => (name === null ? [] : [name.toLowerCase()]));
  if (text === "" || names.includes(text)) return true;
  const words = text.replaceAll(/(?<!\S)(?:team|service)\s+(?=\S)/g, "").split(/[\s,]+/);
  return words.every((word) => names.includes(word) || priorityInWords(policy, word) === incident.priority);
}
