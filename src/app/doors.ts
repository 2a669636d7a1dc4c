import { randomBytes } from "node:crypto";
import type { RequestHandler } from "express";
import type { AppConfig } from "#config/app-config.ts";
import { countDeadLetters } from "#db/outages/dead-letter-rows.ts";
import { endedWhileFiring } from "#db/incidents.ts";
import { tryDecisionWrites } from "#db/outages/decision-probe.ts";
import { getOrCreateSecret } from "#db/stored-secrets.ts";
import { HOUR_MS } from "#domain/values/duration.ts";
import { describeDeadLetters } from "#domain/reporting/dead-letter.ts";
import { createCommandInterpreter } from "#engine/loop/command-interpreter.ts";
import type { Engine } from "#engine/base/engine.ts";
import { incidentUrl } from "#engine/base/dashboard-links.ts";
import { createDeadLetterBox } from "#engine/loop/dead-letters.ts";
import type { LaneWatch } from "#engine/loop/lane-watch.ts";
import { createReader } from "#engine/loop/reader.ts";
import { reportStaffing } from "#engine/oncall/staffing-report.ts";
import { createSectionEditor } from "#engine/postmortem/section-editor.ts";
import type { SubmitCommand } from "#engine/base/submit.ts";
import { createPostmortemEditor } from "#engine/postmortem/postmortem-editor.ts";
import { postmortemApiRoutes } from "#handlers/api/postmortem-api.ts";
import { verbApiRoutes } from "#handlers/api/verb-api.ts";
import { deadLetterApiRoutes } from "#handlers/api/dead-letter-api.ts";
import { apiRoutes } from "#handlers/api/api-routes.ts";
import { createRefusalLedger } from "#engine/alerting/refusal-ledger.ts";
import { ensureNothingRefused, settleRefusals } from "#engine/alerting/refusal-report.ts";
import { createTokenGuard } from "#handlers/token-guard.ts";
import { createAssets } from "#handlers/assets.ts";
import { openWebhook } from "#handlers/webhooks/webhook-door.ts";
import { calendarRoutes } from "#handlers/calendar.ts";
import { dashboardRoutes, type DashboardDoor } from "#handlers/dashboard/dashboard-routes.ts";
import { healthRoutes } from "#handlers/health.ts";
import { createLiveUpdates } from "#handlers/dashboard/live-updates.ts";
import { createSessions, type BrowserSessions } from "#handlers/dashboard/session.ts";
import type { CommandDoor } from "#handlers/command-reply.ts";
import type { LaneQueue } from "#queue/lane-queue.ts";
import { describeEndedFiring } from "#views/alerting/still-firing.ts";
import type { ConnectedPorts } from "./integrations/connected-ports.ts";
import type { DoorLine } from "./integrations/integration.ts";
import type { AppMetrics } from "./metrics.ts";
import { loadRunbooks } from "./runbook-folder.ts";
import { createCatalogView } from "./catalog-view.ts";
import { createHttpServer, errorHandler, startListening, type HttpServer } from "./server.ts";
import type { ClockTrust } from "./clock-trust.ts";
import { systemStopwatch } from "./clock.ts";

/** What a process is for: the doors, the work behind them, or both. */
export type ProcessRole = "web" | "worker" | "all";

type Inside = {
  readonly engine: Engine;
  readonly submit: SubmitCommand;
  readonly metrics: AppMetrics;
  readonly state: { readonly started: boolean; readonly stopping: boolean; readonly queue: LaneQueue | null };
  readonly connected: Pick<ConnectedPorts, "signIn" | "names" | "mountDoors">;
  readonly watch: LaneWatch;
  readonly trust: ClockTrust;
  /** ms that go on evenly. */
  readonly monotonic: () => number;
};

