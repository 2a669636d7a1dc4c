import { randomUUID } from "node:crypto";
import { Router, urlencoded, type Request, type Response } from "express";
import { z } from "zod";
import type { Incident } from "#domain/incident/incident.ts";
import type { Instant } from "#domain/values/language.ts";
import { isFreshSession, needsStepUp } from "#domain/automation/approval.ts";
import { isDeclined } from "#domain/events/command-outcome.ts";
import { runId, runNumber, stepOfLine } from "#domain/automation/run.ts";
import type { EngineReader } from "#engine/loop/reader.ts";
import { messagePage } from "#views/dashboard/page-frame.ts";
import { onlyWhoSignIn, runPage } from "#views/dashboard/run-page.ts";
import { findVerb } from "#verbs/verb-registry.ts";
import type { CommandDoor } from "#handlers/command-reply.ts";
import { FORM_ID, placeOfForm, csrfGuard } from "./form-guard.ts";
import { sendNotFound, ownWay, visitorOf, type DashboardAccess, type SignInWay } from "./visitor.ts";

const Answer = z.object({
  do: z.enum(["approve", "deny"]),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** Which sending of which page this is; absent in a page of an earlier version. */
  key: z.string().regex(FORM_ID).optional(),
});

type FoundRun = NonNullable<Awaited<ReturnType<EngineReader["run"]>>>;

/** A run that the viewer may see, with the incident that it belongs to. */
type ShownRun = FoundRun & { readonly incident: Incident | null };

/** One run, and the answer to what it asks: for what is of high risk, by people who have just signed in. */
export function runRoutes(door: CommandDoor, access: DashboardAccess, clock: () => Instant): Router {
  const { read, policy } = door;
  const router = Router();

  router.get("/runs/:id", async (request, response) => {
    const found = await runOf(read, request, response);
    if (found === null) return;
    const { viewer, frame } = visitorOf(request);
    const stale = needsStepUp(found.run, policy()) && !isFreshSession(viewer.since, clock());
    const answer = viewer.by === "token" ? "token" : stale ? "sign-in" : "may";
    const refusals = await door.act.answerOffers(viewer, found.run, found.incident);
    response.type("html").send(
      runPage(frame, {
        ...found,
        full: new Set(found.full.map(({ idx, attempt }) => `${idx}:${attempt}`)),
        answer,
        refusals,
        signIn: ownWay(access.ways, viewer),
        key: randomUUID(),
        now: clock(),
      }),
    );
  });

  router.post(
    "/runs/:id/approval",
    urlencoded({ extended: false, limit: "10kb" }),
    csrfGuard(access),
    (request, response) => answerRun(door, { clock, ways: access.ways }, request, response),
  );

  router.get("/runs/:id/steps/:step/output", async (request, response) => {
    const found = await runOf(read, request, response);
    if (found === null) return;
    const body = await readStepOutput(read, found, String(request.params["step"]));
    if (body === null) return sendNotFound(request, response, "output of this step");
    response.type("text/plain; charset=utf-8").send(body);
  });
  return router;
}

async function runOf(read: EngineReader, request: Request, response: Response): Promise<ShownRun | null> {
  const id = String(request.params["id"]);
  const number = runNumber(id);
  const found = number === null ? null : await read.run(number);
  const incident = found?.run.incident == null ? null : await read.incident(found.run.incident);
  const { viewer, canSee } = visitorOf(request);
  if (found !== null && (incident === null || canSee(incident))) {
    if (incident !== null) await read.noteRead(incident, viewer);
    return { ...found, incident };
  }
  sendNotFound(request, response, `run ${id}`);
  return null;
}

/** Approves or denies, with a fresh sign-in. */
async function answerRun(
  { read, act, policy }: CommandDoor,
  { clock, ways }: { readonly clock: () => Instant; readonly ways: readonly SignInWay[] },
  request: Request,
  response: Response,
): Promise<void> {
  const found = await runOf(read, request, response);
  if (found === null) return;
  const { viewer, frame } = visitorOf(request);
  const way = ownWay(ways, viewer);
  const { run } = found;
  const sendText = (status: number, text: string): void =>
    void response
      .status(status)
      .type("html")
      .send(messagePage(frame, status === 200 ? "Done" : "Not done", text));
  const parsed = Answer.safeParse(request.body);
  if (!parsed.success) return sendText(400, "Go back, load the page again and answer there.");
  // A token is no one in particular.
  if (viewer.by !== "account") return sendText(403, onlyWhoSignIn(way));
  if (parsed.data.do === "approve" && needsStepUp(run, policy()) && !isFreshSession(viewer.since, clock()))
    return way === null
      ? sendText(403, onlyWhoSignIn(way))
      : response.redirect(303, `${way.path}?fresh=1&back=${encodeURIComponent(`/runs/${runId(run.number)}`)}`);
  const verbRequest = { kind: "run" as const, ask: { ...parsed.data, run: run.number, signedInAt: viewer.since } };
  const place = placeOfForm(viewer, parsed.data.key ?? randomUUID());
  const answer = await act.carryOut(
    { verb: findVerb("runbook")!, incident: run.incident, request: verbRequest },
    { id: viewer.id, name: viewer.name },
    place,
  );
  if (answer.kind === "answered") return sendText(isDeclined(answer.outcome) ? 400 : 200, answer.outcome.text);
  sendText(400, answer.kind === "problem" ? answer.text : "This cannot be answered here.");
}

/**
 * The whole output of the last attempt at a step, by the step's place or name; null when nothing is stored beyond what
 * the run shows.
 */
export async function readStepOutput(
  read: EngineReader,
  { run, full }: FoundRun,
  step: string,
): Promise<string | null> {
  const named = run.plan.steps.findIndex(({ id }) => id === step);
  const idx = named >= 0 ? named : /^\d{1,3}$/.test(step) ? Number(step) : -1;
  const last = full.filter((each) => stepOfLine(each.idx) === idx && each.idx >= 0).at(-1);
  return last === undefined ? null : await read.stepOutput(run.number, last.idx, last.attempt);
}
