import type { Response, Router } from "express";
import type { z } from "zod";
import type { ListBounds } from "#domain/reporting/bounded-list.ts";
import { parsePeriod } from "#domain/reporting/reporting-period.ts";
import { incidentId, type Instant } from "#domain/values/language.ts";
import { knownZone } from "#domain/values/wall-clock.ts";
import type { EngineReader } from "#engine/loop/reader.ts";
import { presentOnCall } from "#views/oncall/oncall-messages.ts";
import { listLengths, presentStatistics, statisticsCsv } from "#views/reporting/statistics-export.ts";
import { OnCallQuery, parseQuery, SignatureQuery, StatsQuery } from "./api-queries.ts";

/** Who is on call, now or at another instant. */
export function addOnCallApi(router: Router, read: EngineReader, clock: () => Instant): void {
  router.get("/oncall", async (request, response) => {
    const query = parseQuery(OnCallQuery, request.query, response);
    if (query === null) return;
    const { at = clock(), team } = query;
    const rota = await read.rota(at);
    const names = Object.keys(rota.policy.teams);
    if (team !== undefined && !names.includes(team))
      response.status(404).json({ error: `there is no team called ${team}; there are: ${names.join(", ") || "none"}` });
    else
      response.json({
        at: new Date(at).toISOString(),
        teams: names.filter((name) => team === undefined || name === team).map((name) => presentOnCall(rota, name, at)),
      });
  });
  router.get("/oncall/rotations", async (_, response) => void response.json(await read.oncallSnapshot()));
}

/** The figures of a period, as JSON or CSV; each list in parts. */
export function addStatisticsApi(router: Router, read: EngineReader, clock: () => Instant): void {
  router.get("/stats", async (request, response) => {
    const query = parseQuery(StatsQuery, request.query, response);
    const period = query === null ? null : statisticsPeriod(query, clock(), response);
    if (period === null) return;
    const figures = await read.statistics(period);
    const { limit, offset } = period.bounds;
    const next = listLengths(figures).some(({ count }) => count > offset + limit) ? String(offset + limit) : null;
    if (request.accepts(["json", "text/csv"]) === "text/csv")
      response.type("text/csv; charset=utf-8").send(statisticsCsv(figures));
    else response.json({ ...presentStatistics(figures), next });
  });
  router.get("/stats/incidents", async (request, response) => {
    const query = parseQuery(SignatureQuery, request.query, response);
    const period = query === null ? null : statisticsPeriod(query, clock(), response);
    if (query === null || period === null) return;
    const { count, items } = await read.signatureIncidents(period, query.signature);
    const { limit, offset } = period.bounds;
    response.json({
      count,
      incidents: items.map(incidentId),
      next: count > offset + limit ? String(offset + limit) : null,
    });
  });
}

/** What a query asks for; null when it was answered with what is wrong with its period. */
function statisticsPeriod(
  query: z.infer<typeof StatsQuery>,
  now: Instant,
  response: Response,
): (Parameters<EngineReader["statistics"]>[0] & { readonly bounds: ListBounds }) | null {
  const period = parsePeriod(query, now);
  if (!period.ok) {
    response.status(400).json({ error: `${period.field}: ${period.message}` });
    return null;
  }
  const { from, to } = period;
  return {
    from,
    to,
    service: query.service ?? null,
    private: query.private === "true",
    zone: knownZone(query.zone),
    bounds: { limit: query.limit, offset: query.cursor },
  };
}
