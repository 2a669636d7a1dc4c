import { accessGroups, hasAccess } from "#domain/response/access-roles.ts";
import { ACCESS_ROLES, type AccessRole } from "#domain/values/access/access-role.ts";
import type { Person } from "#domain/values/language.ts";
import { isGroupMember, type GroupReads } from "#engine/response/group-members.ts";
import { PortError } from "#ports/port-error.ts";

/**
 * Whether someone who signed in has a role now. Groups are read only where nothing else lets them, and now: a
 * member who left a minute ago is refused, and so is everyone of a group that cannot be looked up.
 */
export function createPersonAccess(engine: GroupReads): (person: Person, needed: AccessRole) => Promise<boolean> {
  const { policy } = engine;
  return async (person, needed) => {
    if (hasAccess(policy(), person, needed, [])) return true;
    for (const group of accessGroups(policy(), needed)) {
      try {
        if (await isGroupMember(engine, group, person)) return true;
      } catch (error) {
        if (!(error instanceof PortError)) throw error;
      }
    }
    return false;
  };
}

/** The greatest role that someone who may look has, by groups as `engine` reads them. */
export function createShownRole(engine: GroupReads): (person: Person) => Promise<AccessRole> {
  const hasRole = createPersonAccess(engine);
  return async (person) => {
    for (const role of ACCESS_ROLES.toReversed()) if (role !== "viewer" && (await hasRole(person, role))) return role;
    return "viewer";
  };
}
