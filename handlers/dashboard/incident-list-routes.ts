import type { Router } from "express";
import { z } from "zod";
import type { Incident } from "#domain/incident/incident.ts";
import { isOpen, OPEN_STATUSES, PRIORITIES, STATUSES, type Priority, type Status } from "#domain/values/language.ts";
import { describeDeadLetters } from "#domain/reporting/dead-letter.ts";
import type { DeadLetterBox } from "#engine/loop/dead-letters.ts";
import type { EngineReader } from "#engine/loop/reader.ts";
import { openIncidentsPage, incidentListPage } from "#views/dashboard/incident-list-page.ts";
import { refusalsSection } from "#views/dashboard/refusals-page.ts";
import { lagSection } from "#views/dashboard/lag-section.ts";
import { setupSection } from "#views/dashboard/setup-section.ts";
import { staffingSection } from "#views/dashboard/staffing-section.ts";
import type { CommandDoor } from "#handlers/command-reply.ts";
import { liveMarkFor } from "./live-updates.ts";
import { visitorOf, type DashboardVisitor } from "./visitor.ts";

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
  // The largest possible number of an incident; the database refuses a larger one.
  before: z.coerce.number().int().min(1).max(2_147_483_647).optional().catch(undefined),
});

const MAX_LISTED = 50;
const RECENT = 10;
/** Open incidents on one page. */
const OPEN = 200;
/** Asked for apart: what wakes people is never crowded out by what does not. */
const URGENT: readonly Priority[] = ["P0", "P1", "P2"];

/** The first page: what is open, and what was recently. */
export function addOpenIncidents(
  router: Router,
  { read, clock, setup }: CommandDoor,
  letters: Pick<DeadLetterBox, "count">,
  lag: () => Promise<string | null>,
): void {
  router.get("/", async (request, response) => {
    const visitor = visitorOf(request);
    const { frame, canSee } = visitor;
    const mark = liveMarkFor(await read.liveMarks([]), canSee);
    const [urgent, rest] = await Promise.all(
      [URGENT, PRIORITIES.filter((each) => !URGENT.includes(each))].map((priority) =>
        visibleIncidents(read, visitor, { status: OPEN_STATUSES, priority, limit: OPEN + 1 }),
      ),
    );
    const open = [...urgent!, ...rest!];
    const recent = await visibleIncidents(read, visitor, {
      status: STATUSES.filter((each) => !isOpen(each)),
      limit: RECENT,
    });
    const refused = refusalsSection(await read.refusals(0));
    const unstaffed = staffingSection(await read.staffing());
    const faults = setupSection(await setup.faults());
    // The most urgent first, of equal ones the oldest.
    const sorted = open.toSorted((a, b) =>
      a.priority < b.priority ? -1 : a.priority > b.priority ? 1 : a.number - b.number,
    );
    response.type("html").send(
      openIncidentsPage(frame, sorted.slice(0, OPEN), recent, {
        now: clock(),
        mark,
        more: sorted.length > OPEN,
        notices: [lagSection(await lag()), refused, unstaffed, faults].filter((section) => section !== null),
        firing: (await read.endedWhileFiring()).filter(canSee),
        putAside: describeDeadLetters(await letters.count()),
      }),
    );
  });
}

/** All incidents, by what they are looked for. */
export function addIncidentList(router: Router, { read, clock, policy }: CommandDoor): void {
  router.get("/incidents", async (request, response) => {
    const visitor = visitorOf(request);
    const { frame, canSee } = visitor;
    const { before, ...filter } = ListQuery.parse(request.query);
    const found = await read.incidents({
      limit: MAX_LISTED + 1,
      ...shownTo(visitor),
      ...statusesOf(filter.status),
      ...(PRIORITIES.includes(filter.priority as Priority) ? { priority: [filter.priority as Priority] } : {}),
      ...(filter.service === "" ? {} : { service: filter.service }),
      ...(before === undefined ? {} : { before }),
    });
    // What is not for this person's eyes still counts for where the next page begins, or paging would end there.
    const next = found.length > MAX_LISTED ? found[MAX_LISTED - 1]!.number : null;
    const page = found.slice(0, MAX_LISTED).filter(canSee);
    response
      .type("html")
      .send(incidentListPage(frame, page, { filter, next, services: Object.keys(policy().services), now: clock() }));
  });
}

/** Only people can be responders: for everyone else the database leaves the private ones out. */
function shownTo({ viewer }: DashboardVisitor): { readonly private?: false } {
  return viewer.by === "account" ? {} : { private: false };
}

function visibleIncidents(
  read: EngineReader,
  visitor: DashboardVisitor,
  filter: Omit<Parameters<EngineReader["incidents"]>[0], "private">,
): Promise<readonly Incident[]> {
  return read.incidents({ ...filter, ...shownTo(visitor) }, visitor.canSee);
}

function statusesOf(asked: string): { readonly status?: readonly Status[] } {
  if (asked === "open") return { status: OPEN_STATUSES };
  if (asked === "over") return { status: STATUSES.filter((each) => !isOpen(each)) };
  return STATUSES.includes(asked as Status) ? { status: [asked as Status] } : {};
}
