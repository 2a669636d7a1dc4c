import { randomUUID } from "node:crypto";
import { Router, urlencoded, type Request, type Response } from "express";
import { z } from "zod";
import { readReference } from "#domain/incident/incident-reference.ts";
import { isDeclined } from "#domain/events/command-outcome.ts";
import type { Instant } from "#domain/values/language.ts";
import { messagePage } from "#views/dashboard/page-frame.ts";
import { incidentPage } from "#views/dashboard/incident-page.ts";
import type { TimelineFilter } from "#views/dashboard/timeline-section.ts";
import { incidentPath } from "#domain/incident/incident-path.ts";
import { approvalRefused, callerOf } from "#handlers/access/request-author.ts";
import { plainText } from "#views/values/plain-text.ts";
import { renderReply, type CommandDoor } from "#handlers/command-reply.ts";
import { csrfGuard, readOutcome, FORM_ID, placeOfForm, viaOf } from "./form-guard.ts";
import { findVisibleIncident, visitorOf, type DashboardAccess } from "./visitor.ts";

const Words = z.object({
  text: z.string().trim().min(1).max(4_000),
  key: z.string().regex(FORM_ID),
  /** What goes before the text: the words that the form is about. */
  about: z.string().trim().max(100).optional(),
  /** The incident that the form's page showed; absent in one of an earlier version. */
  of: z.string().max(40).optional(),
  /** The page of the form, where its outcome is shown. */
  page: z.literal("postmortem").optional(),
});

const Filter = z.object({
  kind: z.string().max(30).catch("all").default("all"),
  text: z.string().max(200).catch("").default(""),
  page: z.coerce.number().int().catch(0).default(0),
  entry: z.coerce.number().int().optional().catch(undefined),
});

/** Alerts that the page of an incident lists. */
const ALERTS = 100;

/** One incident, and what people do about it: words of the one grammar, as in the chat. */
export function incidentRoutes(door: CommandDoor, access: DashboardAccess, clock: () => Instant): Router {
  const { read } = door;
  const router = Router();

  router.get("/incidents/:id", async (request, response) => {
    // Waited for before anything else is read: what the page shows is the state after it.
    const outcome = await readOutcome(request, read);
    const incident = await findVisibleIncident(read, request, response);
    if (incident === null) return;
    const filter = Filter.parse(request.query);
    // Looked at first: what happens from here on is news to the page.
    const marks = await read.liveMarks([incident.number]);
    const { mergedInto } = incident;
    const { viewer, frame } = visitorOf(request);
    const [timeline, alerts, runs, links, refusalOf] = await Promise.all([
      read.timeline(incident.number),
      read.alerts({ incident: incident.number, limit: ALERTS }),
      read.runsIn(incident.number),
      read.links(mergedInto === null ? [] : [mergedInto]),
      door.act.offers(viewer, viaOf(viewer), incident),
    ]);
    const view = {
      incident,
      timeline: timeline ?? [],
      alerts,
      runs,
      links,
      mark: marks.incidents.get(incident.number) ?? "",
      filter: filter satisfies TimelineFilter,
      answer: outcome,
      refusalOf,
      key: randomUUID(),
      now: clock(),
    };
    response.type("html").send(incidentPage(frame, view));
  });

  router.post(
    "/incidents/:id/verbs",
    urlencoded({ extended: false, limit: "64kb" }),
    csrfGuard(access),
    (request, response) => takeWords(door, request, response),
  );
  return router;
}

/** Runs the words, and answers with the page or with the outcome. */
async function takeWords(door: CommandDoor, request: Request, response: Response): Promise<void> {
  const { read, act } = door;
  const incident = await findVisibleIncident(read, request, response);
  if (incident === null) return;
  const { viewer, frame } = visitorOf(request);
  const parsed = Words.safeParse(request.body);
  if (!parsed.success)
    return void response
      .status(400)
      .type("html")
      .send(messagePage(frame, "Not done", "Type what to do."));
  const { key, page, about: verb } = parsed.data;
  const text = verb === undefined ? parsed.data.text : `${verb} ${parsed.data.text}`;
  const person = { id: viewer.id, name: viewer.name, ...(viewer.via === undefined ? {} : { via: viewer.via }) };
  if (viewer.by === "token" && act.approvesRun(text))
    return void response
      .status(403)
      .type("html")
      .send(messagePage(frame, "Not done", approvalRefused(callerOf(request))));
  const place = placeOfForm(viewer, key);
  // A page that was opened before a restore may be about another incident of this number.
  const shown = readReference(parsed.data.of ?? "");
  const about = shown?.number === incident.number ? shown : { number: incident.number, uid: null };
  const answer = await act.runText(text, person, place, about);
  if (answer.kind === "stored")
    return response.redirect(
      303,
      incidentPath(incident, { ...(page === undefined ? {} : { page }), query: { said: key } }),
    );
  const message = answer.kind === "form" ? null : await renderReply(door, answer, person);
  const label =
    answer.kind === "form"
      ? `“${text}” opens a form in the chat. Here say it in words: “help ${text}” tells how.`
      : plainText(message!);
  const done = answer.kind === "show" || (answer.kind === "answered" && !isDeclined(answer.outcome));
  response
    .status(done ? 200 : 400)
    .type("html")
    .send(messagePage(frame, done ? text.slice(0, 100) : "Not done", label));
}
