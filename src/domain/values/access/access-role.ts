/** What someone may do on the dashboard and by the API, each with all before it: look, respond, administer Muster itself. */
export const ACCESS_ROLES = ["viewer", "responder", "admin"] as const;
export type AccessRole = (typeof ACCESS_ROLES)[number];

/** Whether a role is at least the needed one; null is none. */
export function reachesRole(role: AccessRole | null, needed: AccessRole): boolean {
  return role !== null && ACCESS_ROLES.indexOf(role) >= ACCESS_ROLES.indexOf(needed);
}
