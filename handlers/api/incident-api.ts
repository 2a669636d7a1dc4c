import type { Router } from "express";
import type { EngineReader } from "#engine/loop/reader.ts";
import { presentAlert, presentIncident, presentRefusals, presentTimelineEntry } from "#views/response/api-resources.ts";
import { AlertQuery, IncidentQuery, parseIncidentNumber, parseQuery, sendNoIncident } from "./api-queries.ts";

/** Incidents and their timelines. */
export function addIncidentApi(router: Router, read: EngineReader): void {
  router.get("/incidents", async (request, response) => {
    const query = parseQuery(IncidentQuery, request.query, response);
    if (query === null) return;
    const { limit, cursor, status, priority, service } = query;
    const found = await read.incidents({
      limit: limit + 1,
      ...(query.private === "true" ? {} : { private: false }),
      ...(cursor === undefined ? {} : { before: cursor }),
      ...(status === undefined ? {} : { status }),
      ...(priority === undefined ? {} : { priority }),
      ...(service === undefined ? {} : { service }),
    });
    const page = found.slice(0, limit);
    response.json({
      incidents: page.map((each) => presentIncident(each)),
      next: found.length > limit ? String(page.at(-1)!.number) : null,
    });
  });

  router.get("/incidents/:id", async (request, response) => {
    const number = parseIncidentNumber(request.params.id, response);
    if (number === null) return;
    const incident = await read.incident(number);
    if (incident === null) sendNoIncident(number, response);
    else
      response.json(
        presentIncident(
          incident,
          (await read.runs({ incident: number, limit: 50 })).map(({ run }) => run),
        ),
      );
  });

  router.get("/incidents/:id/timeline", async (request, response) => {
    const number = parseIncidentNumber(request.params.id, response);
    if (number === null) return;
    const entries = await read.timeline(number);
    if (entries === null) sendNoIncident(number, response);
    else response.json({ entries: entries.map(presentTimelineEntry) });
  });
}

export function addAlertApi(router: Router, read: EngineReader): void {
  router.get("/alerts", async (request, response) => {
    const query = parseQuery(AlertQuery, request.query, response);
    if (query === null) return;
    const { status, incident, muted: suppressed, limit } = query;
    const alerts = await read.alerts({
      limit,
      ...(suppressed === undefined ? {} : { suppressed }),
      ...(status === undefined ? {} : { status }),
      ...(incident === undefined ? {} : { incident }),
    });
    response.json({ alerts: alerts.map(presentAlert) });
  });

  router.get("/refusals", async (_, response) => void response.json(presentRefusals(await read.refusals(REFUSALS))));
}

/** Refused alerts in one answer; it says how many there are. */
const REFUSALS = 200;
