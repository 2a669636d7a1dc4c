import type { Incident } from "#domain/incident/incident.ts";
import type { Person } from "#domain/values/language.ts";
import { onCallForTeam } from "#domain/oncall/oncall.ts";
import { isResponder } from "#domain/response/permission.ts";
import { policyPersonName } from "#domain/policy/people.ts";
import { PortError } from "#ports/port-error.ts";
import type { Engine } from "#engine/base/engine.ts";
import { loadRoster } from "#engine/oncall/oncall-roster.ts";

/**
 * Whether someone is one of those who may approve, now: groups of the chat are read at the click, and whoever left one a
 * minute ago may not any more. True, or why not.
 */
export async function isApprover(
  engine: Engine,
  from: readonly string[],
  person: Person,
  incident: Incident | null,
): Promise<true | string> {
  if (from.length === 0)
    return incident !== null && isResponder(incident, person)
      ? true
      : "Only people who respond to the incident may approve this.";
  const { teams, people } = engine.policy();
  const me = policyPersonName(engine.policy(), person.id) ?? person.id;
  for (const rule of from) {
    const name = rule.replace(/^@/, "");
    if (Object.hasOwn(teams, name)) {
      const team = teams[name]!;
      if (
        team.members.includes(me) ||
        onCallForTeam(await loadRoster(engine, engine.clock()), name, engine.clock()).primary.includes(me)
      )
        return true;
    } else if (Object.hasOwn(people, name)) {
      if (name === me) return true;
    } else {
      try {
        if ((await engine.chat.group(rule)).includes(person.id)) return true;
      } catch (error) {
        if (!(error instanceof PortError)) throw error;
        return `Who is in ${rule} cannot be looked up now (${error.message}): try again in a moment.`;
      }
    }
  }
  return `Only ${from.join(", ")} may approve this.`;
}
