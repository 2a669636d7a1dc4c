import { createSessionStore, signInParts } from "#app/access/dashboard-sessions.ts";
import type { AppConfig } from "#config/app-config.ts";
import { countDeadLetters } from "#db/outages/dead-letter-rows.ts";
import { endedFiringIncidents } from "#db/watch/firing-alerts.ts";
import { tryDecisionWrites, tryOtherTables } from "#db/outages/decision-probe.ts";
import { HOUR_MS } from "#domain/values/duration.ts";
import { NamedProblem } from "#domain/values/named-problem.ts";
import { describeDeadLetters } from "#domain/reporting/dead-letter.ts";
import { createCommandInterpreter } from "#engine/loop/command-interpreter.ts";
import type { Engine } from "#engine/base/engine.ts";
import { incidentUrl } from "#engine/base/dashboard-links.ts";
import { createDeadLetterBox } from "#engine/loop/dead-letters.ts";
import { createAuditLog } from "#engine/loop/audit-recorder.ts";
import { decisionLag, reportDecisionLag } from "#engine/reporting/lag-report.ts";
import type { LaneWatch } from "#engine/loop/lane-watch.ts";
import { createReader } from "#engine/loop/reader.ts";
import { reportStaffing } from "#engine/oncall/staffing-report.ts";
import type { SubmitCommand } from "#engine/base/submit.ts";
import { createPostmortemEditor } from "#engine/postmortem/postmortem-editor.ts";
import { postmortemApiRoutes } from "#handlers/api/postmortem-api.ts";
import { verbApiRoutes } from "#handlers/api/verb-api.ts";
import { deadLetterApiRoutes } from "#handlers/api/dead-letter-api.ts";
import { ticketApiRoutes } from "#handlers/api/ticket-api.ts";
import { tokenApiRoutes } from "#handlers/api/token-api.ts";
import { apiRoutes } from "#handlers/api/api-routes.ts";
import { reportRefusedTickets, retryRefusedTickets } from "#engine/tickets/refused-tickets.ts";
import { ensureNothingRefused } from "#engine/alerting/refusal-report.ts";
import { auditGuard } from "#handlers/access/audited-guard.ts";
import { closedMetrics, detailsAccess, type DetailsAccess } from "#handlers/access/metrics-access.ts";
import { reportSignatures } from "#handlers/access/refused-signatures.ts";
import { keepClient } from "#handlers/access/request-client.ts";
import type { RequestGuard } from "#handlers/access/token-guard.ts";
import { refuseBadAddresses } from "#handlers/bad-requests.ts";
import { calendarRoutes } from "#handlers/calendar.ts";
import { dashboardRoutes } from "#handlers/dashboard/dashboard-routes.ts";
import { healthRoutes, type HealthCheck } from "#handlers/health.ts";
import { createLiveUpdates } from "#handlers/dashboard/live-updates.ts";
import { sessionApiRoutes } from "#handlers/api/session-api.ts";
import type { CommandDoor } from "#handlers/command-reply.ts";
import type { AuditLog } from "#ports/audit-log.ts";
import type { LaneQueue } from "#queue/lane-queue.ts";
import { describeEndedFiring } from "#views/alerting/still-firing.ts";
import { createDoorGuards, type DoorGuards } from "#app/access/door-guards.ts";
import { alertDoors } from "#app/doors/alert-doors.ts";
import { measureRequests } from "#app/doors/request-times.ts";
import type { ConnectedPorts } from "./integrations/connected-ports.ts";
import type { DoorLine } from "./integrations/integration.ts";
import type { SetupWatch } from "./integrations/setup-watch.ts";
import type { WorkerProcess } from "#app/worker/worker-process.ts";
import type { AppMetrics } from "./metrics.ts";
import {
  closeServers,
  createHttpServer,
  errorHandler,
  openSideServer,
  startListening,
  type HttpServer,
} from "./server.ts";
import type { ClockTrust } from "./clock-trust.ts";
import { systemClock, systemStopwatch } from "./clock.ts";
import { dashboardDoor } from "#app/doors/dashboard-door.ts";
import { createCatalogView } from "./catalog-view.ts";
import { loadRunbooks } from "./runbook-folder.ts";
import { checkOnce } from "./runbook-lint-process.ts";

/** What a process is for: the doors, the work behind them, or both. */
export type ProcessRole = "web" | "worker" | "all";

type Inside = {
  readonly engine: Engine;
  readonly submit: SubmitCommand;
  readonly audit: AuditLog;
  readonly metrics: AppMetrics;
  readonly state: { readonly started: boolean; readonly stopping: boolean; readonly queue: LaneQueue | null };
  readonly connected: Pick<ConnectedPorts, "signIns" | "names" | "mountDoors">;
  readonly watch: LaneWatch;
  readonly trust: ClockTrust;
  /** ms that go on evenly. */
  readonly monotonic: () => number;
  /** The process that decides for this one. */
  readonly worker: WorkerProcess | null;
  readonly setup: SetupWatch;
};

