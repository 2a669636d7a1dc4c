import type { IncomingMessage } from "node:http";
import { apiPerson } from "#domain/values/api-actor.ts";
import type { Actor, ActorVia, Person } from "#domain/values/language.ts";
import { isReservedName } from "#domain/values/access/reserved-name.ts";
import { oneLine } from "#domain/values/text.ts";
import type { RequestCaller } from "./token-guard.ts";

const callers = new WeakMap<IncomingMessage, RequestCaller>();

/** Keeps who sends a request, for the doors behind the guard. */
export function setCaller(request: IncomingMessage, caller: RequestCaller): void {
  callers.set(request, caller);
}

/** Who sends a request that a guard has let in. */
export function callerOf(request: IncomingMessage): RequestCaller {
  const caller = callers.get(request);
  if (caller === undefined) throw new Error("bug: a door without a guard");
  return caller;
}

/** In whose name a request acts, or why it may not in this one. */
export type RequestAuthor =
  | { readonly ok: true; readonly person: Person & Pick<Actor, "via"> }
  | { readonly ok: false; readonly status: 400 | 403; readonly error: string };

/**
 * In whose name a request acts: a named token in its own, unless it may act for others; tokens of the settings, and
 * programs on this machine, in the name that they give. Which token it was stays with the name.
 * @param as the name that the request gives; null: none
 */
export function authorOf(caller: RequestCaller, as: string | null, way: ActorVia["way"]): RequestAuthor {
  const via = viaOf(caller, way);
  if (caller.kind === "named" && (as === null || as === caller.name))
    return { ok: true, person: { ...apiPerson(caller.name), via } };
  if (as === null) return { ok: false, status: 400, error: "as: say in whose name this is" };
  if (isReservedName(as))
    return { ok: false, status: 400, error: `as: no one but Muster acts as ${as}: give another name` };
  if (!caller.scopes.includes("impersonate"))
    return {
      ok: false,
      status: 403,
      error: `as: the token ${caller.name} acts in its own name only: leave "as" away, or give a token the scope impersonate`,
    };
  return { ok: true, person: { ...apiPerson(as), via } };
}

/** As whom a token looks and acts where no name is asked for: the user of Basic authentication, where it may act for others. */
export function callerPerson(caller: RequestCaller, way: ActorVia["way"]): Person & Pick<Actor, "via"> {
  const own = { named: caller.name, setting: "api", local: "local" }[caller.kind];
  const named = caller.scopes.includes("impersonate") ? oneLine(caller.user ?? "", 100) : "";
  return { ...apiPerson(isReservedName(named) ? own : named || own), via: viaOf(caller, way) };
}

/** A program on this machine is one of the API, also on the dashboard: what shows that no one vouches for its name is its token or this. */
function viaOf({ kind, name }: RequestCaller, way: ActorVia["way"]): ActorVia {
  return kind === "local" ? { way: way === "dashboard" ? "api" : way } : { way, token: name };
}

/** Whether what a request does may count as an approval of a run. */
export function canApprove({ scopes }: RequestCaller): boolean {
  return !scopes.includes("approve:none");
}

/** Why a token approves no run: by its scope, or because its holder chooses their name. */
export function approvalRefused(caller: RequestCaller): string {
  return canApprove(caller)
    ? "A token approves no runs: approve in the chat, or here after you signed in."
    : `The token ${caller.name} approves no runs: it has the scope approve:none.`;
}
