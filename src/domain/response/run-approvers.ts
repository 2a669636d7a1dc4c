import type { Incident } from "#domain/incident/incident.ts";
import { involvedPeople } from "#domain/incident/involved-people.ts";
import { knownPerson, policyPersonName, routedPerson, type RoutedPerson } from "#domain/policy/people.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { ROLES, type Person, type Role } from "#domain/values/language.ts";
import { isGroupRule, meetsRule } from "./permission.ts";

/** What decides who approves besides the policy: who is on call for a team now, and which groups a person is in. */
export type ApproverFacts = {
  readonly onCall: (team: string) => readonly string[];
  /** The groups of the chat that the person is in, of those that were asked for. */
  readonly groups: readonly string[];
};

/** The groups of the chat whose members decide who may approve: what names no team, no person and no role. */
export function approvalGroups({ teams, people }: Policy, from: readonly string[]): readonly string[] {
  return from.filter(
    (rule) => isGroupRule(rule) && !Object.hasOwn(teams, nameIn(rule)) && !Object.hasOwn(people, nameIn(rule)),
  );
}

/**
 * Whether someone may approve what a runbook asks for. null: they may; else who may, in words.
 * @param from teams (their members and who is on call), people, and what `permissions` may name: roles, "responders", groups
 *   of the chat; none: the incident's responders
 */
export function approvalRefusal(
  policy: Policy,
  from: readonly string[],
  person: Person,
  incident: Incident | null,
  { onCall, groups }: ApproverFacts,
): string | null {
  if (from.length === 0)
    return meetsRule(policy, "responders", person, incident, groups)
      ? null
      : "Only people who respond to the incident may approve this.";
  const me = policyPersonName(policy, person.id) ?? person.id;
  const allowed = from.some((rule) => {
    const name = nameIn(rule);
    if (Object.hasOwn(policy.teams, name)) return policy.teams[name]!.members.includes(me) || onCall(name).includes(me);
    if (Object.hasOwn(policy.people, name)) return name === me;
    // `anyone` counts only people whom Muster can distinguish from the one who asked.
    return meetsRule(policy, rule === "anyone" ? "known" : rule, person, incident, groups);
  });
  return allowed ? null : `Only ${from.join(", ")} may approve this.`;
}

/** What decides who is asked for an approval besides the policy. `members`: of a group of the chat, by their ids. */
export type AskedFacts = {
  readonly onCall: (team: string) => readonly string[];
  readonly members: (group: string) => readonly string[];
};

/**
 * Who is asked for an approval, each once: whom the rules name. A team is asked through who is on call for it, and as a whole
 * when no one is; rules that everyone meets, and none at all, mean the people of the incident.
 */
export function approvalCandidates(
  policy: Policy,
  from: readonly string[],
  incident: Incident,
  { onCall, members }: AskedFacts,
): readonly RoutedPerson[] {
  const ids = (from.length === 0 ? ["responders"] : from).flatMap((rule): readonly RoutedPerson[] => {
    const name = nameIn(rule);
    const named = (people: readonly string[]): readonly RoutedPerson[] => people.map((id) => routedPerson(policy, id));
    if (Object.hasOwn(policy.teams, name)) {
      const primary = onCall(name);
      return named(primary.length > 0 ? primary : policy.teams[name]!.members);
    }
    if (Object.hasOwn(policy.people, name)) return named([name]);
    if (isGroupRule(rule)) return members(rule).map((id) => knownPerson(policy, { id, name: id }));
    const roles = (ROLES as readonly string[]).includes(rule) ? [rule as Role] : rule === "roles" ? ROLES : null;
    const people =
      roles === null
        ? involvedPeople(incident).map(({ person }) => person)
        : roles.flatMap((role) => incident.roles[role] ?? []);
    return people.map((person) => knownPerson(policy, person));
  });
  return [...new Map(ids.map((person) => [person.chatId ?? person.id, person])).values()];
}

function nameIn(rule: string): string {
  return rule.replace(/^@/, "");
}
