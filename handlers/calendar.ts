import { Router } from "express";
import type { Reader } from "#engine/read.ts";
import { calendar } from "#views/calendar.ts";

const DAY = 86_400_000;
/** What a calendar shows: a month back, half a year ahead. */
const BACK = 31 * DAY;
const AHEAD = 183 * DAY;

/** Calendars of who is on call, for programs that read an address now and then and cannot sign in: the address is the secret. */
export function calendarDoor(read: Reader, clock: () => number): Router {
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
      .send(calendar(await read.rota(), { kind, name }, now - BACK, now + AHEAD));
  });
  return router;
}
