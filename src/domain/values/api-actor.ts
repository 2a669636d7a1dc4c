import type { Actor, Person } from "./language.ts";

/** What the id of whoever acts through the API begins with. Ids are stored with each event: it stays. */
const PREFIX = "api:";

/** Whoever acts through the API. Its token says nothing of who they are: their name is only what they call themselves. */
export function apiPerson(name: string): Person {
  return { id: `${PREFIX}${name}`, name };
}

/** Whether someone acts through the API: they have no place in the chat, and two of their names are not two people. */
export function isApiActor({ id }: Pick<Actor, "id">): boolean {
  return id.startsWith(PREFIX);
}
