import { Router } from "express";
import { z } from "zod";
import { DAY_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";
import { parsePeriod, DEFAULT_PERIOD_DAYS } from "#domain/reporting/reporting-period.ts";
import type { EngineReader } from "#engine/loop/reader.ts";
import { noisePage, noisyIncidents } from "#views/dashboard/noise-page.ts";
import { statisticsPage } from "#views/dashboard/statistics-page.ts";
import { listVisibleAlerts } from "#handlers/visible-alerts.ts";
import { visitorOf } from "./visitor.ts";

/** Months that plots show. */
const MONTHS = 12;
/** Days that the page of noise looks back. */
const NOISE_DAYS = 90;

/** Alerts in each list of that page. */
const LISTED = 60;

const word = z.string().trim().max(200).catch("").default("");
const Query = z.object({ from: word, to: word, service: word });

/** What incidents and alerts add up to, as pages. Private incidents are in no figure. */
export function statisticsRoutes(read: EngineReader, clock: () => Instant): Router {
  const router = Router();

  router.get("/statistics", async (request, response) => {
    const query = Query.parse(request.query);
    const now = clock();
    const wanted = parsePeriod({ from: query.from || undefined, to: query.to || undefined }, now);
    const { from, to } = wanted.ok ? wanted : { from: now - DEFAULT_PERIOD_DAYS * DAY_MS, to: now };
    const of = { service: query.service || null, private: false, zone: "UTC" };
    const { figures, months } = await read.statisticsByMonth({ ...of, from, to }, MONTHS);
    // What no one wrote stays empty: the day of today as an end would leave today out.
    const shown = {
      from: query.from,
      to: query.to,
      service: query.service,
      problem: wanted.ok ? null : `${wanted.field}: ${wanted.message}`,
    };
    const links = await read.links(figures.overdue.items.map(({ incident }) => incident));
    response.type("html").send(statisticsPage(visitorOf(request).frame, figures, months, shown, links));
  });

  router.get("/noise", async (request, response) => {
    const { canSee, frame } = visitorOf(request);
    const now = clock();
    const figures = await read.noise({
      from: now - NOISE_DAYS * DAY_MS,
      to: now,
      service: null,
      private: false,
      zone: "UTC",
    });
    const [flapping, suppressed, { silences, maintenance, falseAlarms }] = await Promise.all([
      listVisibleAlerts(read, (without) => read.flapping({ limit: LISTED, without }), canSee),
      listVisibleAlerts(read, (without) => read.alerts({ suppressed: true, limit: LISTED, without }), canSee),
      read.silences(),
    ]);
    const page = noisePage(frame, {
      figures,
      flapping,
      suppressed,
      silences: [...silences, ...maintenance],
      falseAlarms,
      links: await read.links([
        ...noisyIncidents(figures),
        ...[...flapping, ...suppressed].flatMap(({ incident }) => incident ?? []),
      ]),
    });
    response.type("html").send(page);
  });
  return router;
}
