import { policyPersonName } from "#domain/policy/people.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { ACCESS_ROLES, type AccessRole } from "#domain/values/access/access-role.ts";
import type { Person } from "#domain/values/language.ts";

const KEYS = { viewer: "viewers", responder: "responders", admin: "admins" } as const;

/** Who has a role, or one above it, by the policy. */
function rulesFor({ access }: Pick<Policy, "access">, needed: AccessRole): readonly string[] {
  return ACCESS_ROLES.slice(ACCESS_ROLES.indexOf(needed)).flatMap((role) => access[KEYS[role]]);
}

/** The groups of the chat whose members have a role. */
export function accessGroups(policy: Policy, needed: AccessRole): readonly string[] {
  return rulesFor(policy, needed).filter((rule) => rule.startsWith("@"));
}

/**
 * Whether someone who signed in has a role on the dashboard.
 * @param groups the groups they are in, of those that were asked for
 */
export function hasAccess(
  policy: Policy,
  person: Pick<Person, "id">,
  needed: AccessRole,
  groups: readonly string[],
): boolean {
  const known = policyPersonName(policy, person.id);
  return rulesFor(policy, needed).some(
    (rule) => rule === "anyone" || (rule === "people" && known !== null) || rule === known || groups.includes(rule),
  );
}

/** Why someone who signed in may not do what needs a role, and the key of the policy that decides it. */
export function accessRefusal(needed: AccessRole): string {
  return `This needs the role ${needed}, which you do not have: see access.${KEYS[needed]} in muster.yaml`;
}