/** Opens what the outside world comes in by; a worker has only health and metrics. `closeLines`: says good-bye to browsers that listen. */
export async function openDoors(
  config: AppConfig,
  role: ProcessRole,
  inside: Inside,
): Promise<{
  readonly server: HttpServer["server"];
  readonly port: number;
  readonly lines: readonly DoorLine[];
  readonly closeLines: () => void;
}> {
  const { engine, metrics, state } = inside;
  const onError = (err: unknown): void => engine.log.error({ err }, "a request failed");
  const { server, app } = createHttpServer(role === "worker" ? new Map() : alertDoors(config, inside), onError);
  app.use(measureRequests(metrics, inside.connected.names));
  const people = role === "worker" ? null : createCommandDoor(inside);
  metrics.addSelf({
    skewMs: () => inside.trust.skewMs(),
    unstaffed: () => (state.started ? reportStaffing(engine, 0) : Promise.resolve([])),
  });
  const lines = people === null ? [] : mountVendorDoors(app, people, inside, onError);
  app.use(
    healthRoutes(
      { started: () => state.started, stopping: () => state.stopping },
      [...healthProbes(inside), ...lines.flatMap(({ checks = [] }) => checks)],
      metrics.text,
      systemStopwatch,
    ),
  );
  const closeLines = people === null ? () => {} : openPeopleDoors(app, config, people, inside, onError);
  app.use(
    (request, response) => void response.status(404).json({ error: `there is no ${request.method} ${request.path}` }),
  );
  app.use(errorHandler(onError));
  return { server, port: await startListening(server, config.port, config.host), lines, closeLines };
}

/** The doors that alerts come in by: they answer before anything else is looked at. */
function alertDoors(config: AppConfig, { engine, submit, metrics }: Inside): Parameters<typeof createHttpServer>[0] {
  const { policy, clock } = engine;
  const door = {
    submit,
    policy,
    clock,
    stopwatch: systemStopwatch,
    guard: createTokenGuard(config.webhookTokens, "MUSTER_WEBHOOK_TOKENS", publicHost(config)),
    ledger: createRefusalLedger(engine, submit),
    onAnswer(source: string, status: number, alerts: number, ms: number) {
      metrics.request(source, status, ms);
      if (alerts > 0) metrics.alerts(source, alerts);
    },
  };
  return new Map(
    engine.webhookSources.map((source) => [`/webhooks/${source.name}`, openWebhook(door, source)] as const),
  );
}

/** Counts requests by the door: the API, that of a vendor by its name, or another. */
function measureRequests(metrics: AppMetrics, vendors: readonly string[]): RequestHandler {
  const doorOf = (path: string): string => {
    const first = path.split("/")[1] ?? "";
    return first === "api" || vendors.includes(first) ? first : "other";
  };
  return (request, response, next) => {
    // A line that stays open for hours is no slow answer.
    if (request.path === "/live") return next();
    const { path } = request;
    const elapsed = systemStopwatch();
    response.on("finish", () => metrics.request(doorOf(path), response.statusCode, elapsed()));
    next();
  };
}

/** How long a step of the clock is shown, in ms. */
const STEP_SHOWN_MS = HOUR_MS;

