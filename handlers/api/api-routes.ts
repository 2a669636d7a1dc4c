import { Router, type Response } from "express";
import { z } from "zod";
import { parseInstant } from "#domain/values/instant.ts";
import { incidentId, incidentNumber, PRIORITIES, STATUSES, type Instant } from "#domain/values/language.ts";
import type { EngineReader } from "#engine/loop/reader.ts";
import { presentAlert, presentTimelineEntry, presentIncident, presentRun } from "#views/response/api-resources.ts";
import { presentStatistics, statisticsCsv } from "#views/reporting/statistics-export.ts";
import { presentOnCall } from "#views/oncall/oncall-messages.ts";
import { parsePeriod } from "#domain/reporting/reporting-period.ts";
import { runNumber } from "#domain/automation/run.ts";
import { knownZone } from "#domain/values/wall-clock.ts";
import type { RequestGuard } from "#handlers/token-guard.ts";
import { readStepOutput } from "#handlers/dashboard/run-routes.ts";

const several = <T extends readonly [string, ...string[]]>(values: T) =>
  z
    .string()
    .transform((text) => text.split(",").map((each) => each.trim()))
    .pipe(z.array(z.enum(values)))
    .optional();

const RunQuery = z.object({
  incident: z.string().optional(),
  runbook: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

const CURSOR = "expected the `next` of an earlier answer";
const IncidentQuery = z.strictObject({
  status: several(STATUSES),
  priority: several(PRIORITIES),
  service: z
    .string()
    .refine((name) => !name.includes("\0"), { error: "no service has such a name" })
    .optional(),
  private: z.enum(["true", "false"]).default("false"),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.coerce
    .number({ error: CURSOR })
    .int({ error: CURSOR })
    .min(0)
    .max(2_147_483_647, { error: CURSOR })
    .optional(),
});
const OnCallQuery = z.strictObject({
  team: z.string().optional(),
  at: z
    .string()
    .transform((text, ctx) => {
      const at = parseInstant(text);
      if (at !== null) return at;
      ctx.addIssue({ code: "custom", message: "expected an instant such as 2026-11-21T14:32:00Z" });
      return z.NEVER;
    })
    .optional(),
});
const AlertQuery = z.strictObject({
  muted: z
    .enum(["true", "false"])
    .transform((text) => text === "true")
    .optional(),
  status: z.enum(["firing", "resolved"]).optional(),
  incident: z
    .string()
    .transform((text, ctx) => {
      const number = incidentNumber(text);
      if (number !== null) return number;
      ctx.addIssue({ code: "custom", message: "expected an incident such as INC-12" });
      return z.NEVER;
    })
    .optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});

const StatsQuery = z.strictObject({
  from: z.string().optional(),
  to: z.string().optional(),
  service: z.string().min(1).optional(),
  private: z.enum(["true", "false"]).default("false"),
  zone: z
    .string()
    .refine((zone) => zone.toUpperCase() === "UTC" || knownZone(zone) !== "UTC", {
      error: "expected an IANA time zone such as Europe/Berlin",
    })
    .default("UTC"),
});

/** The JSON API: reads, and the grammar of the chat. Every error is `{"error": "…"}` that names the parameter. */
export function apiRoutes(
  read: EngineReader,
  guard: RequestGuard,
  more: readonly Router[],
  clock: () => Instant,
): Router {
  const router = Router();
  router.use((request, response, next) => {
    response.set({ "cache-control": "no-store", "x-content-type-options": "nosniff" });
    const denied = guard(request);
    if (denied === null) next();
    else response.status(401).set("www-authenticate", 'Basic realm="Muster"').json({ error: denied });
  });

  router.use(...more);

  router.get("/incidents", async (request, response) => {
    const query = parse(IncidentQuery, request.query, response);
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
    const number = numberOf(request.params.id, response);
    if (number === null) return;
    const incident = await read.incident(number);
    if (incident === null) notFound(number, response);
    else
      response.json(
        presentIncident(
          incident,
          (await read.runs({ incident: number, limit: 50 })).map(({ run }) => run),
        ),
      );
  });

  router.get("/runs", async (request, response) => {
    const query = parse(RunQuery, request.query, response);
    if (query === null) return;
    const number = query.incident === undefined ? null : numberOf(query.incident, response);
    if (query.incident !== undefined && number === null) return;
    const { runbook, limit } = query;
    const found = await read.runs({
      ...(number === null ? {} : { incident: number }),
      ...(runbook === undefined ? {} : { runbook }),
      limit,
    });
    // A list is for whoever looks in; what is private is asked for by its incident.
    const hidden =
      number === null
        ? await read.privateOf(found.flatMap(({ run }) => (run.incident === null ? [] : [run.incident])))
        : new Set<number>();
    response.json({
      runs: found.filter(({ run }) => run.incident === null || !hidden.has(run.incident)).map(presentRun),
    });
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

  router.get("/incidents/:id/timeline", async (request, response) => {
    const number = numberOf(request.params.id, response);
    if (number === null) return;
    const entries = await read.timeline(number);
    if (entries === null) notFound(number, response);
    else response.json({ entries: entries.map(presentTimelineEntry) });
  });

  router.get("/alerts", async (request, response) => {
    const query = parse(AlertQuery, request.query, response);
    if (query === null) return;
    const { status, incident, muted, limit } = query;
    const alerts = await read.alerts({
      limit,
      ...(muted === undefined ? {} : { muted }),
      ...(status === undefined ? {} : { status }),
      ...(incident === undefined ? {} : { incident }),
    });
    response.json({ alerts: alerts.map(presentAlert) });
  });

  router.get("/oncall", async (request, response) => {
    const query = parse(OnCallQuery, request.query, response);
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

  router.get("/stats", async (request, response) => {
    const query = parse(StatsQuery, request.query, response);
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

  router.use(
    (request, response) =>
      void response.status(404).json({ error: `there is no ${request.method} /api${request.path}` }),
  );
  return router;
}

function parse<T>(schema: z.ZodType<T>, query: unknown, response: Response): T | null {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  response.status(400).json({
    error: parsed.error.issues
      .map((issue) => `${issue.path.filter((part) => typeof part === "string").join(".") || "query"}: ${issue.message}`)
      .join("; "),
  });
  return null;
}

function numberOf(text: string, response: Response): number | null {
  const number = incidentNumber(text);
  if (number === null) response.status(400).json({ error: `"${text}" is no incident; it looks like INC-12` });
  return number;
}

function notFound(number: number, response: Response): void {
  response.status(404).json({ error: `there is no ${incidentId(number)}` });
}
