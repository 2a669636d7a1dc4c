import { createHash, randomUUID } from "node:crypto";
import { Router } from "express";
import { z } from "zod";
import {
  isDeclined,
  PENDING_ANSWER,
  unchangedOutcome,
  type CommandAnswer,
  type OutcomeKind,
} from "#domain/events/command-outcome.ts";
import { incidentNumber, type ActorVia } from "#domain/values/language.ts";
import type { CommandReply } from "#engine/loop/command-interpreter.ts";
import { findVerb } from "#verbs/verb-registry.ts";
import type { Verb } from "#verbs/verb.ts";
import { presentOutcome } from "#views/response/api-resources.ts";
import { plainText } from "#views/values/plain-text.ts";
import { renderReply, type CommandDoor } from "#handlers/command-reply.ts";
import { jsonBody } from "#handlers/bad-requests.ts";
import type { RequestCaller } from "#handlers/access/token-guard.ts";
import { approvalRefused, authorOf, callerOf, canApprove } from "#handlers/access/request-author.ts";
import { CallerName } from "#handlers/request-body.ts";
import { lookedUpName } from "./api-queries.ts";

const VIA_API: ActorVia = { way: "api" };

const Saying = z.strictObject({
  /** Words of the grammar: "INC-3 severity P1 the queue grows". */
  text: z.string().min(1).max(4_000),
  /** The author, as the timeline names them; a named token may leave it away, and then acts in its own name. */
  as: CallerName.optional(),
  incident: z.string().optional(),
  /** Requests of one token in one name with the same key count once; without a key each request counts. */
  key: lookedUpName.min(1).max(200).optional(),
});

/**
 * `POST /api/verbs`: what people type in the chat, from anywhere else. Answers with the outcome of the command; `usage`
 * shows how to write a verb that was not understood.
 * JSON only: a page of another site cannot send that without a preflight request, which is refused.
 */
export function verbApiRoutes(door: CommandDoor): Router {
  const router = Router();
  router.post("/verbs", jsonBody("64kb"), async (request, response) => {
    if (!request.is("application/json"))
      return void response.status(415).json({ error: "send JSON with content-type: application/json" });
    const parsed = Saying.safeParse(request.body);
    if (!parsed.success)
      return void response.status(400).json({
        error: parsed.error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`).join("; "),
      });
    const { text, as, incident, key } = parsed.data;
    const about = incident === undefined ? null : incidentNumber(incident);
    if (incident !== undefined && about === null)
      return void response.status(400).json({ error: `incident: "${incident}" is no incident; it looks like INC-12` });
    const caller = callerOf(request);
    const author = authorOf(caller, as ?? null, "api");
    if (!author.ok)
      return void response.status(author.status).json({ error: author.error, kind: "refused" satisfies OutcomeKind });
    const { person } = author;
    if (!canApprove(caller) && door.act.approvesRun(text))
      return void response.status(403).json({ error: approvalRefused(caller), kind: "refused" satisfies OutcomeKind });
    const via = person.via ?? VIA_API;
    const place = { key: deliveryKey(caller, person.id, key), channel: null, replyUrl: null, via };
    const answer = await door.act.runText(text, person, place, about === null ? null : { number: about, uid: null });
    if (answer.kind === "stored") {
      // A row that is gone already was pruned: as little is known of it as of one that waits.
      const outcome = (await door.read.outcome(answer.keys)) ?? PENDING_ANSWER;
      return void response.status(statusOf(outcome)).json(presentOutcome(outcome));
    }
    if (answer.kind === "answered")
      return void response.status(statusOf(answer.outcome)).json(presentOutcome(answer.outcome));
    const usage = usageOf(answer);
    const message = answer.kind === "form" ? null : await renderReply(door, answer, person);
    const reply =
      answer.kind === "form"
        ? `In the chat this opens a form; here say it in words: \`help ${answer.form}\` says how`
        : plainText(message!);
    if (answer.kind === "show")
      return void response.json(presentOutcome({ ...unchangedOutcome(answer.incident?.number ?? null), text: reply }));
    response
      .status(400)
      .json({ error: reply, kind: "refused" satisfies OutcomeKind, ...(usage === null ? {} : { usage }) });
  });
  return router;
}

/**
 * The delivery key of a request. What a sender calls its requests is its own affair: two tokens, or two people behind one,
 * that count from 1 do not take each other's answer. As a digest: no name and no key can be written so that it looks like
 * another pair.
 */
function deliveryKey({ kind, name }: RequestCaller, person: string, key: string | undefined): string {
  if (key === undefined) return `api:${randomUUID()}`;
  return `api:${createHash("sha256")
    .update(JSON.stringify([kind, name, person, key]))
    .digest("hex")}`;
}

function statusOf(outcome: CommandAnswer): number {
  return outcome.kind === "pending" ? 202 : isDeclined(outcome) ? 409 : 200;
}

/** The right usage when the words were not understood; null when they were. */
function usageOf(answer: CommandReply): string | null {
  switch (answer.kind) {
    case "stored":
    case "answered":
    case "show":
      return null;
    case "form":
      return verbUsage(findVerb(answer.form)!);
    case "pick":
      return `INC-n ${answer.text}`;
    case "problem":
      return answer.wrong === null ? null : verbUsage(answer.wrong);
  }
}

function verbUsage({ about, name, usage }: Verb): string {
  return `${about === "incident" ? "INC-n " : ""}${name} ${usage}`.trimEnd();
}
