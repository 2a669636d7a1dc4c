import type { Router } from "express";
import { runNumber } from "#domain/automation/run.ts";
import type { EngineReader } from "#engine/loop/reader.ts";
import { presentRun } from "#views/response/api-resources.ts";
import { readStepOutput } from "#handlers/dashboard/run-routes.ts";
import { findListedIncident, parseIncidentNumber, parseQuery, RunQuery } from "./api-queries.ts";

/** Runs of runbooks, and what their steps found. */
export function addRunApi(router: Router, read: EngineReader): void {
  router.get("/runs", async (request, response) => {
    const query = parseQuery(RunQuery, request.query, response);
    if (query === null) return;
    const named = query.incident === undefined ? undefined : parseIncidentNumber(query.incident, response);
    const number = named === null ? null : await findListedIncident(read, named, request, response);
    if (number === null) return;
    const { runbook, limit } = query;
    // The list is for all viewers; private runs are read through their incident.
    const found = await read.runs({
      ...(number === undefined ? { private: false as const } : { incident: number }),
      ...(runbook === undefined ? {} : { runbook }),
      limit,
    });
    response.json({ runs: found.map(presentRun) });
  });

  router.get("/runs/:id/steps/:step/output", async (request, response) => {
    const { id, step } = request.params;
    const number = runNumber(id);
    const found = number === null ? null : await read.run(number);
    const hidden =
      found?.run.incident == null || request.query["private"] === "true"
        ? null
        : await read.privateOf([found.run.incident]);
    const body = found === null || (hidden?.size ?? 0) > 0 ? null : await readStepOutput(read, found, step);
    if (body === null)
      response.status(404).json({ error: `there is no output of step ${step} of ${id} beyond what the run shows` });
    else response.type("text/plain; charset=utf-8").send(body);
  });
}
