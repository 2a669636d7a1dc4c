import { Router, type Request, type RequestHandler } from "express";
import { scopeRole } from "#domain/values/access/token-scope.ts";
import type { GuardAnswer, RequestGuard } from "./token-guard.ts";

/** Whether a request may see metrics and the details of health. */
export type DetailsAccess = (request: Request) => Promise<boolean>;

/** Shows details to those whom a guard lets in; null: to everyone. */
export function detailsAccess(guard: RequestGuard | null): DetailsAccess {
  if (guard === null) return () => Promise.resolve(true);
  return async (request) => {
    const answer = await guard(request);
    return answer.ok && scopeRole(answer.caller.scopes) !== null;
  };
}

/** Answers /metrics to those who may not see it: that they lack a token, not that there is no such page. */
export function closedMetrics(guard: RequestGuard | null): Router {
  const router = Router();
  if (guard === null) return router;
  const refuseMetrics: RequestHandler = async (request, response) => sendRefusal(await guard(request), response);
  router.get("/metrics", refuseMetrics);
  return router;
}

function sendRefusal(answer: GuardAnswer, response: Parameters<RequestHandler>[1]): void {
  if (answer.ok)
    return void response.status(403).json({ error: "this token does not open /metrics: it needs the scope read" });
  if (answer.retryAfter !== null) response.set("retry-after", String(answer.retryAfter));
  response.status(answer.status).set("www-authenticate", 'Basic realm="Muster"').json({ error: answer.reason });
}
