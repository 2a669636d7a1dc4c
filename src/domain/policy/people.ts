import { apiPerson } from "#domain/values/api-actor.ts";
import type { Actor, ActorVia, Person } from "#domain/values/language.ts";
import { distinctName } from "#domain/values/access/reserved-name.ts";
import type { Policy } from "./policy.ts";

/** A person of the policy, as far as a route needs them. `chatId`: their id in the chat; null: it is unknown. */
export type RoutedPerson = {
  readonly id: string;
  readonly name: string;
  readonly chatId: string | null;
  readonly email: string | null;
};

/**
 * What a route needs of someone who is on call: by their name in the policy, or by their id in the chat when the policy
 * does not have them.
 */
export function routedPerson(policy: KnownPeople, id: string): RoutedPerson {
  const person = Object.hasOwn(policy.people, id) ? policy.people[id] : undefined;
  return person === undefined
    ? { id, name: id, chatId: id, email: null }
    : { id, name: person.name ?? id, chatId: person.chatId, email: person.email ?? null };
}

/** A member of the chat, as the policy names them. */
export function knownPerson(policy: KnownPeople, { id, name }: Person): RoutedPerson {
  const known = policyPersonName(policy, id);
  return known === null ? { id, name, chatId: id, email: null } : routedPerson(policy, known);
}

/**
 * What someone is called under `people`, by that name or by any id of theirs; null when they are not there, or when the id
 * is of several, as an address of a team is.
 */
export function policyPersonName(policy: KnownPeople, id: string): string | null {
  if (Object.hasOwn(policy.people, id)) return id;
  const found = Object.keys(policy.people).filter((key) => policy.people[key]!.ids.includes(id));
  return found.length === 1 ? found[0]! : null;
}

/** The people of the policy, with every id of theirs. */
export type KnownPeople = Pick<Policy, "people">;

type PersonId = Pick<Person, "id">;

/**
 * Whether two actors are one person: the only comparison of people there is. Ids of the chat, the pager, the API and a
 * sign-in are joined by the policy; a person whom it does not list is only their own id.
 * @param policy null in a fold of events, which looks at nothing else: doors store a known person by one id
 */
export function isSamePerson(
  policy: KnownPeople | null,
  one: PersonId | null | undefined,
  other: PersonId | null | undefined,
): boolean {
  if (one == null || other == null) return false;
  if (one.id === other.id) return true;
  const name = policy === null ? null : policyPersonName(policy, one.id);
  return name !== null && name === policyPersonName(policy!, other.id);
}

/**
 * Whether someone is a person that Muster can distinguish from others: someone under `people`, or where no one is listed
 * there, anyone whom the chat vouches for.
 */
export function isKnownPerson(policy: KnownPeople, { id }: PersonId): boolean {
  return Object.keys(policy.people).length === 0 ? !/^\w+:/.test(id) : policyPersonName(policy, id) !== null;
}

/** Whether a person is one of those whose ids these are. */
export function isPersonAmong(policy: KnownPeople | null, ids: readonly string[], person: PersonId): boolean {
  if (ids.includes(person.id)) return true;
  const name = policy === null ? null : policyPersonName(policy, person.id);
  if (name === null) return false;
  const own = [name, ...policy!.people[name]!.ids];
  return ids.some((id) => own.includes(id));
}

/**
 * Who acts, by the one id and the name that the policy has for them. Someone who calls themselves as Muster does is shown
 * with their id: names of the chat and of a sign-in are their owners' to choose.
 */
export function resolveActor(policy: KnownPeople, { id, ...given }: Person, via?: ActorVia): Actor {
  const name = distinctName({ id, ...given });
  const way = via === undefined ? {} : { via };
  const known = policyPersonName(policy, id);
  const holder = via?.token === undefined ? null : policyPersonName(policy, apiPerson(via.token).id);
  // One person's token does not let anyone act as another person.
  if (holder !== null && holder !== known)
    return { kind: "person", id: apiPerson(`${via!.token!} as ${name}`).id, name, ...way };
  if (known === null) return { kind: "person", id, name, ...way };
  const person = policy.people[known]!;
  return { kind: "person", id: person.chatId ?? known, name: person.name ?? known, ...way };
}
