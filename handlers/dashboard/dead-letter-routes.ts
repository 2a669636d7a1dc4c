import { Router, urlencoded, type Request, type Response } from "express";
import { z } from "zod";
import {
  deadLetterId,
  describeRetry,
  parseDeadLetterId,
  type DeadLetter,
  type DeadLetterRef,
} from "#domain/reporting/dead-letter.ts";
import type { Actor } from "#domain/values/language.ts";
import type { DeadLetterBox } from "#engine/loop/dead-letters.ts";
import type { EngineReader } from "#engine/loop/reader.ts";
import { deadLetterPage } from "#views/dashboard/dead-letter-page.ts";
import { csrfGuard } from "./form-guard.ts";
import { sendNotFound, visitorOf, type DashboardAccess } from "./visitor.ts";

/** Dead letters on the page; the API lists more. */
const MAX_LISTED = 200;
const Reason = z.object({ reason: z.string().trim().min(3).max(500) });
const GONE = "is not put aside: someone has retried or dropped it.";

/** The page of what was put aside, and its two buttons. */
export function deadLetterRoutes(letters: DeadLetterBox, read: EngineReader, access: DashboardAccess): Router {
  const router = Router();
  const form = [urlencoded({ extended: false, limit: "10kb" }), csrfGuard(access)];
  router.get("/dead-letters", (request, response) => sendPage(letters, read, request, response, null));
  router.post("/dead-letters/:id/retry", ...form, async (request: Request, response: Response) => {
    const ref = refOf(request, response);
    if (ref === null) return;
    const state = await letters.retry(ref, actorOf(request));
    const text = state === null ? GONE : `${describeRetry(state)}.`;
    const ok = state !== null && state.kind !== "failed";
    await sendPage(letters, read, request, response, { ok, text: `${deadLetterId(ref)} ${text}` });
  });
  router.post("/dead-letters/:id/drop", ...form, async (request: Request, response: Response) => {
    const ref = refOf(request, response);
    if (ref === null) return;
    const parsed = Reason.safeParse(request.body);
    const ok = parsed.success && (await letters.drop(ref, actorOf(request), parsed.data.reason)) !== null;
    const text = ok ? "is dropped." : parsed.success ? GONE : "is not dropped: say why, in a few words.";
    await sendPage(letters, read, request, response, { ok, text: `${deadLetterId(ref)} ${text}` });
  });
  return router;
}

async function sendPage(
  letters: DeadLetterBox,
  read: EngineReader,
  request: Request,
  response: Response,
  answer: { readonly ok: boolean; readonly text: string } | null,
): Promise<void> {
  const { canSee, frame } = visitorOf(request);
  const [counts, found] = await Promise.all([letters.count(), letters.list(MAX_LISTED)]);
  const shown = await Promise.all(
    found.map(async (each): Promise<DeadLetter> => {
      if (!each.private) return each;
      const incident = await read.incident(each.incident!);
      return incident !== null && canSee(incident)
        ? { ...each, private: false }
        : { ...each, incident: null, reason: "of a private incident" };
    }),
  );
  const links = await read.links(shown.flatMap(({ incident }) => incident ?? []));
  response
    .status(answer === null || answer.ok ? 200 : 409)
    .type("html")
    .send(deadLetterPage(frame, shown, counts, answer, links));
}

function refOf(request: Request, response: Response): DeadLetterRef | null {
  const id = String(request.params["id"]);
  const ref = parseDeadLetterId(id);
  if (ref === null) sendNotFound(request, response, `dead letter ${id}`);
  return ref;
}

function actorOf(request: Request): Actor {
  const { id, name, via } = visitorOf(request).viewer;
  return { kind: "person", id, name, ...(via === undefined ? {} : { via }) };
}
