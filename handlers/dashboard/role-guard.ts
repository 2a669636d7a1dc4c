import type { RequestHandler } from "express";
import { accessRefusal } from "#domain/response/access-roles.ts";
import { reachesRole, type AccessRole } from "#domain/values/access/access-role.ts";
import { scopeRole } from "#domain/values/access/token-scope.ts";
import { findEndpoint } from "#handlers/access/endpoint-list.ts";
import { callerOf } from "#handlers/access/request-author.ts";
import { messagePage } from "#views/dashboard/page-frame.ts";
import { showForms, visitorOf, type DashboardAccess } from "./visitor.ts";

/** Lets a visitor do what their role allows; a page that is in no list does not exist. */
export function requireRole({
  hasAccess,
  shownRole,
}: Pick<DashboardAccess, "hasAccess" | "shownRole">): RequestHandler {
  return async (request, response, next) => {
    const endpoint = findEndpoint(request.method, request.originalUrl);
    if (endpoint === null) return sendNoPage(request, response, next);
    const { viewer, frame } = visitorOf(request);
    const { needs } = endpoint;
    const isToken = viewer.by === "token";
    const allowed = isToken ? reachesRole(scopeRole(callerOf(request).scopes), needs) : await hasAccess(viewer, needs);
    if (allowed) {
      showForms(request, formsFor(isToken ? scopeRole(callerOf(request).scopes)! : await shownRole(viewer)));
      return next();
    }
    const reason = isToken
      ? `This needs the role ${needs}: the token ${callerOf(request).name} has the scopes ${callerOf(request).scopes.join(", ")}.`
      : `${accessRefusal(needs)}.`;
    response
      .status(403)
      .type("html")
      .send(messagePage(frame, needs === "viewer" ? "Not for you" : "Not done", reason));
  };
}

/** Which forms are on the pages of someone who has a role. */
function formsFor(role: AccessRole): Parameters<typeof showForms>[1] {
  return {
    mayPost: (path) => reachesRole(role, findEndpoint("POST", path)?.needs ?? "admin"),
    lacks: reachesRole(role, "responder")
      ? null
      : "You may read, and not act: that needs the role responder (access.responders in muster.yaml; of a token its scopes).",
  };
}

/** The answer to an address that no page has. */
export const sendNoPage: RequestHandler = (request, response) => {
  if (!request.accepts("html") || request.method !== "GET")
    return void response.status(404).json({ error: `there is no ${request.method} ${request.path}` });
  response
    .status(404)
    .type("html")
    .send(messagePage(visitorOf(request).frame, "Not found", `There is no page ${request.path}.`));
};
