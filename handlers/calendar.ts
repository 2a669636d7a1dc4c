import { Router } from "express";
import type { EngineReader } from "#engine/loop/reader.ts";
import { renderCalendar } from "#views/oncall/icalendar.ts";

/** What a calendar shows, in months of UTC: its edges stay where they are for a month, and so do shifts that are cut by them. */
const BACK = 2;
const MONTHS_AHEAD = 6;

/** Calendars of who is on call, for programs that read an address now and then and cannot sign in: the address is the secret. */
export function calendarRoutes(read: EngineReader, clock: () => number): Router {
  const router = Router();
  router.get("/oncall/:key/:of/:file", async (request, response) => {
    const { key, of, file } = request.params;
    const name = file.replace(/\.ics$/, "");
    const kind = of === "schedule" || of === "person" ? of : null;
    if (kind === null || !(await read.opensCalendar(kind, name, key))) {
      response.status(404).json({ error: "there is no such calendar; `/incident oncall TEAM` gives its address" });
      return;
    }
    const now = clock();
    response
      .type("text/calendar; charset=utf-8")
      .set("cache-control", "private, max-age=900")
      .send(renderCalendar(await read.rota(), { kind, name }, monthOf(now, -BACK), monthOf(now, MONTHS_AHEAD)));
  });
  return router;
}

/** The first instant of a month so many months from now, in UTC. */
function monthOf(now: number, months: number): number {
  const today = new Date(now);
  return Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + months, 1);
}
