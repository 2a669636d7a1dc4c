import { randomUUID } from "node:crypto";
import { loadPolicy, showProblem, type Config } from "#config";
import { dryRunChat, dryRunPaging, dryRunTickets } from "#adapters/dry-run/dry-run.ts";
import { createAlertSource } from "#adapters/alertmanager/alert-source.ts";
import { createSlackChat } from "#adapters/slack/chat.ts";
import { createClient } from "#adapters/slack/client.ts";
import { connect, migrate, openServer, ping, type Connection } from "#db/client.ts";
import { prune } from "#db/prune.ts";
import { MUSTER, LANES, type Lane } from "#domain/language.ts";
import { nextUtc, utcDay } from "#domain/instant.ts";
import type { Policy } from "#domain/policy.ts";
import { createApply } from "#engine/apply.ts";
import type { Engine, Log, Observer } from "#engine/engine.ts";
import { createPerform } from "#engine/perform.ts";
import { createReader } from "#engine/read.ts";
import { createNudge, exclusive, sweep, type Drains } from "#engine/relay.ts";
import { createSubmit, type Submit } from "#engine/submit.ts";
import { watchSources } from "#engine/watch.ts";
import { createTimers } from "#engine/timers.ts";
import { api } from "#handlers/api.ts";
import { tokenGuard } from "#handlers/auth.ts";
import { webhookDoor } from "#handlers/alertmanager.ts";
import { dashboard } from "#handlers/dashboard.ts";
import { grafanaDoor } from "#handlers/grafana.ts";
import { health } from "#handlers/health.ts";
import { mountSlack } from "#handlers/slack.ts";
import type { Chat } from "#ports/chat.ts";
import type { Paging } from "#ports/paging.ts";
import type { Tickets } from "#ports/tickets.ts";
import { openQueue, type LaneQueue } from "#queue/queue.ts";
import { createMetrics } from "./metrics.ts";
import { close, createHttp, errorHandler, listen } from "./server.ts";

export type Role = "web" | "worker" | "all";

/** What tests and the demo put in the place of the world. */
export type Overrides = {
  readonly clock?: () => number;
  readonly newId?: () => string;
  readonly random?: () => number;
  readonly chat?: Chat;
  readonly paging?: Paging;
  readonly tickets?: Tickets;
  readonly observe?: Observer;
  /** How many ms of `clock` pass in a real one: a demo tells 22 minutes in one. */
  readonly pace?: number;
  /** ms between two sweeps; null: none, the test drives the lanes itself. */
  readonly sweepEvery?: number | null;
  /** ms after which an effect that was begun and not finished is begun anew. */
  readonly leaseMs?: number;
  /** false: nothing is consumed from the queue. */
  readonly consume?: boolean;
};

/** A running Muster. */
export type Muster = {
  readonly url: string;
  readonly engine: Engine;
  readonly submit: Submit;
  readonly drains: Drains;
  /** Reads the policy file again; a bad one changes nothing and is said in the log. */
  reload(): void;
  /** Finishes what is in hand within 10 s and lets go of everything. */
  stop(): Promise<void>;
};

/** Effects at work at the same time, by lane. */
const WIDTH: Readonly<Record<"page" | "chat" | "ticket", number>> = { page: 16, chat: 8, ticket: 4 };
const GRACE_MS = 10_000;

/**
 * Puts Muster together and starts it: settings → database → adapters → engine → doors. The doors open first and answer
 * 503 until the database is there, so that a sender tries again instead of losing heart.
 * @throws DataDirectoryBusy when the embedded database is in use; Error when the port is taken
 */
