import type { Router } from "express";
import { alertPosition } from "#domain/incident/alert-position.ts";
import type { EngineReader } from "#engine/loop/reader.ts";
import { presentAlert, presentIncident, presentRefusals, presentTimelineEntry } from "#views/response/api-resources.ts";
import type { Alert } from "#domain/incident/alert.ts";
import { listVisibleAlerts } from "#handlers/visible-alerts.ts";
import { tokenPerson } from "#handlers/access/request-client.ts";
import {
  AlertQuery,
  findApiIncident,
  findListedIncident,
  IncidentQuery,
  parseQuery,
  writeAlertCursor,
} from "./api-queries.ts";

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
    for (const each of page) await read.noteRead(each, tokenPerson(request));
    response.json({
      incidents: page.map((each) => presentIncident(each)),
      next: found.length > limit ? String(page.at(-1)!.number) : null,
    });
  });

  router.get("/incidents/:id", async (request, response) => {
    const incident = await findApiIncident(read, request, response);
    if (incident === null) return;
    const runs = await read.runs({ incident: incident.number, limit: 50 });
    response.json(
      presentIncident(
        incident,
        runs.map(({ run }) => run),
      ),
    );
  });

  router.get("/incidents/:id/timeline", async (request, response) => {
    const incident = await findApiIncident(read, request, response);
    if (incident === null) return;
    const entries = (await read.timeline(incident.number)) ?? [];
    response.json({ entries: entries.map(presentTimelineEntry) });
  });
}

export function addAlertApi(router: Router, read: EngineReader): void {
  router.get("/alerts", async (request, response) => {
    const query = parseQuery(AlertQuery, request.query, response);
    if (query === null) return;
    const { status, muted: suppressed, limit, cursor } = query;
    const incident = await findListedIncident(read, query.incident, request, response);
    if (incident === null) return;
    const list = (without: readonly number[]): Promise<readonly Alert[]> =>
      read.alerts({
        limit: limit + 1,
        without,
        ...(cursor === undefined ? {} : { after: cursor }),
        ...(suppressed === undefined ? {} : { suppressed }),
        ...(status === undefined ? {} : { status }),
        ...(incident === undefined ? {} : { incident }),
      });
    const found = await (query.private === "true" ? list([]) : listVisibleAlerts(read, list, () => false));
    const alerts = found.slice(0, limit);
    response.json({
      alerts: alerts.map(presentAlert),
      next: found.length > limit ? writeAlertCursor(alertPosition(alerts.at(-1)!)) : null,
    });
  });

  router.get("/refusals", async (_, response) => void response.json(presentRefusals(await read.refusals(REFUSALS))));
}

/** The most refused alerts in one answer; the answer gives their total. */
const REFUSALS = 200;
