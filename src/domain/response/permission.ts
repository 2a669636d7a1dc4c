import type { Incident } from "#domain/incident/incident.ts";
import { ROLE_TITLES, ROLES, type Person, type Role } from "#domain/values/language.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { PermissionRule } from "#domain/policy/policy-vendors.ts";
import type { RoutedPerson } from "#domain/policy/people.ts";

/** Permission rules that need no request to the chat. */
const NOT_A_GROUP: ReadonlySet<string> = new Set(["anyone", "responders", "roles", ...ROLES]);

/** The groups of the chat that decide who may use a verb. */
export function requiredGroups(policy: Policy, verb: string): readonly string[] {
  return (rulesOf(policy, verb) ?? []).filter((rule) => !NOT_A_GROUP.has(rule));
}

/**
 * Whether someone may use a verb. null: they may; else who may, in words.
 * @param incident null for a verb about none: then roles and responders are no one's
 * @param groups the groups they are in, of those that were asked for
 */
export function permissionRefusal(
  policy: Policy,
  verb: string,
  person: Person,
  incident: Incident | null,
  groups: readonly string[],
): string | null {
  const rules = rulesOf(policy, verb);
  if (rules === null || rules.some((rule) => isMatch(rule, person, incident, groups))) return null;
  return `\`${verb}\` is for ${rules.map(inWords).join(", ")} (permissions in muster.yaml).`;
}

function rulesOf(policy: Policy, verb: string): readonly PermissionRule[] | null {
  return Object.hasOwn(policy.permissions, verb) ? policy.permissions[verb]! : null;
}

function isMatch(rule: PermissionRule, person: Person, incident: Incident | null, groups: readonly string[]): boolean {
  switch (rule) {
    case "anyone":
      return true;
    case "responders":
      return incident !== null && isResponder(incident, person);
    case "roles":
      return incident !== null && ROLES.some((role) => incident.roles[role]?.id === person.id);
    default:
      return (ROLES as readonly string[]).includes(rule)
        ? incident?.roles[rule as Role]?.id === person.id
        : groups.includes(rule);
  }
}

/** A person of the incident's route, with a role or an offered one, or who declared it. */
export function isResponder(incident: Incident, { id }: Person): boolean {
  const { route, roles, acknowledgedBy, declaredBy, handoff } = incident;
  const routed: readonly RoutedPerson[] = [...route.members, ...route.oncall, ...route.escalation.flat()];
  return (
    routed.some((person) => person.chatId === id || person.id === id) ||
    ROLES.some((role) => roles[role]?.id === id) ||
    acknowledgedBy?.id === id ||
    declaredBy?.id === id ||
    handoff?.to.id === id
  );
}

function inWords(rule: PermissionRule): string {
  if (rule === "responders") return "the people of the incident's team and roles";
  if (rule === "roles") return "whoever has a role in the incident";
  return (ROLES as readonly string[]).includes(rule) ? `the ${ROLE_TITLES[rule as Role]}` : rule;
}