/**
 * Opens the ways in from outside; a worker has only health and metrics. `closeLines`: closes the connections of
 * browsers that listen.
 */
export async function openDoors(
  config: AppConfig,
  role: ProcessRole,
  started: Omit<Inside, "audit">,
): Promise<{
  readonly port: number;
  readonly lines: readonly DoorLine[];
  readonly closeLines: () => void;
  /** Rejects where a door that others reach has no token. */
  readonly ensureTokens: () => Promise<void>;
  /** Lets the requests in hand finish, and closes after `timeoutMs` at the latest. */
  readonly close: (timeoutMs: number) => Promise<void>;
}> {
  const inside: Inside = { ...started, audit: createAuditLog(started.engine) };
  const { engine, metrics, state } = inside;
  const onError = (err: unknown): void => engine.log.error({ err }, "a request failed");
  const guards = createDoorGuards(config, engine, { monotonic: inside.monotonic, stopwatch: systemStopwatch });
  const audited: AuditedGuard = (guard, setting, way) =>
    auditGuard(guard, inside.audit, { setting, way, proxies: guards.proxies, failed: metrics.unauthenticated });
  const webhook = audited(guards.webhook, "MUSTER_WEBHOOK_TOKENS", "webhook");
  const alerts = alertDoors({ ...inside, guard: webhook, stopwatch: systemStopwatch, onError });
  const https = config.publicUrl.startsWith("https:");
  const { server, app } = createHttpServer(role === "worker" ? new Map() : alerts, onError, https);
  const { names } = inside.connected;
  app.use(measureRequests(metrics, names, systemStopwatch), keepClient(names, guards.proxies));
  const people = role === "worker" ? null : createCommandDoor(inside);
  metrics.addSelf({
    skewMs: () => inside.trust.skewMs(),
    unstaffed: () => (state.started ? reportStaffing(engine, 0) : Promise.resolve([])),
    lagMs: async () => (state.started ? (await decisionLag(engine)).oldestMs : 0),
  });
  const lines = people === null ? [] : [...mountVendorDoors(app, people, inside, guards, onError), inside.setup.line];
  const checks = [...healthProbes(inside, role), ...lines.flatMap((line) => line.checks ?? [])];
  const means = {
    monotonic: inside.monotonic,
    onProblem(check: string, err: unknown) {
      // Before the start is complete there may be no tables yet.
      if (state.started) engine.log.warn({ err, check }, "a dependency failed");
    },
  };
  const health = (access: DetailsAccess) => healthRoutes(startState(inside), checks, metrics.text, means, access);
  const detailed = [health(detailsAccess(guards.metrics)), closedMetrics(guards.metrics)];
  const { port: metricsPort } = config.metrics;
  const own = metricsPort === null ? [] : [await openSideServer(detailed, metricsPort, config.host, onError)];
  app.use(...(metricsPort === null ? detailed : [health(() => Promise.resolve(false))]));
  const closeLines =
    people === null ? () => {} : openPeopleDoors(app, config, people, { ...guards, audited }, inside, onError);
  app.use(
    (request, response) => void response.status(404).json({ error: `there is no ${request.method} ${request.path}` }),
  );
  app.use(errorHandler(onError));
  const close = (timeoutMs: number): Promise<void> => closeServers([server, ...own], timeoutMs);
  const port = await startListening(server, config.port, config.host).catch(async (error: unknown) => {
    await close(0);
    throw error;
  });
  const ensureTokens = role === "worker" ? () => Promise.resolve() : guards.ensureTokens;
  return { port, lines, closeLines, ensureTokens, close };
}

/** A guard whose answers stand in the audit log. */
type AuditedGuard = (guard: RequestGuard, setting: string, way: string) => RequestGuard;

function startState({ state, worker }: Inside): Parameters<typeof healthRoutes>[0] {
  return { started: () => state.started && (worker?.hasRun() ?? true), stopping: () => state.stopping };
}

