import { randomBytes } from "node:crypto";
import type { AppConfig } from "#config/app-config.ts";
import { pingDatabase } from "#db/client.ts";
import { getOrCreateSecret } from "#db/stored-secrets.ts";
import { createCommandInterpreter } from "#engine/loop/command-interpreter.ts";
import type { Engine } from "#engine/loop/engine.ts";
import { incidentUrl } from "#engine/loop/dashboard-links.ts";
import { createReader } from "#engine/loop/reader.ts";
import { createSectionEditor } from "#engine/postmortem/section-editor.ts";
import type { SubmitCommand } from "#engine/loop/submit.ts";
import { createPostmortemEditor } from "#engine/postmortem/postmortem-editor.ts";
import { postmortemApiRoutes } from "#handlers/api/postmortem-api.ts";
import { verbApiRoutes } from "#handlers/api/verb-api.ts";
import { apiRoutes } from "#handlers/api/api-routes.ts";
import { createTokenGuard } from "#handlers/token-guard.ts";
import { createAssets } from "#handlers/assets.ts";
import { alertmanagerWebhook } from "#handlers/webhooks/alertmanager-webhook.ts";
import { calendarRoutes } from "#handlers/calendar.ts";
import { dashboardRoutes } from "#handlers/dashboard/dashboard-routes.ts";
import { grafanaWebhook } from "#handlers/webhooks/grafana-webhook.ts";
import { healthRoutes } from "#handlers/health.ts";
import { createLiveUpdates } from "#handlers/dashboard/live-updates.ts";
import { createSessions, type BrowserSessions } from "#handlers/dashboard/session.ts";
import type { CommandDoor } from "#handlers/command-reply.ts";
import type { LaneQueue } from "#queue/lane-queue.ts";
import type { ConnectedPorts } from "./integrations/connected-ports.ts";
import type { DoorLine } from "./integrations/integration.ts";
import type { AppMetrics } from "./metrics.ts";
import { loadRunbooks } from "./runbook-folder.ts";
import { createCatalogView } from "./catalog-view.ts";
import { createHttpServer, errorHandler, startListening, type HttpServer } from "./server.ts";
import { systemStopwatch } from "./clock.ts";

/** What a process is for: the doors, the work behind them, or both. */
export type ProcessRole = "web" | "worker" | "all";

type Inside = {
  readonly engine: Engine;
  readonly submit: SubmitCommand;
  readonly metrics: AppMetrics;
  readonly state: { readonly started: boolean; readonly stopping: boolean; readonly queue: LaneQueue | null };
  readonly connected: Pick<ConnectedPorts, "signIn" | "mountDoors">;
};

/** `closeLines`: says good-bye to browsers that listen. */
export type OpenDoors = {
  readonly server: HttpServer["server"];
  readonly port: number;
  readonly lines: readonly DoorLine[];
  readonly closeLines: () => void;
};

/** Opens what the outside world comes in by; a worker has only health and metrics. */
export async function openDoors(
  config: AppConfig,
  role: ProcessRole,
  { engine, submit, metrics, state, connected }: Inside,
): Promise<OpenDoors> {
  const { connection, clock, policy, log } = engine;
  const onError = (err: unknown): void => log.error({ err }, "a request failed");
  const publicHost = new URL(config.publicUrl).host;
  const doors =
    role === "worker"
      ? null
      : {
          submit,
          policy,
          clock,
          stopwatch: systemStopwatch,
          guard: createTokenGuard(config.webhookTokens, "MUSTER_WEBHOOK_TOKENS", publicHost),
          onAnswer(source: string, status: number, alerts: number, ms: number) {
            metrics.request(source, status, ms);
            if (alerts > 0) metrics.alerts(source, alerts);
          },
        };
  let closeLines = (): void => {};
  const { server, app } = createHttpServer(
    new Map(
      doors === null
        ? []
        : [
            ["/webhooks/alertmanager", alertmanagerWebhook(doors, "alertmanager", ["POST"])],
            ["/webhooks/grafana", grafanaWebhook(doors)],
          ],
    ),
    onError,
  );
  app.use((request, response, next) => {
    // A line that stays open for hours is no slow answer.
    if (request.path === "/live") return next();
    const elapsed = systemStopwatch();
    response.on("finish", () =>
      metrics.request(
        request.path.startsWith("/slack") ? "slack" : request.path.startsWith("/api") ? "api" : "other",
        response.statusCode,
        elapsed(),
      ),
    );
    next();
  });
  const read = createReader(engine);
  const people: CommandDoor = {
    act: createCommandInterpreter(engine, read, submit),
    submit,
    read,
    chat: engine.chat,
    clock,
    policy,
    pageUrl: (number) => incidentUrl(engine, number),
  };
  const lines =
    role === "worker"
      ? []
      : connected.mountDoors((door) => ({
          app,
          door: people,
          pager: engine.paging,
          onError,
          warn: (message) => log.warn({ door }, message),
        }));
  app.use(
    healthRoutes(
      { started: () => state.started, stopping: () => state.stopping },
      [
        { name: "database", critical: true, probe: () => pingDatabase(connection.db) },
        {
          name: "queue",
          critical: false,
          probe: () => (state.queue === null ? Promise.reject(new Error("not open yet")) : state.queue.ping()),
        },
        {
          name: engine.chat.name === "dry-run" ? "chat" : engine.chat.name,
          critical: false,
          probe: () => engine.chat.ping(),
        },
        ...lines.flatMap(({ checks = [] }) => checks),
      ],
      metrics.text,
      systemStopwatch,
    ),
  );
  if (role !== "worker") {
    const guard = createTokenGuard(config.apiTokens, "MUSTER_API_TOKENS", publicHost);
    app.use(calendarRoutes(read, clock));
    app.use(
      "/api",
      apiRoutes(read, guard, [verbApiRoutes(people), postmortemApiRoutes(read, createPostmortemEditor(engine))], clock),
    );
    const live = createLiveUpdates(read, onError, clock);
    closeLines = () => live.close();
    app.use(
      dashboardRoutes({
        door: people,
        writer: createSectionEditor(engine, people.act),
        live,
        guard,
        sessions: sessionsOf(engine, config.publicUrl),
        assets: createAssets(),
        runbooks: createCatalogView(
          () => loadRunbooks(config.runbooks),
          (texts) => read.trackRecords(texts),
          clock,
        ),
        signIn: connected.signIn,
        publicUrl: config.publicUrl,
        onError,
      }),
    );
  }
  app.use(
    (request, response) => void response.status(404).json({ error: `there is no ${request.method} ${request.path}` }),
  );
  app.use(errorHandler(onError));
  return {
    server,
    port: await startListening(server, config.port, config.host),
    lines,
    closeLines: () => closeLines(),
  };
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
