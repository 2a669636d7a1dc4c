import { Router } from "express";
import { z } from "zod";
import { formatIso } from "#domain/values/instant.ts";
import type { AccountSession } from "#domain/policy/account-session.ts";
import type { AuditLog } from "#ports/audit-log.ts";
import { jsonBody } from "#handlers/bad-requests.ts";
import { CallerName } from "#handlers/request-body.ts";
import { parseBody, requestActor } from "./api-queries.ts";
import { sessionEndNote, type SessionStore } from "#handlers/session-store.ts";

const Revocation = z.strictObject({ as: CallerName.optional() });

/** `/api/sessions`: who is signed in to the dashboard, and the end of a session. JSON only, as for verbs. */
export function sessionApiRoutes(store: SessionStore, audit: Pick<AuditLog, "record">): Router {
  const router = Router();
  router.get("/sessions", async (_, response) => {
    response.json({ sessions: (await store.list()).map(presentSession) });
  });
  router.post("/sessions/:number/revoke", jsonBody("10kb"), async (request, response) => {
    const sent = parseBody(Revocation, request, response);
    const actor = sent === null ? null : requestActor(request, sent.as, response);
    if (actor === null) return;
    const given = String(request.params["number"]);
    if (!/^[1-9]\d{0,14}$/.test(given))
      return void response.status(400).json({ error: `"${given}" is no number of a session` });
    if (await store.end(Number(given), `ended by ${actor.name}`)) {
      await audit.record(sessionEndNote(Number(given), actor));
      return void response.json({ number: Number(given), text: "ended" });
    }
    response
      .status(404)
      .json({ error: `there is no open session ${given}; \`muster session list\` shows the open ones` });
  });
  return router;
}

function presentSession(session: AccountSession) {
  const { number, person, name, email, way, openedAt, seenAt, expiresAt } = session;
  return {
    ...{ number, person, name, email, way },
    openedAt: formatIso(openedAt),
    lastUsedAt: formatIso(seenAt),
    expiresAt: formatIso(expiresAt),
  };
}