export async function start(config: Config, role: Role, log: Log, overrides: Overrides = {}): Promise<Muster> {
  const clock = overrides.clock ?? Date.now;
  const state = { started: false, stopping: false, policy: config.policy, queue: null as LaneQueue | null };
  const policy = (): Policy => state.policy;
  const fault = (what: string) => quietly(log, what, clock);

  const connection = await connect(
    config.databaseUrl === null ? { kind: "embedded", directory: config.dataDir } : { kind: "server", url: config.databaseUrl, connections: 20 },
    fault("the database connection failed"),
  );
  const metrics = createMetrics(() => (state.started ? connection : null));
  const slack = config.slack === null ? null : createClient({ token: config.slack.botToken, apiUrl: config.slack.apiUrl, clock, onCall: metrics.slackCall });
  const newId = overrides.newId ?? randomUUID;
  const say = (fields: object, message: string): void => log.info(fields, message);
  const engine: Engine = {
    connection,
    policy,
    clock,
    newId,
    random: overrides.random ?? Math.random,
    chat: overrides.chat ?? (slack === null ? dryRunChat(say, newId) : createSlackChat(slack)),
    paging: overrides.paging ?? dryRunPaging(say),
    tickets: overrides.tickets ?? dryRunTickets(say),
    alertSource: config.alertmanagerUrl === null ? null : createAlertSource(config.alertmanagerUrl),
    publicUrl: config.publicUrl,
    ...(overrides.leaseMs === undefined ? {} : { leaseMs: overrides.leaseMs }),
    nudge: createNudge((lane, { urgency, delayMs }) => (state.queue === null ? Promise.resolve() : state.queue.nudge(lane, { urgency, delayMs: delayMs / (overrides.pace ?? 1) })), clock, log),
    stopping: () => state.stopping,
    observe(step) {
      metrics.observe(step);
      overrides.observe?.(step);
    },
    log,
  };
  const submit = createSubmit(engine);
  const drains: Drains = {
    apply: exclusive(createApply(engine)),
    timers: exclusive(createTimers(engine)),
    page: exclusive(createPerform(engine, "page", WIDTH.page)),
    chat: exclusive(createPerform(engine, "chat", WIDTH.chat)),
    ticket: exclusive(createPerform(engine, "ticket", WIDTH.ticket)),
  };

  const { server, port } = await openDoors(config, role, { engine, submit, metrics, state });
  const timers = new Set<NodeJS.Timeout>();
  const stop = async (): Promise<void> => {
    if (state.stopping) return;
    state.stopping = true;
    for (const timer of timers) clearInterval(timer);
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, GRACE_MS - 1_000)));
    const inTime = (work: Promise<unknown> | undefined): Promise<unknown> => Promise.race([work, patience]);
    await close(server, GRACE_MS / 2);
    await inTime(state.queue?.stop());
    await inTime(Promise.allSettled(LANES.map((lane) => drains[lane]())));
    await inTime(state.queue?.close());
    await inTime(connection.close());
    clearTimeout(timer);
  };

  try {
    await becomeReady(config, connection, state, log);
  } catch (error) {
    await stop();
    throw error;
  }
  if (role !== "web" && !state.stopping) {
    if (overrides.consume !== false) await state.queue!.consume(LANES, (lane) => drains[lane]());
    if (overrides.sweepEvery !== null) for (const timer of keepWatch(engine, drains, submit, overrides.sweepEvery ?? 1_000)) timers.add(timer);
  }
  state.started = true;

  return {
    url: `http://${config.host.includes(":") ? `[${config.host}]` : config.host}:${port}`,
    engine,
    submit,
    drains,
    reload() {
      const { policy: fresh, problems } = loadPolicy(config.policyFile, false);
      if (fresh === null) log.error({ problems: problems.map(showProblem) }, "the policy file is wrong; the old policy stays in force");
      else {
        state.policy = fresh;
        log.info({ file: config.policyFile }, "the policy was read again and is in force");
      }
    },
    stop,
  };
}

type Inside = { readonly engine: Engine; readonly submit: Submit; readonly metrics: ReturnType<typeof createMetrics>; readonly state: { readonly started: boolean; readonly stopping: boolean; readonly queue: LaneQueue | null } };

