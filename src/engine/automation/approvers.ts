import type { Incident } from "#domain/incident/incident.ts";
import type { Person } from "#domain/values/language.ts";
import { onCallForTeam } from "#domain/oncall/oncall.ts";
import { approvalGroups, approvalRefusal } from "#domain/response/run-approvers.ts";
import { PortError } from "#ports/port-error.ts";
import type { Engine } from "#engine/base/engine.ts";
import { loadRoster } from "#engine/oncall/oncall-roster.ts";

/**
 * Why someone may not approve now, or null. Groups of the chat are read at the click, and only when nothing else lets
 * them: whoever left one a minute ago may not any more.
 */
export async function approverRefusal(
  engine: Engine,
  from: readonly string[],
  person: Person,
  incident: Incident | null,
): Promise<string | null> {
  const now = engine.clock();
  const roster = await loadRoster(engine, now);
  const onCall = (team: string): readonly string[] => onCallForTeam(roster, team, now).primary;
  const refusalIn = (groups: readonly string[]): string | null =>
    approvalRefusal(engine.policy(), from, person, incident, { onCall, groups });
  let refusal = refusalIn([]);
  for (const group of refusal === null ? [] : approvalGroups(engine.policy(), from)) {
    try {
      if ((await engine.chat.group(group)).includes(person.id)) refusal = refusalIn([group]);
    } catch (error) {
      if (!(error instanceof PortError)) throw error;
      return `Who is in ${group} cannot be looked up now (${error.message}): try again in a moment.`;
    }
    if (refusal === null) return null;
  }
  return refusal;
}
