import { Router } from "express";
import { incidentNumber } from "#domain/values/language.ts";
import type { EngineReader } from "#engine/loop/reader.ts";
import type { DeadLetterBox } from "#engine/loop/dead-letters.ts";
import type { SectionEditor } from "#engine/postmortem/section-editor.ts";
import { oncallPage } from "#views/dashboard/oncall-page.ts";
import { auditRoutes } from "./audit-routes.ts";
import { deadLetterRoutes } from "./dead-letter-routes.ts";
import { statisticsRoutes } from "./statistics-routes.ts";
import { incidentRoutes } from "./incident-routes.ts";
import { postmortemRoutes } from "./postmortem-routes.ts";
import { runRoutes } from "./run-routes.ts";
import { runbookRoutes, type RunbookCatalogView } from "./runbook-routes.ts";
import type { createLiveUpdates } from "./live-updates.ts";
import { addIncidentList, addOpenIncidents } from "./incident-list-routes.ts";
import { refusalRoutes, type SettleRefusals } from "./refusal-routes.ts";
import { requireRole, sendNoPage } from "./role-guard.ts";
import { sessionRoutes } from "./session-routes.ts";
import { signInRoutes } from "./sign-in-routes.ts";
import type { SessionStore } from "#handlers/session-store.ts";
import type { SignIn } from "#ports/sign-in.ts";
import type { AuditLog } from "#ports/audit-log.ts";
import type { CommandDoor } from "#handlers/command-reply.ts";
import {
  signInWay,
  pageErrorHandler,
  requireVisitor,
  setSecurityHeaders,
  holderKey,
  visitorOf,
  type DashboardAccess,
} from "./visitor.ts";

/** Everything the dashboard needs. `signIns`: none where no one can sign in. */
export type DashboardDoor = Omit<DashboardAccess, "ways"> & {
  readonly door: CommandDoor;
  readonly letters: DeadLetterBox;
  readonly writer: SectionEditor;
  readonly settleRefusals: SettleRefusals;
  /** How far deciding lags behind, in words; null: it keeps up. */
  readonly lag: () => Promise<string | null>;
  readonly live: ReturnType<typeof createLiveUpdates>;
  readonly audit: AuditLog;
  readonly runbooks: RunbookCatalogView;
  readonly signIns: readonly SignIn[];
  readonly store: SessionStore;
  /** ms that go on evenly. */
  readonly monotonic: () => number;
  readonly onError: (error: unknown) => void;
};

/** The pages for people, server-rendered: they work without scripts, and are kept up to date with them. */
export function dashboardRoutes(parts: DashboardDoor): Router {
  const { door, live, assets, signIns } = parts;
  const { read, clock } = door;
  const access: DashboardAccess = { ...parts, ways: signIns.map(signInWay) };
  const router = Router();
  router.use(assets.router);
  router.use(setSecurityHeaders);
  router.use(signInRoutes(signIns, { ...parts, clock }));
  router.use(requireVisitor(access), requireRole(access));

  router.get("/sign-in/token", (_, response) => response.redirect(303, "/"));
  addOpenIncidents(router, door, parts.letters, parts.lag);
  addIncidentList(router, door);
  addLiveUpdates(router, read, live);
  router.get(
    "/oncall",
    async (request, response) =>
      void response.type("html").send(oncallPage(visitorOf(request).frame, await read.rota(), clock())),
  );

  router.use(postmortemRoutes(door, parts.writer, access));
  router.use(incidentRoutes(door, access, clock));
  router.use(refusalRoutes(read, parts, access));
  router.use(runRoutes(door, access, clock));
  router.use(statisticsRoutes(read, clock));
  router.use(deadLetterRoutes(parts.letters, read, access));
  router.use(runbookRoutes(parts.runbooks));
  router.use(sessionRoutes(parts.store, parts.audit, access));
  router.use(auditRoutes(parts.audit));
  router.use(sendNoPage);
  router.use(pageErrorHandler(assets, parts.onError));
  return router;
}

/** A server-sent event stream that reports when the data of a page has changed. */
function addLiveUpdates(router: Router, read: EngineReader, live: DashboardDoor["live"]): void {
  router.get("/live", async (request, response) => {
    const { viewer, holder, canSee } = visitorOf(request);
    // Express answers HEAD by GET, and this one does not end.
    if (request.method === "HEAD") return void response.status(200).end();
    const incidentQuery = request.query["incident"];
    const mark = typeof request.query["mark"] === "string" ? request.query["mark"] : null;
    const listening = { mark, session: viewer.session?.number ?? null, holder: holderKey(holder), canSee };
    if (incidentQuery === undefined) return live.listen(response, { ...listening, incident: null });
    const number = typeof incidentQuery === "string" ? incidentNumber(incidentQuery) : null;
    const incident = number === null ? null : await read.incident(number);
    if (incident === null || !canSee(incident)) return void response.status(404).end();
    live.listen(response, { ...listening, incident: incident.number });
  });
}
