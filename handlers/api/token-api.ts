import { Router, type Request, type Response } from "express";
import { z } from "zod";
import {
  DEFAULT_GRACE_MS,
  LONGEST_GRACE_MS,
  LONGEST_LIFE_MS,
  tokenState,
  type ApiToken,
  type IssuedToken,
  type TokenRefusal,
  type TokenRegistry,
} from "#domain/response/api-token.ts";
import type { AuditEntry } from "#domain/reporting/audit-entry.ts";
import { scopeRole, readScopes } from "#domain/values/access/token-scope.ts";
import { DAY_MS } from "#domain/values/duration.ts";
import { formatIso } from "#domain/values/instant.ts";
import type { Instant } from "#domain/values/language.ts";
import { callerOf } from "#handlers/access/request-author.ts";
import { currentClient, tokenPerson } from "#handlers/access/request-client.ts";
import { jsonBody } from "#handlers/bad-requests.ts";
import { parseBody } from "./api-queries.ts";

const Order = z.strictObject({
  name: z.string().max(60),
  scopes: z.array(z.string().max(80)).max(50),
  /** null: it does not expire. */
  expiresInDays: z
    .number()
    .positive()
    .max(LONGEST_LIFE_MS / DAY_MS)
    .nullable()
    .default(null),
});
const Rotation = z.strictObject({
  graceDays: z
    .number()
    .min(0)
    .max(LONGEST_GRACE_MS / DAY_MS)
    .default(DEFAULT_GRACE_MS / DAY_MS),
});

/** Who works on tokens by a request, for the audit log. */
type TokenRequest = Pick<AuditEntry, "person" | "way" | "address">;

/** `GET /api/me`: as whom a request comes in, and what it may do. */
export function addCallerApi(router: Router): void {
  router.get("/me", (request, response) => {
    const { kind, name, scopes } = callerOf(request);
    response.json({ kind, name, scopes, role: scopeRole(scopes) });
  });
}

/** `/api/tokens`: named tokens, for admins. A secret is in the one answer to what made it. JSON only, as for verbs. */
export function tokenApiRoutes(registryFor: (author: TokenRequest) => TokenRegistry, clock: () => Instant): Router {
  const router = Router();
  const registryOf = (request: Request): TokenRegistry => {
    const { id, name } = tokenPerson(request);
    return registryFor({ person: { id, name }, way: "api", address: currentClient()?.address ?? null });
  };
  router.get("/tokens", async (request, response) => {
    response.json({ tokens: (await registryOf(request).list()).map((token) => presentToken(token, clock())) });
  });
  router.post("/tokens", jsonBody("10kb"), async (request, response) => {
    const order = parseBody(Order, request, response);
    if (order === null) return;
    const read = readScopes(order.scopes);
    if ("problem" in read) return void response.status(400).json({ error: `scopes: ${read.problem}` });
    const expiresAt = order.expiresInDays === null ? null : clock() + order.expiresInDays * DAY_MS;
    const createdBy = callerOf(request).name;
    sendIssued(
      await registryOf(request).create({ name: order.name, scopes: read.scopes, createdBy, expiresAt }),
      201,
      clock(),
      response,
    );
  });
  router.post("/tokens/:name/revoke", jsonBody("10kb"), async (request, response) => {
    if (parseBody(z.strictObject({}), request, response) === null) return;
    const revoked = await registryOf(request).revoke(String(request.params.name));
    if ("refused" in revoked) response.status(409).json({ error: revoked.refused });
    else response.json(presentToken(revoked, clock()));
  });
  router.post("/tokens/:name/rotate", jsonBody("10kb"), async (request, response) => {
    const sent = parseBody(Rotation, request, response);
    if (sent === null) return;
    sendIssued(
      await registryOf(request).rotate(String(request.params.name), sent.graceDays * DAY_MS),
      200,
      clock(),
      response,
    );
  });
  return router;
}

function sendIssued(issued: IssuedToken | TokenRefusal, status: number, now: Instant, response: Response): void {
  if ("refused" in issued) return void response.status(409).json({ error: issued.refused });
  response.status(status).json({ ...presentToken(issued.token, now), secret: issued.secret });
}

function presentToken(token: ApiToken, now: Instant): object {
  const { name, scopes, createdBy, createdAt, expiresAt, lastUsedAt, rotatedAt, revokedAt } = token;
  const iso = (at: Instant | null): string | null => (at === null ? null : formatIso(at));
  return {
    name,
    state: tokenState(token, now),
    scopes,
    createdBy,
    createdAt: formatIso(createdAt),
    expiresAt: iso(expiresAt),
    lastUsedAt: iso(lastUsedAt),
    rotatedAt: iso(rotatedAt),
    revokedAt: iso(revokedAt),
  };
}
