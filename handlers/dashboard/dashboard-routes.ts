import { Router } from "express";
import { z } from "zod";
import type { Incident } from "#domain/incident/incident.ts";
import {
  incidentNumber,
  isOpen,
  OPEN_STATUSES,
  PRIORITIES,
  STATUSES,
  type Priority,
  type Status,
} from "#domain/values/language.ts";
import type { SectionEditor } from "#engine/postmortem/section-editor.ts";
import { openIncidentsPage, incidentListPage } from "#views/dashboard/incident-list-page.ts";
import { oncallPage } from "#views/dashboard/oncall-page.ts";
import { messagePage } from "#views/dashboard/page-frame.ts";
import { statisticsRoutes } from "./statistics-routes.ts";
import { incidentRoutes } from "./incident-routes.ts";
import { postmortemRoutes } from "./postmortem-routes.ts";
import { runRoutes } from "./run-routes.ts";
import { runbookRoutes, type RunbookCatalogView } from "./runbook-routes.ts";
import { liveMarkFor, type createLiveUpdates } from "./live-updates.ts";
import type { DashboardViewer } from "./session.ts";
import { signInRoutes } from "./sign-in-routes.ts";
import type { SignIn } from "#ports/sign-in.ts";
import type { CommandDoor } from "#handlers/command-reply.ts";
import {
  pageErrorHandler,
  requireVisitor,
  setSecurityHeaders,
  canSeeIncident,
  visitorOf,
  type DashboardAccess,
} from "./visitor.ts";

/** Everything the dashboard needs. `signIn`: null where nobody can sign in with Slack. */
export type DashboardDoor = Omit<DashboardAccess, "slack"> & {
  readonly door: CommandDoor;
  readonly writer: SectionEditor;
  readonly live: ReturnType<typeof createLiveUpdates>;
  readonly runbooks: RunbookCatalogView;
  readonly signIn: SignIn | null;
  readonly onError: (error: unknown) => void;
};

const ListQuery = z.object({
  status: z.string().catch("all").default("all"),
  priority: z.string().catch("all").default("all"),
  service: z
    .string()
    .trim()
    .max(200)
    .transform((text) => text.replaceAll("\0", ""))
    .catch("")
    .default(""),
  // As large as a number of an incident can be; a larger one is none to the database.
  before: z.coerce.number().int().min(1).max(2_147_483_647).optional().catch(undefined),
});

const LISTED = 50;
const LATELY = 10;
/** Open incidents on one page. */
const OPEN = 200;
/** Asked for apart: what wakes people is never crowded out by what does not. */
const URGENT: readonly Priority[] = ["P0", "P1", "P2"];

/** The pages for people, server-rendered: they work without scripts, and are kept up to date with them. */
export function dashboardRoutes(parts: DashboardDoor): Router {
  const { door, live, sessions, assets, signIn } = parts;
  const { read, clock } = door;
  const desk: DashboardAccess = { ...parts, slack: signIn !== null };
  const router = Router();
  router.use(assets.router);
  router.use(setSecurityHeaders);
  if (signIn !== null) router.use(signInRoutes(signIn, sessions, assets, parts.publicUrl));
  router.use(requireVisitor(desk));

  // Only people can be responders: for everybody else the database leaves the private ones out.
  const asked = (viewer: DashboardViewer): { readonly private?: false } =>
    viewer.by === "slack" ? {} : { private: false };
  const visible = async (
    viewer: DashboardViewer,
    filter: Omit<Parameters<typeof read.incidents>[0], "private">,
  ): Promise<readonly Incident[]> =>
    (await read.incidents({ ...filter, ...asked(viewer) })).filter((each) => canSeeIncident(viewer, each));

  router.get("/sign-in/token", (_, response) => response.redirect(303, "/"));
  router.get("/", async (request, response) => {
    const { viewer, frame } = visitorOf(request);
    const mark = liveMarkFor(await read.liveMarks([]), (incident) => canSeeIncident(viewer, incident));
    const [urgent, rest] = await Promise.all(
      [URGENT, PRIORITIES.filter((each) => !URGENT.includes(each))].map((priority) =>
        visible(viewer, { status: OPEN_STATUSES, priority, limit: OPEN + 1 }),
      ),
    );
    const open = [...urgent!, ...rest!];
    const lately = await visible(viewer, { status: STATUSES.filter((each) => !isOpen(each)), limit: LATELY });
    // The most urgent first, of equal ones the oldest.
    const sorted = open.toSorted((a, b) =>
      a.priority < b.priority ? -1 : a.priority > b.priority ? 1 : a.number - b.number,
    );
    response
      .type("html")
      .send(
        openIncidentsPage(frame, sorted.slice(0, OPEN), lately, { now: clock(), mark, more: sorted.length > OPEN }),
      );
  });

  router.get("/incidents", async (request, response) => {
    const { viewer, frame } = visitorOf(request);
    const { before, ...filter } = ListQuery.parse(request.query);
    const found = await read.incidents({
      limit: LISTED + 1,
      ...asked(viewer),
      ...statusesOf(filter.status),
      ...(PRIORITIES.includes(filter.priority as Priority) ? { priority: [filter.priority as Priority] } : {}),
      ...(filter.service === "" ? {} : { service: filter.service }),
      ...(before === undefined ? {} : { before }),
    });
    // What is not for this person's eyes still counts for where the next page begins, or paging would end there.
    const next = found.length > LISTED ? found[LISTED - 1]!.number : null;
    const page = found.slice(0, LISTED).filter((each) => canSeeIncident(viewer, each));
    response
      .type("html")
      .send(
        incidentListPage(frame, page, { filter, next, services: Object.keys(door.policy().services), now: clock() }),
      );
  });

  router.get("/live", async (request, response) => {
    const { viewer } = visitorOf(request);
    // Express answers HEAD by GET, and this one does not end.
    if (request.method === "HEAD") return void response.status(200).end();
    const asked = request.query["incident"];
    const mark = typeof request.query["mark"] === "string" ? request.query["mark"] : null;
    const shown = (each: Incident): boolean => canSeeIncident(viewer, each);
    if (asked === undefined) return live.listen(response, { incident: null, mark, sees: shown });
    const number = typeof asked === "string" ? incidentNumber(asked) : null;
    const incident = number === null ? null : await read.incident(number);
    if (incident === null || !canSeeIncident(viewer, incident)) return void response.status(404).end();
    live.listen(response, { incident: incident.number, mark, sees: shown });
  });

  router.get(
    "/oncall",
    async (request, response) =>
      void response.type("html").send(oncallPage(visitorOf(request).frame, await read.rota(), clock())),
  );

  router.use(postmortemRoutes(read, parts.writer, desk));
  router.use(incidentRoutes(door, desk, clock));
  router.use(runRoutes(door, desk, clock));
  router.use(statisticsRoutes(read, clock));
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

function statusesOf(asked: string): { readonly status?: readonly Status[] } {
  if (asked === "open") return { status: OPEN_STATUSES };
  if (asked === "over") return { status: STATUSES.filter((each) => !isOpen(each)) };
  return STATUSES.includes(asked as Status) ? { status: [asked as Status] } : {};
}
