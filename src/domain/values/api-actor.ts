import type { Actor, ActorVia, Person } from "./language.ts";

/** The prefix of the id of a person who acts through the API. Ids are stored with each event: it stays. */
const PREFIX = "api:";

/** A person who acts through the API. The token does not identify them: their name is what they call themselves. */
export function apiPerson(name: string): Person {
  return { id: `${PREFIX}${name}`, name };
}

/**
 * Whether someone acts through the API, or by a token wherever they show it: they have no place in the chat, they choose
 * their name, and two of their names are not two people.
 */
export function isApiActor({ id, via }: Pick<Actor, "id" | "via">): boolean {
  return id.startsWith(PREFIX) || via?.way === "api" || via?.way === "cli" || via?.token !== undefined;
}

/** The text for each way after a name. People usually act in the chat, and what comes from the pager names it already. */
const WAYS: Readonly<Record<ActorVia["way"], string>> = {
  chat: "",
  pager: "",
  api: " via API",
  cli: " via the command line",
  dashboard: " via the dashboard",
};

/** By which way someone acted, to follow the text about it: " via API token ci-bot"; "" in the chat, and where it is unknown. */
export function describeVia({ via }: Pick<Actor, "via">): string {
  if (via === undefined) return "";
  const token = via.token === undefined ? "" : `token ${via.token}`;
  return WAYS[via.way] === "" && token !== "" ? ` via ${token}` : `${WAYS[via.way]}${token === "" ? "" : ` ${token}`}`;
}

/** As whom and by which way someone acted: "Alice via API token ci-bot". */
export function describeActor(actor: Pick<Actor, "name" | "via">): string {
  return `${actor.name}${describeVia(actor)}`;
}

/** The way in by which an actor comes, where the request itself does not show it. */
export function wayOfActor(actor: Pick<Actor, "id">): string {
  return isApiActor(actor) ? "api" : "chat";
}