/** What health asks, besides the lines of vendors. */
function healthProbes({ engine, state, watch, trust, worker }: Inside, role: ProcessRole): readonly HealthCheck[] {
  const { db } = engine.connection;
  return [
    ...(worker === null ? [] : [{ name: "worker", critical: false, probe: () => passUnless(worker.problem()) }]),
    { name: "database", critical: true, probe: () => tryDecisionWrites(db) },
    // Runbooks and postmortems wait for them; alerts reach people without.
    { name: "otherTables", critical: false, probe: () => tryOtherTables(db) },
    // A process that takes no work is not ready. Doors go on taking what comes: it is stored, and others act on it.
    {
      name: "clock",
      critical: () => role !== "web" && !trust.takes(),
      probe: () => passUnless(trust.problem(HOUR_MS)),
    },
    {
      name: "lanes",
      critical: false,
      probe: async () => passUnless(watch.laneProblem() ?? (await worker?.report())?.laneProblem ?? null),
    },
    { name: "lag", critical: false, probe: async () => passUnless(await reportDecisionLag(engine)) },
    {
      name: "queue",
      critical: false,
      async probe() {
        if (state.queue === null) throw new NamedProblem("not open yet");
        await state.queue.ping();
        await passUnless(watch.wakeUpProblem() ?? (await worker?.report())?.wakeUpProblem ?? null);
      },
    },
    {
      name: engine.chat.name === "dry-run" ? "chat" : engine.chat.name,
      critical: false,
      outside: true,
      probe: () => engine.chat.ping(),
    },
    { name: "deliveries", critical: false, probe: () => ensureNothingRefused(engine) },
    {
      name: "endedWhileFiring",
      critical: false,
      probe: async () => passUnless(describeEndedFiring(await endedFiringIncidents(db))),
    },
    {
      name: "tickets",
      critical: false,
      probe: async () => passUnless(await reportRefusedTickets(engine)),
    },
    {
      name: "deadLetters",
      critical: false,
      async probe() {
        const problem = describeDeadLetters(await countDeadLetters(db));
        await passUnless(problem === null ? null : `${problem}: list them with \`muster deadletter list\``);
      },
    },
  ];
}

function passUnless(problem: string | null): Promise<void> {
  return problem === null ? Promise.resolve() : Promise.reject(new NamedProblem(problem));
}

function createCommandDoor({ engine, submit, setup }: Inside): CommandDoor {
  const read = createReader(engine);
  return {
    act: createCommandInterpreter(engine, read, submit),
    submit,
    read,
    chat: engine.chat,
    clock: engine.clock,
    policy: engine.policy,
    pageUrl: (incident) => incidentUrl(engine, incident),
    setup,
  };
}

/** The doors of each vendor in the list, or a closed door that names the missing setting. */
function mountVendorDoors(
  app: HttpServer["app"],
  people: CommandDoor,
  { engine, connected, audit, metrics, monotonic }: Inside,
  { proxies }: DoorGuards,
  onError: (err: unknown) => void,
): readonly DoorLine[] {
  return connected.mountDoors((door) => ({
    app,
    door: people,
    pager: engine.paging,
    onError,
    warn: (message) => engine.log.warn({ door }, message),
    badSignature: reportSignatures(door, {
      ...{ audit, proxies, monotonic, count: metrics.unauthenticated },
      log: (attempts) => engine.log.warn({ door, ...attempts }, "authentication failed: a wrong or missing signature"),
    }),
    wallClock: systemClock,
  }));
}

/** The doors of people and of their tools: calendars, the API and the dashboard. Answers what closes open lines. */
function openPeopleDoors(
  app: HttpServer["app"],
  config: AppConfig,
  people: CommandDoor,
  { api, registryFor, audited }: DoorGuards & { readonly audited: AuditedGuard },
  { engine, submit, connected, monotonic, audit }: Inside,
  onError: (err: unknown) => void,
): () => void {
  const { read, clock } = people;
  const letters = createDeadLetterBox(engine, submit);
  const store = createSessionStore(engine);
  app.use(["/api", "/oncall"], refuseBadAddresses);
  app.use(calendarRoutes(read, clock));
  app.use(
    "/api",
    apiRoutes(
      read,
      audited(api, "MUSTER_API_TOKENS", "api"),
      [
        verbApiRoutes(people),
        postmortemApiRoutes(people, createPostmortemEditor(engine)),
        deadLetterApiRoutes(letters),
        sessionApiRoutes(store, audit),
        tokenApiRoutes(registryFor, clock),
        ticketApiRoutes(() => retryRefusedTickets(engine)),
      ],
      clock,
    ),
  );
  const live = createLiveUpdates(read, onError, monotonic, (sessions) => store.openAmong(sessions));
  const { signIns } = connected;
  const parts = {
    ...{ door: people, letters, live, audit, signIns, monotonic, onError },
    runbooks: createCatalogView(
      () => loadRunbooks(config.runbooks, checkOnce, engine.policy().automation.functions),
      (texts) => read.trackRecords(texts),
      monotonic,
    ),
    guard: audited(api, "MUSTER_API_TOKENS", "dashboard"),
  };
  app.use(
    dashboardRoutes({ ...dashboardDoor(config, engine, parts), ...signInParts(engine, store, config.publicUrl) }),
  );
  return () => live.close();
}
