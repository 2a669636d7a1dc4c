import type { RequestHandler } from "express";
import { reachesRole } from "#domain/values/access/access-role.ts";
import { scopeRole } from "#domain/values/access/token-scope.ts";
import { findEndpoint } from "./endpoint-list.ts";
import { callerOf, setCaller } from "./request-author.ts";
import type { RequestGuard } from "./token-guard.ts";

/** Lets in who shows a token; others learn what is missing. */
export function requireToken(guard: RequestGuard): RequestHandler {
  return async (request, response, next) => {
    const answer = await guard(request);
    if (answer.ok) {
      setCaller(request, answer.caller);
      return next();
    }
    if (answer.retryAfter !== null) response.set("retry-after", String(answer.retryAfter));
    if (answer.status === 401) response.set("www-authenticate", 'Basic realm="Muster"');
    response.status(answer.status).json({ error: answer.reason });
  };
}

/** Lets a token do what its scopes allow; an address that is in no list does not exist. */
export const requireEndpoint: RequestHandler = (request, response, next) => {
  const endpoint = findEndpoint(request.method, request.originalUrl);
  const { name, scopes } = callerOf(request);
  const role = scopeRole(scopes);
  if (role === null)
    return void response
      .status(403)
      .json({ error: `the token ${name} does not open the API: it has the scopes ${scopes.join(", ")}` });
  if (endpoint === null)
    return void response.status(404).json({ error: `there is no ${request.method} ${request.baseUrl}${request.path}` });
  if (reachesRole(role, endpoint.needs)) return next();
  response
    .status(403)
    .json({ error: `this is for the role ${endpoint.needs}: the token ${name} has the scopes ${scopes.join(", ")}` });
};
