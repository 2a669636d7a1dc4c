import { Router, type Request, type Response } from "express";
import { z } from "zod";
import {
  describeRetry,
  parseDeadLetterId,
  type DeadLetterRef,
  type DeadLetterState,
} from "#domain/reporting/dead-letter.ts";
import type { DeadLetterBox } from "#engine/loop/dead-letters.ts";
import { presentDeadLetter } from "#views/reporting/dead-letter-resource.ts";
import { jsonBody } from "#handlers/bad-requests.ts";
import { CallerName } from "#handlers/request-body.ts";
import { parseBody, parseQuery, requestActor } from "./api-queries.ts";

const ShowQuery = z.strictObject({ private: z.enum(["true", "false"]).default("false") });
const ListQuery = ShowQuery.extend({
  limit: z.coerce.number().int().min(1).max(1_000).default(200),
});
/** In whose name; a named token may leave it away. */
const Retry = z.strictObject({ as: CallerName.optional() });
const Drop = z.strictObject({
  as: CallerName.optional(),
  reason: z.string().trim().min(3, "say why, in a few words").max(500),
});

/** `/api/deadletters`: what was put aside; retry and drop. JSON only, as for verbs. */
export function deadLetterApiRoutes(letters: DeadLetterBox): Router {
  const router = Router();
  router.get("/deadletters", async (request, response) => {
    const query = parseQuery(ListQuery, request.query, response);
    if (query === null) return;
    const [total, found] = await Promise.all([letters.count(), letters.list(query.limit)]);
    response.json({
      total,
      deadLetters: found.map((each) => presentDeadLetter(each, query.private === "true")),
    });
  });
  router.get("/deadletters/:id", async (request, response) => {
    const ref = refOf(request, response);
    const query = ref === null ? null : parseQuery(ShowQuery, request.query, response);
    if (ref === null || query === null) return;
    const letter = await letters.find(ref);
    if (letter === null) sendNoLetter(request, response);
    else if (letter.private && query.private !== "true")
      response.status(404).json({ error: `${idOf(request)} is of a private incident: it is shown with private=true` });
    else response.json({ ...presentDeadLetter(letter, true), body: letter.body });
  });
  router.post("/deadletters/:id/retry", jsonBody("10kb"), async (request, response) => {
    const ref = refOf(request, response);
    const sent = ref === null ? null : parseBody(Retry, request, response);
    if (ref === null || sent === null) return;
    const actor = requestActor(request, sent.as, response);
    if (actor === null) return;
    const state = await letters.retry(ref, actor);
    if (state === null) sendNoLetter(request, response);
    else response.status(STATUS[state.kind]).json({ id: idOf(request), state: state.kind, text: describeRetry(state) });
  });
  router.post("/deadletters/:id/drop", jsonBody("10kb"), async (request, response) => {
    const ref = refOf(request, response);
    const sent = ref === null ? null : parseBody(Drop, request, response);
    if (ref === null || sent === null) return;
    const actor = requestActor(request, sent.as, response);
    if (actor === null) return;
    if ((await letters.drop(ref, actor, sent.reason)) === null) sendNoLetter(request, response);
    else response.json({ id: idOf(request), state: "dropped", text: `dropped: ${sent.reason}` });
  });
  return router;
}

const STATUS: Readonly<Record<DeadLetterState["kind"], number>> = { done: 200, pending: 202, failed: 409 };

function idOf(request: Request): string {
  return String(request.params["id"]).toUpperCase();
}

function refOf(request: Request, response: Response): DeadLetterRef | null {
  const ref = parseDeadLetterId(idOf(request));
  if (ref === null)
    response.status(400).json({
      error: `"${String(request.params["id"])}" is no dead letter; it looks like C12 (command) or E34 (effect)`,
    });
  return ref;
}

function sendNoLetter(request: Request, response: Response): void {
  response.status(404).json({
    error: `there is no dead letter ${idOf(request)}: it never was one, or someone has retried or dropped it. \`muster deadletter list\` shows what is left`,
  });
}