async function openDoors(config: Config, role: Role, { engine, submit, metrics, state }: Inside): Promise<{ server: ReturnType<typeof createHttp>["server"]; port: number }> {
  const { connection, clock, policy, log } = engine;
  const onError = (err: unknown): void => log.error({ err }, "a request failed");
  const publicHost = new URL(config.publicUrl).host;
  const doors = role === "worker" ? null : {
    submit,
    policy,
    clock,
    guard: tokenGuard(config.webhookTokens, "MUSTER_WEBHOOK_TOKENS", publicHost),
    onAnswer(source: string, status: number, alerts: number, ms: number) {
      metrics.request(source, status, ms);
      if (alerts > 0) metrics.alerts(source, alerts);
    },
  };
  const { server, app } = createHttp(
    new Map(doors === null ? [] : [["/webhooks/alertmanager", webhookDoor(doors, "alertmanager", ["POST"])], ["/webhooks/grafana", grafanaDoor(doors)]]),
    onError,
  );
  app.use((request, response, next) => {
    const began = performance.now();
    response.on("finish", () => metrics.request(request.path.startsWith("/slack") ? "slack" : request.path.startsWith("/api") ? "api" : "other", response.statusCode, performance.now() - began));
    next();
  });
  app.use(
    health(
      { started: () => state.started, stopping: () => state.stopping },
      [
        { name: "database", critical: true, probe: () => ping(connection.db) },
        { name: "queue", critical: false, probe: () => (state.queue === null ? Promise.reject(new Error("not open yet")) : state.queue.ping()) },
        { name: engine.chat.name === "dry-run" ? "chat" : engine.chat.name, critical: false, probe: () => engine.chat.ping() },
      ],
      metrics.text,
    ),
  );
  if (role !== "worker") {
    const read = createReader(engine);
    const guard = tokenGuard(config.apiTokens, "MUSTER_API_TOKENS", publicHost);
    if (config.slack !== null) mountSlack(app, { signingSecret: config.slack.signingSecret, token: config.slack.botToken, onError, warn: (message) => log.warn({ door: "slack" }, message) }, { submit, read, chat: engine.chat, clock, policy });
    else app.post("/slack/events", (_, response) => void response.status(404).json({ error: "Slack is not set up: set SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET" }));
    app.use("/api", api(read, guard));
    app.use(dashboard(read, guard, clock));
  }
  app.use((request, response) => void response.status(404).json({ error: `there is no ${request.method} ${request.path}` }));
  app.use(errorHandler(onError));
  return { server, port: await listen(server, config.port, config.host) };
}

/** Waits for the database as long as it takes, brings it up to date, and opens the queue. */
async function becomeReady(config: Config, connection: Connection, state: { queue: LaneQueue | null; readonly stopping: boolean }, log: Log): Promise<void> {
  for (let wait = 250; !state.stopping; wait = Math.min(wait * 2, 5_000)) {
    try {
      await migrate(connection);
      const place =
        config.redis !== null
          ? { kind: "redis" as const, ...config.redis }
          : config.databaseUrl === null
            ? { kind: "postgres" as const, pool: connection.pool, owned: false }
            : { kind: "postgres" as const, pool: openServer(config.databaseUrl, LANES.length + 5, "muster-queue", "bullmq,public"), owned: true };
      state.queue = await openQueue(place, "muster", quietly(log, "the queue failed; the sweep does without it", Date.now));
      return;
    } catch (err) {
      if (connection.embedded) throw err;
      log.warn({ err, retryInMs: wait }, "the database is not ready; waiting for it");
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

/** What a worker does by the clock: find forgotten work, send the day's digest, forget what is long done. */
function keepWatch(engine: Engine, drains: Drains, submit: Submit, every: number): NodeJS.Timeout[] {
  const guarded = (what: string, work: () => Promise<unknown>) => (): void => void work().catch((err: unknown) => engine.log.warn({ err }, `${what} failed; the next one tries again`));
  let digested = "";
  const digest = async (): Promise<void> => {
    const now = engine.clock();
    const due = nextUtc(now - 86_400_000, engine.policy().digest.at);
    const day = utcDay(due);
    if (day === digested || now - due > 12 * 3_600_000) return;
    await submit({ key: `digest:${day}`, urgency: 4, weight: 1, actor: MUSTER, at: due, replyTo: null, evidence: null, body: { type: "digest.due", day } });
    digested = day;
  };
  return [
    setInterval(guarded("the sweep", () => sweep(engine, drains, LANES as readonly Lane[])), every),
    setInterval(guarded("the digest", digest), 30_000),
    setInterval(guarded("watching the sources", () => watchSources(engine, submit)), 60_000),
    setInterval(guarded("pruning", () => prune(engine.connection.db, engine.clock())), 3_600_000),
  ];
}

/** Says the same trouble once in ten seconds, however often it happens. */
function quietly(log: Log, message: string, clock: () => number): (error: Error) => void {
  let last = 0;
  let unsaid = 0;
  return (err) => {
    if (clock() - last < 10_000) {
      unsaid++;
      return;
    }
    log.warn({ err, ...(unsaid > 0 ? { times: unsaid + 1 } : {}) }, message);
    last = clock();
    unsaid = 0;
  };
}
