import { Router } from "express";
import { z } from "zod";
import { utcDay } from "#domain/instant.ts";
import type { Instant } from "#domain/language.ts";
import { monthOf, monthsOf } from "#domain/month.ts";
import { periodOf, USUAL_DAYS } from "#domain/period.ts";
import type { Reader } from "#engine/read.ts";
import { noisePage } from "#views/dashboard/noise.ts";
import { statisticsPage, type MonthFigures } from "#views/dashboard/statistics.ts";
import { sees, visitorOf } from "./visitor.ts";

const DAY = 86_400_000;
/** Months that plots go back. */
const MONTHS_BACK = 11;
/** Days that the page of noise looks back. */
const NOISE_DAYS = 90;

const word = z.string().trim().max(200).catch("").default("");
const Query = z.object({ from: word, to: word, service: word });

/** What incidents and alerts add up to, as pages. Private incidents are in no figure. */
export function dashboardFigures(read: Reader, clock: () => Instant): Router {
  const router = Router();

  router.get("/statistics", async (request, response) => {
    const asked = Query.parse(request.query);
    const now = clock();
    const wanted = periodOf({ from: asked.from || undefined, to: asked.to || undefined }, now);
    const { from, to } = wanted.ok ? wanted : { from: now - USUAL_DAYS * DAY, to: now };
    const of = { service: asked.service || null, private: false, zone: "UTC" };
    const figures = await read.statistics({ ...of, from, to });
    const months: MonthFigures[] = [];
    const first = Math.max(monthOf(to).from - MONTHS_BACK * 30.4 * DAY, Date.UTC(2000, 0, 1));
    for (const month of monthsOf(first, to)) months.push({ month: month.name, figures: await read.statistics({ ...of, from: month.from, to: month.to }) });
    const shown = { from: utcDay(from), to: utcDay(to), service: asked.service, problem: wanted.ok ? null : `${wanted.field}: ${wanted.message}` };
    response.type("html").send(statisticsPage(visitorOf(request).frame, figures, months, shown));
  });

  router.get("/noise", async (request, response) => {
    const { viewer, frame } = visitorOf(request);
    const now = clock();
    const figures = await read.statistics({ from: now - NOISE_DAYS * DAY, to: now, service: null, private: false, zone: "UTC" });
    const [flapping, muted, { mutes, maintenance }] = await Promise.all([read.flapping(60), read.alerts({ muted: true, limit: 60 }), read.mutes()]);
    const hidden = new Set<number>();
    for (const number of new Set([...flapping, ...muted].flatMap(({ incident }) => incident ?? []))) {
      const incident = await read.incident(number);
      if (incident !== null && !sees(viewer, incident)) hidden.add(number);
    }
    const known = ({ incident }: { readonly incident: number | null }): boolean => incident === null || !hidden.has(incident);
    const page = noisePage(frame, { figures, flapping: flapping.filter(known), muted: muted.filter(known), mutes: [...mutes, ...maintenance] });
    response.type("html").send(page);
  });
  return router;
}