/** What health asks, besides the lines of vendors. */
function healthProbes({ engine, state, watch, trust }: Inside): Parameters<typeof healthRoutes>[1] {
  const { db } = engine.connection;
  return [
    { name: "database", critical: true, probe: shareAnswer(() => tryDecisionWrites(db)) },
    // Doors go on taking what comes: it is stored, and others act on it.
    { name: "clock", critical: false, probe: () => passUnless(trust.problem(STEP_SHOWN_MS)) },
    { name: "lanes", critical: false, probe: () => passUnless(watch.laneProblem()) },
    {
      name: "queue",
      critical: false,
      async probe() {
        if (state.queue === null) throw new Error("not open yet");
        await state.queue.ping();
        await passUnless(watch.wakeUpProblem());
      },
    },
    {
      name: engine.chat.name === "dry-run" ? "chat" : engine.chat.name,
      critical: false,
      probe: () => engine.chat.ping(),
    },
    { name: "deliveries", critical: false, probe: () => ensureNothingRefused(engine) },
    {
      name: "endedWhileFiring",
      critical: false,
      probe: async () => passUnless(describeEndedFiring((await endedWhileFiring(db)).map(({ state }) => state))),
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
  return problem === null ? Promise.resolve() : Promise.reject(new Error(problem));
}

/** Those who ask while an answer is on its way share it. */
function shareAnswer(ask: () => Promise<void>): () => Promise<void> {
  let asked: Promise<void> | null = null;
  return () => (asked ??= ask().finally(() => (asked = null)));
}

function createCommandDoor({ engine, submit }: Inside): CommandDoor {
  const read = createReader(engine);
  return {
    act: createCommandInterpreter(engine, read, submit),
    submit,
    read,
    chat: engine.chat,
    clock: engine.clock,
    policy: engine.policy,
    pageUrl: (incident) => incidentUrl(engine, incident),
  };
}

/** The doors of each vendor in the list, or a closed door that names the missing setting. */
function mountVendorDoors(
  app: HttpServer["app"],
  people: CommandDoor,
  { engine, connected }: Inside,
  onError: (err: unknown) => void,
): readonly DoorLine[] {
  return connected.mountDoors((door) => ({
    app,
    door: people,
    pager: engine.paging,
    onError,
    warn: (message) => engine.log.warn({ door }, message),
  }));
}

/** The doors of people and of their tools: calendars, the API and the dashboard. Answers what closes open lines. */
function openPeopleDoors(
  app: HttpServer["app"],
  config: AppConfig,
  people: CommandDoor,
  { engine, submit, connected, monotonic }: Inside,
  onError: (err: unknown) => void,
): () => void {
  const { read, clock } = people;
  const letters = createDeadLetterBox(engine, submit);
  const guard = createTokenGuard(config.apiTokens, "MUSTER_API_TOKENS", publicHost(config));
  app.use(calendarRoutes(read, clock));
  app.use(
    "/api",
    apiRoutes(
      read,
      guard,
      [verbApiRoutes(people), postmortemApiRoutes(read, createPostmortemEditor(engine)), deadLetterApiRoutes(letters)],
      clock,
    ),
  );
  const live = createLiveUpdates(read, onError, monotonic);
  const { signIn } = connected;
  app.use(
    dashboardRoutes(dashboardDoor(config, engine, { door: people, letters, live, guard, signIn, onError, monotonic })),
  );
  return () => live.close();
}

function dashboardDoor(
  config: AppConfig,
  engine: Engine,
  parts: Pick<DashboardDoor, "door" | "letters" | "live" | "guard" | "signIn" | "onError"> & Pick<Inside, "monotonic">,
): DashboardDoor {
  const { monotonic, ...rest } = parts;
  const { read, act } = rest.door;
  return {
    ...rest,
    writer: createSectionEditor(engine, act),
    settleRefusals: (ids, by) => settleRefusals(engine, ids, by),
    sessions: sessionsOf(engine, config.publicUrl),
    assets: createAssets(),
    runbooks: createCatalogView(
      () => loadRunbooks(config.runbooks),
      (texts) => read.trackRecords(texts),
      monotonic,
    ),
    publicUrl: config.publicUrl,
  };
}

function publicHost({ publicUrl }: AppConfig): string {
  return new URL(publicUrl).host;
}

/** The sessions of the dashboard, by a secret that all processes share; read when the first person comes. */
function sessionsOf({ connection, clock }: Engine, publicUrl: string): () => Promise<BrowserSessions> {
  let known: Promise<BrowserSessions> | null = null;
  return () => {
    known ??= getOrCreateSecret(connection.db, "dashboard", randomBytes(32).toString("base64url")).then((secret) =>
      createSessions(secret, publicUrl.startsWith("https:"), clock),
    );
    known.catch(() => (known = null));
    return known;
  };
}
