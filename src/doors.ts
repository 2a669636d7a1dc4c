import { randomBytes } from "node:crypto";
import type { Config } from "#config";
import { createSlackSignIn } from "#adapters/slack/sign-in.ts";
import { ping } from "#db/client.ts";
import { keptSecret } from "#db/secrets.ts";
import { createAct } from "#engine/act.ts";
import type { Engine } from "#engine/engine.ts";
import { pageUrl } from "#engine/links.ts";
import { createReader } from "#engine/read.ts";
import { createWriter } from "#engine/write-section.ts";
import type { Submit } from "#engine/submit.ts";
import { createWrite } from "#engine/write.ts";
import { apiPostmortem } from "#handlers/api-postmortem.ts";
import { apiVerbs } from "#handlers/api-verbs.ts";
import { api } from "#handlers/api.ts";
import { tokenGuard } from "#handlers/auth.ts";
import { createAssets } from "#handlers/assets.ts";
import { webhookDoor } from "#handlers/alertmanager.ts";
import { calendarDoor } from "#handlers/calendar.ts";
import { dashboard } from "#handlers/dashboard.ts";
import { grafanaDoor } from "#handlers/grafana.ts";
import { health } from "#handlers/health.ts";
import { createLive } from "#handlers/live.ts";
import { createSessions, type Sessions } from "#handlers/session.ts";
import { isSlacks } from "#adapters/slack/whisper.ts";
import type { SlackDoor } from "#handlers/slack-answer.ts";
import { mountSlack, type SlackConnection } from "#handlers/slack.ts";
import { pagerDutyDoor } from "#handlers/pagerduty.ts";
import type { LaneQueue } from "#queue/queue.ts";
import type { Metrics } from "./metrics.ts";
import { loadRunbooks } from "./runbook-folder.ts";
import { createShelf } from "./runbook-shelf.ts";
import { createHttp, errorHandler, listen, type HttpServer } from "./server.ts";
import { systemStopwatch } from "./clock.ts";

/** What a process is for: the doors, the work behind them, or both. */
export type Role = "web" | "worker" | "all";

type Inside = {
  readonly engine: Engine;
  readonly submit: Submit;
  readonly metrics: Metrics;
  readonly state: { readonly started: boolean; readonly stopping: boolean; readonly queue: LaneQueue | null };
};

/** Opens what the outside world comes in by; a worker has only health and metrics. `closeLines`: says good-bye to browsers that listen. */
export async function openDoors(
  config: Config,
  role: Role,
  { engine, submit, metrics, state }: Inside,
): Promise<{ readonly server: HttpServer["server"]; readonly port: number; readonly slack: SlackConnection | null; readonly closeLines: () => void }> {
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
          guard: tokenGuard(config.webhookTokens, "MUSTER_WEBHOOK_TOKENS", publicHost),
          onAnswer(source: string, status: number, alerts: number, ms: number) {
            metrics.request(source, status, ms);
            if (alerts > 0) metrics.alerts(source, alerts);
          },
        };
  let slack: SlackConnection | null = null;
  let closeLines = (): void => {};
  const { server, app } = createHttp(
    new Map(
      doors === null
        ? []
        : [
            ["/webhooks/alertmanager", webhookDoor(doors, "alertmanager", ["POST"])],
            ["/webhooks/grafana", grafanaDoor(doors)],
          ],
    ),
    onError,
  );
  app.use((request, response, next) => {
    // A line that stays open for hours is no slow answer.
    if (request.path === "/live") return next();
    const elapsed = systemStopwatch();
    response.on("finish", () =>
      metrics.request(request.path.startsWith("/slack") ? "slack" : request.path.startsWith("/api") ? "api" : "other", response.statusCode, elapsed()),
    );
    next();
  });
  app.use(
    health(
      { started: () => state.started, stopping: () => state.stopping },
      [
        { name: "database", critical: true, probe: () => ping(connection.db) },
        { name: "queue", critical: false, probe: () => (state.queue === null ? Promise.reject(new Error("not open yet")) : state.queue.ping()) },
        { name: engine.chat.name === "dry-run" ? "chat" : engine.chat.name, critical: false, probe: () => engine.chat.ping() },
        ...(config.slack?.appToken == null || role === "worker"
          ? []
          : [
              { name: "slack-line", critical: false, probe: () => (slack?.line() ? Promise.resolve() : Promise.reject(new Error("no line to Slack is open"))) },
            ]),
      ],
      metrics.text,
      systemStopwatch,
    ),
  );
  if (role !== "worker") {
    const read = createReader(engine);
    const guard = tokenGuard(config.apiTokens, "MUSTER_API_TOKENS", publicHost);
    const people: SlackDoor = {
      act: createAct(engine, read, submit),
      submit,
      read,
      chat: engine.chat,
      clock,
      policy,
      pageUrl: (number) => pageUrl(engine, number),
    };
    const { slack: settings } = config;
    if (settings !== null)
      slack = mountSlack(
        app,
        {
          signingSecret: settings.signingSecret,
          token: settings.botToken,
          socket: settings.appToken === null ? null : { appToken: settings.appToken, apiUrl: settings.apiUrl },
          isSlacks: (url) => isSlacks(url, settings.apiUrl),
          onError,
          warn: (message) => log.warn({ door: "slack" }, message),
        },
        people,
      );
    if (settings === null || settings.appToken !== null)
      app.post(
        "/slack/events",
        (_, response) =>
          void response.status(404).json({
            error:
              settings === null
                ? "Slack is not set up: set SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET"
                : "Socket Mode is on: Slack's requests come over the line that Muster dials",
          }),
      );
    app.use(
      pagerDutyDoor({
        secrets: config.pagerduty?.webhookSecrets ?? [],
        submit,
        read,
        policy,
        clock,
        pager: engine.paging,
        warn: (message) => log.warn({ door: "pagerduty" }, message),
      }),
    );
    app.use(calendarDoor(read, clock));
    app.use("/api", api(read, guard, [apiVerbs(people), apiPostmortem(read, createWrite(engine))], clock));
    const live = createLive(read, onError, clock);
    closeLines = () => live.close();
    app.use(
      dashboard({
        door: people,
        writer: createWriter(engine, people.act),
        live,
        guard,
        sessions: sessionsOf(engine, config.publicUrl),
        assets: createAssets(),
        runbooks: createShelf(
          () => loadRunbooks(config.runbooks),
          (texts) => read.trackRecords(texts),
          clock,
        ),
        signIn: config.signIn === null ? null : createSlackSignIn(config.signIn, clock),
        publicUrl: config.publicUrl,
        onError,
      }),
    );
  }
  app.use((request, response) => void response.status(404).json({ error: `there is no ${request.method} ${request.path}` }));
  app.use(errorHandler(onError));
  return { server, port: await listen(server, config.port, config.host), slack, closeLines: () => closeLines() };
}

/** The sessions of the dashboard, by a secret that all processes share; read when the first person comes. */
function sessionsOf({ connection, clock }: Engine, publicUrl: string): () => Promise<Sessions> {
  let known: Promise<Sessions> | null = null;
  return () => {
    known ??= keptSecret(connection.db, "dashboard", randomBytes(32).toString("base64url")).then((secret) =>
      createSessions(secret, publicUrl.startsWith("https:"), clock),
    );
    known.catch(() => (known = null));
    return known;
  };
}
