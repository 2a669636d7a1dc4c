import type { Person } from "#domain/values/language.ts";
import type { Policy } from "./policy.ts";

/** A person of the policy, as far as a route needs them. `chatId`: their id in the chat; null: it is unknown. */
export type RoutedPerson = {
  readonly id: string;
  readonly name: string;
  readonly chatId: string | null;
  readonly email: string | null;
};

/** What a route needs of someone who is on call: by their name in the policy, or of someone whom only the chat knows by their id there. */
export function routedPerson(policy: Policy, id: string): RoutedPerson {
  const person = Object.hasOwn(policy.people, id) ? policy.people[id] : undefined;
  return person === undefined
    ? { id, name: id, chatId: id, email: null }
    : { id, name: person.name ?? id, chatId: person.chatId, email: person.email ?? null };
}

/** A member of the chat, as the policy knows them. */
export function knownPerson(policy: Policy, { id, name }: Person): RoutedPerson {
  const known = policyPersonName(policy, id);
  return known === null ? { id, name, chatId: id, email: null } : routedPerson(policy, known);
}

/** What someone is called under `people`, by that name or by their id in the chat; null when they are not there. */
export function policyPersonName(policy: Policy, id: string): string | null {
  return Object.keys(policy.people).find((key) => key === id || policy.people[key]?.chatId === id) ?? null;
}
