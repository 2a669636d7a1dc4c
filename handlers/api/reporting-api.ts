import type { Router } from "express";
import { parsePeriod } from "#domain/reporting/reporting-period.ts";
import type { Instant } from "#domain/values/language.ts";
import { knownZone } from "#domain/values/wall-clock.ts";
import type { EngineReader } from "#engine/loop/reader.ts";
import { presentOnCall } from "#views/oncall/oncall-messages.ts";
import { presentStatistics, statisticsCsv } from "#views/reporting/statistics-export.ts";
import { OnCallQuery, parseQuery, StatsQuery } from "./api-queries.ts";

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

/** The figures of a period, as JSON or CSV. */
export function addStatisticsApi(router: Router, read: EngineReader, clock: () => Instant): void {
  router.get("/stats", async (request, response) => {
    const query = parseQuery(StatsQuery, request.query, response);
    if (query === null) return;
    const period = parsePeriod(query, clock());
    if (!period.ok) return void response.status(400).json({ error: `${period.field}: ${period.message}` });
    const { from, to } = period;
    const figures = await read.statistics({
      from,
      to,
      service: query.service ?? null,
      private: query.private === "true",
      zone: knownZone(query.zone),
    });
    if (request.accepts(["json", "text/csv"]) === "text/csv")
      response.type("text/csv; charset=utf-8").send(statisticsCsv(figures));
    else response.json(presentStatistics(figures));
  });
}
