import { AsyncLocalStorage } from "node:async_hooks";
import type { IncomingMessage } from "node:http";
import type { RequestHandler } from "express";
import type { RequestClient } from "#domain/reporting/audit-entry.ts";
import { apiPerson } from "#domain/values/api-actor.ts";
import type { Person } from "#domain/values/language.ts";
import { oneLine } from "#domain/values/text.ts";
import { clientAddress, type GuardedRequest, type TrustedProxies } from "./local-request.ts";
import { callerOf, callerPerson } from "./request-author.ts";
import { parseCredentials } from "./request-credentials.ts";

const asking = new AsyncLocalStorage<RequestClient>();

/** Where the request that is being answered came from; null outside of a request. */
export function currentClient(): RequestClient | null {
  return asking.getStore() ?? null;
}

/** Keeps for each request where it came from, until it is answered. `vendors`: what their doors' paths begin with. */
export function keepClient(vendors: readonly string[], proxies: TrustedProxies): RequestHandler {
  return (request, _, next) => {
    const first = request.path.split("/")[1] ?? "";
    const way = first === "api" || vendors.includes(first) ? first : first === "webhooks" ? "webhook" : "dashboard";
    asking.run({ way, address: clientAddress(request, proxies) }, next);
  };
}

/** Who is named beside a token that was refused: what they call themselves; null where no token was shown. */
export function shownPerson({ headers }: Pick<GuardedRequest, "headers">): Person | null {
  const shown = parseCredentials(headers.authorization);
  return shown === null ? null : apiPerson(oneLine(shown.user ?? "", 100) || "unknown");
}

/** Who reads by a token that was let in. */
export function tokenPerson(request: IncomingMessage): Person {
  return callerPerson(callerOf(request), "api");
}
