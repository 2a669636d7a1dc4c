import type { Incident } from "#domain/incident/incident.ts";
import { involvedPeople } from "#domain/incident/involved-people.ts";
import { ROLE_TITLES, ROLES, type Person, type Role } from "#domain/values/language.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { isKnownPerson, isPersonAmong, isSamePerson, type KnownPeople } from "#domain/policy/people.ts";
import type { PermissionRule } from "#domain/policy/policy-vendors.ts";

/** Rules that need no request to the chat. */
const NOT_A_GROUP: ReadonlySet<string> = new Set(["anyone", "known", "responders", "roles", ...ROLES]);

/**
 * What is not for everyone when the policy has no rule for it: it ends what others respond to, or steers what changes
 * systems. "runbook cancel": a part of a verb; without rules of its own it has those of the verb.
 */
const DEFAULT_RULES: Readonly<Record<string, readonly PermissionRule[]>> = {
  cancel: ["known"],
  close: ["known"],
  "automation on": ["known"],
  "runbook cancel": ["known"],
  "runbook settle": ["known"],
};

/** The groups of the chat that decide who may use a verb, or a part of one. */
export function requiredGroups(policy: Policy, verb: string): readonly string[] {
  return (rulesOf(policy, verb) ?? []).filter(isGroupRule);
}

/** Whether a rule names a group of the chat: no role, and none of "anyone", "responders", "roles". */
export function isGroupRule(rule: string): boolean {
  return !NOT_A_GROUP.has(rule);
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
  if (rules === null || rules.some((rule) => meetsRule(policy, rule, person, incident, groups))) return null;
  return `\`${verb}\` is for ${rules.map(inWords).join(", ")} (permissions in muster.yaml).`;
}

function rulesOf(policy: Policy, verb: string): readonly PermissionRule[] | null {
  const [whole = verb] = verb.split(" ");
  const named = [verb, whole].find((each) => Object.hasOwn(policy.permissions, each));
  if (named !== undefined) return policy.permissions[named]!;
  return Object.hasOwn(DEFAULT_RULES, verb) ? DEFAULT_RULES[verb]! : null;
}

/**
 * Whether someone is meant by a rule, of a verb or of an approval.
 * @param groups the groups they are in, of those that were asked for
 */
export function meetsRule(
  policy: Policy,
  rule: string,
  person: Person,
  incident: Incident | null,
  groups: readonly string[],
): boolean {
  const holds = (role: Role): boolean => isSamePerson(policy, incident?.roles[role], person);
  switch (rule) {
    case "anyone":
      return true;
    case "known":
      return isVouchedFor(policy, person, incident);
    case "responders":
      return incident !== null && isResponder(policy, incident, person) && isVouchedFor(policy, person, incident);
    case "roles":
      return ROLES.some(holds) && isVouchedFor(policy, person, incident);
    default:
      return (ROLES as readonly string[]).includes(rule)
        ? holds(rule as Role) && isVouchedFor(policy, person, incident)
        : groups.includes(rule);
  }
}

/**
 * Whether someone other than the person confirms that they respond: the policy, or who called them. Anyone can take a role
 * that no one has, acknowledge or declare: that alone opens nothing. A policy that lists no one vouches for everyone.
 */
function isVouchedFor(policy: Policy, person: Person, incident: Incident | null): boolean {
  return (
    Object.keys(policy.people).length === 0 ||
    isKnownPerson(policy, person) ||
    (incident !== null && isCalled(policy, incident, person))
  );
}

/**
 * Whether someone responds to an incident: they are involved in it, or of its route. A private incident has one definition,
 * kept wherever it may be seen: those involved, and who is in its channel, also when they were invited by hand; its team
 * and the people of the escalation policy are neither, as long as no one calls them.
 */
export function isResponder(policy: KnownPeople | null, incident: Incident, person: Pick<Person, "id">): boolean {
  const involved = involvedPeople(incident).map((each) => each.person.id);
  const others = incident.private ? incident.members : routedIds(incident);
  return isPersonAmong(policy, [...involved, ...others], person);
}

/**
 * Whether someone may see an incident: the only rule there is, for every list, page, message and door. A private one exists
 * for no one but its responders.
 * @param person null: everyone, or someone who is no one in particular, as the holder of a token
 */
export function maySeeIncident(policy: KnownPeople, incident: Incident, person: Pick<Person, "id"> | null): boolean {
  return !incident.private || (person !== null && isResponder(policy, incident, person));
}

/** Whether someone is of the incident's route, or a page was for them. One that was taken back is no call. */
function isCalled(policy: KnownPeople | null, { route, pages }: Incident, person: Pick<Person, "id">): boolean {
  const called = pages.filter(({ status }) => status !== "canceled");
  const ids = called.flatMap(({ chat = [], people = [] }) => [...chat, ...people]);
  return isPersonAmong(policy, [...routedIds({ route }), ...ids], person);
}

/** The ids of the people of an incident's route. */
function routedIds({ route }: Pick<Incident, "route">): readonly string[] {
  return [...route.members, ...route.oncall, ...route.escalation.flat()].flatMap(({ id, chatId }) =>
    chatId === null ? [id] : [id, chatId],
  );
}

function inWords(rule: PermissionRule): string {
  if (rule === "known") return "people whom the policy lists under `people`, with every name by which they act";
  if (rule === "responders") return "the people of the incident's team and roles";
  if (rule === "roles") return "whoever has a role in the incident";
  return (ROLES as readonly string[]).includes(rule) ? `the ${ROLE_TITLES[rule as Role]}` : rule;
}
