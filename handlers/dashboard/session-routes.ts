import { Router, urlencoded, type Request, type Response } from "express";
import { z } from "zod";
import { isSamePerson } from "#domain/policy/people.ts";
import type { AccountSession } from "#domain/policy/account-session.ts";
import { messagePage } from "#views/dashboard/page-frame.ts";
import { sessionsPage } from "#views/dashboard/sessions-page.ts";
import type { AuditLog } from "#ports/audit-log.ts";
import { sessionEndNote, type SessionStore } from "#handlers/session-store.ts";
import { csrfGuard } from "./form-guard.ts";
import { sendNotFound, visitorOf, type DashboardAccess, type DashboardViewer } from "./visitor.ts";

const Ended = z.object({ number: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) });

/** The sessions of the viewer; for an administrator those of all. Each can be ended. */
export function sessionRoutes(store: SessionStore, audit: Pick<AuditLog, "record">, access: DashboardAccess): Router {
  const router = Router();
  const isAdmin = (viewer: DashboardViewer): Promise<boolean> => access.hasAccess(viewer, "admin");
  /** All sessions for an administrator; else those of the same person, by whatever account. */
  const visibleTo = async (viewer: DashboardViewer): Promise<readonly AccountSession[]> => {
    const open = await store.list();
    return (await isAdmin(viewer)) ? open : open.filter((each) => isSamePerson(null, access.personOf(each), viewer));
  };

  router.get("/sessions", async (request, response) => {
    const { viewer, frame } = visitorOf(request);
    const { session } = viewer;
    if (session === null) return sendNoPerson(request, response);
    response
      .type("html")
      .send(sessionsPage(frame, { shown: await visibleTo(viewer), own: session, admin: await isAdmin(viewer) }));
  });

  router.post(
    "/sessions",
    urlencoded({ extended: false, limit: "10kb" }),
    csrfGuard(access),
    async (request, response) => {
      const { viewer } = visitorOf(request);
      const { session } = viewer;
      if (session === null) return sendNoPerson(request, response);
      const number = Ended.safeParse(request.body).data?.number;
      const found = (await visibleTo(viewer)).some((each) => each.number === number);
      if (number === undefined || !found) return sendNotFound(request, response, "open session of this number");
      if (await store.end(number, `ended by ${viewer.name}`)) await audit.record(sessionEndNote(number, viewer));
      response.redirect(303, "/sessions");
    },
  );
  return router;
}

function sendNoPerson(request: Request, response: Response): void {
  response
    .status(403)
    .type("html")
    .send(
      messagePage(
        visitorOf(request).frame,
        "Sessions",
        "A token has no sessions. Sign in with an account to see yours, or list them all with “muster session list”.",
      ),
    );
}
