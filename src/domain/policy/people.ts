import type { Person } from "#domain/values/language.ts";
import type { Policy } from "./policy.ts";

/** A person of the policy, as far as a route needs them. */
export type RoutedPerson = {
  readonly id: string;
  readonly name: string;
  readonly slack: string | null;
  readonly email: string | null;
};

/** What a route needs of somebody whom the policy names. */
export function routedPerson(policy: Policy, id: string): RoutedPerson {
  const person = Object.hasOwn(policy.people, id) ? policy.people[id] : undefined;
  // Whoever stands in may be known to the chat only.
  const slack = person === undefined && isChatId(id) ? id : (person?.slack ?? null);
  return { id, name: person?.name ?? id, slack, email: person?.email ?? null };
}

/** Whether it is how the chat names people. */
export function isChatId(id: string): boolean {
  return /^[UW][A-Z0-9]{5,}$/.test(id);
}

/** Somebody of the chat, as the policy knows them. */
export function knownPerson(policy: Policy, { id, name }: Person): RoutedPerson {
  const known = policyPersonName(policy, id);
  return known === null ? { id, name, slack: id, email: null } : routedPerson(policy, known);
}

/** What somebody is called under `people`, by that name or by their id in the chat; null when they are not there. */
export function policyPersonName(policy: Policy, id: string): string | null {
  return Object.keys(policy.people).find((key) => key === id || policy.people[key]?.slack === id) ?? null;
}
