import { Router } from "express";
import type { Incident } from "#domain/incident/incident.ts";
import { incidentNumber } from "#domain/values/language.ts";
import type { EngineReader } from "#engine/loop/reader.ts";
import type { DeadLetterBox } from "#engine/loop/dead-letters.ts";
import type { SectionEditor } from "#engine/postmortem/section-editor.ts";
import { oncallPage } from "#views/dashboard/oncall-page.ts";
import { messagePage } from "#views/dashboard/page-frame.ts";
import { deadLetterRoutes } from "./dead-letter-routes.ts";
import { statisticsRoutes } from "./statistics-routes.ts";
import { incidentRoutes } from "./incident-routes.ts";
import { postmortemRoutes } from "./postmortem-routes.ts";
import { runRoutes } from "./run-routes.ts";
import { runbookRoutes, type RunbookCatalogView } from "./runbook-routes.ts";
import type { createLiveUpdates } from "./live-updates.ts";
import { addIncidentList, addOpenIncidents } from "./incident-list-routes.ts";
import { refusalRoutes, type SettleRefusals } from "./refusal-routes.ts";
import { signInRoutes } from "./sign-in-routes.ts";
import type { SignIn } from "#ports/sign-in.ts";
import type { CommandDoor } from "#handlers/command-reply.ts";
import {
  signInWay,
  pageErrorHandler,
  requireVisitor,
  setSecurityHeaders,
  canSeeIncident,
  visitorOf,
  type DashboardAccess,
} from "./visitor.ts";

/** Everything the dashboard needs. `signIn`: null where no one can sign in. */
export type DashboardDoor = Omit<DashboardAccess, "signInWay"> & {
  readonly door: CommandDoor;
  readonly letters: DeadLetterBox;
  readonly writer: SectionEditor;
  readonly settleRefusals: SettleRefusals;
  readonly live: ReturnType<typeof createLiveUpdates>;
  readonly runbooks: RunbookCatalogView;
  readonly signIn: SignIn | null;
  readonly onError: (error: unknown) => void;
};

/** The pages for people, server-rendered: they work without scripts, and are kept up to date with them. */
export function dashboardRoutes(parts: DashboardDoor): Router {
  const { door, live, sessions, assets, signIn } = parts;
  const { read, clock } = door;
  const access: DashboardAccess = { ...parts, signInWay: signIn === null ? null : signInWay(signIn) };
  const router = Router();
  router.use(assets.router);
  router.use(setSecurityHeaders);
  if (signIn !== null) router.use(signInRoutes(signIn, sessions, assets, parts.publicUrl));
  router.use(requireVisitor(access));

  router.get("/sign-in/token", (_, response) => response.redirect(303, "/"));
  addOpenIncidents(router, door, parts.letters);
  addIncidentList(router, door);
  addLiveUpdates(router, read, live);
  router.get(
    "/oncall",
    async (request, response) =>
      void response.type("html").send(oncallPage(visitorOf(request).frame, await read.rota(), clock())),
  );

  router.use(postmortemRoutes(read, parts.writer, access));
  router.use(incidentRoutes(door, access, clock));
  router.use(refusalRoutes(read, parts.settleRefusals, access));
  router.use(runRoutes(door, access, clock));
  router.use(statisticsRoutes(read, clock));
  router.use(deadLetterRoutes(parts.letters, read, access));
  router.use(runbookRoutes(parts.runbooks));
  router.use((request, response) => {
    if (!request.accepts("html") || request.method !== "GET")
      return void response.status(404).json({ error: `there is no ${request.method} ${request.path}` });
    response
      .status(404)
      .type("html")
      .send(messagePage(visitorOf(request).frame, "Not found", `There is no page ${request.path}.`));
  });
  router.use(pageErrorHandler(assets, parts.onError));
  return router;
}

/** A server-sent event stream that reports when the data of a page has changed. */
function addLiveUpdates(router: Router, read: EngineReader, live: DashboardDoor["live"]): void {
  router.get("/live", async (request, response) => {
    const { viewer } = visitorOf(request);
    // Express answers HEAD by GET, and this one does not end.
    if (request.method === "HEAD") return void response.status(200).end();
    const incidentQuery = request.query["incident"];
    const mark = typeof request.query["mark"] === "string" ? request.query["mark"] : null;
    const shown = (each: Incident): boolean => canSeeIncident(viewer, each);
    if (incidentQuery === undefined) return live.listen(response, { incident: null, mark, canSee: shown });
    const number = typeof incidentQuery === "string" ? incidentNumber(incidentQuery) : null;
    const incident = number === null ? null : await read.incident(number);
    if (incident === null || !canSeeIncident(viewer, incident)) return void response.status(404).end();
    live.listen(response, { incident: incident.number, mark, canSee: shown });
  });
}
