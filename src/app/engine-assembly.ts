import { randomUUID } from "node:crypto";
import type { AppConfig } from "#config/app-config.ts";
import type { DatabaseConnection } from "#db/client.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { AutomationRuntime } from "#engine/automation/run-ports.ts";
import { createRunWorker } from "#engine/automation/run-worker.ts";
import { createApplyWorker } from "#engine/loop/apply.ts";
import type { Engine, EngineLog } from "#engine/loop/engine.ts";
import { createEffectWorker } from "#engine/loop/perform.ts";
import { createTimerWorker } from "#engine/loop/timer-worker.ts";
import { createWakeUps, singleFlight, type LaneWorkers } from "#engine/loop/wake-ups.ts";
import { dryRunChat, dryRunPaging, dryRunTickets } from "#integrations/dry-run/dry-run.ts";
import type { LaneQueue } from "#queue/lane-queue.ts";
import type { ConnectedPorts } from "./integrations/connected-ports.ts";
import type { StartOverrides } from "./start-overrides.ts";
import type { AppMetrics } from "./metrics.ts";

/** What an engine is made of. */
type EngineParts = {
  readonly config: AppConfig;
  readonly connection: DatabaseConnection;
  readonly clock: () => number;
  readonly policy: () => Policy;
  readonly state: { readonly stopping: boolean; readonly queue: LaneQueue | null };
  readonly log: EngineLog;
  readonly connected: ConnectedPorts;
  readonly metrics: AppMetrics;
  readonly automata: AutomationRuntime;
};

/** Everything that the loop stands on; what nobody set up is a dry run. */
export function assembleEngine(parts: EngineParts, overrides: StartOverrides): Engine {
  const { config, connection, clock, policy, state, log, connected, metrics, automata } = parts;
  const newId = overrides.newId ?? randomUUID;
  const say = (fields: object, message: string): void => log.info(fields, message);
  return {
    connection,
    policy,
    clock,
    newId,
    random: overrides.random ?? Math.random,
    chat: overrides.chat ?? connected.chat ?? dryRunChat(say, newId, connected.platform),
    paging: overrides.paging ?? connected.paging ?? dryRunPaging(say),
    tickets: overrides.tickets ?? connected.tickets ?? dryRunTickets(say),
    documents: overrides.documents ?? connected.documents,
    alertSource: connected.alertSource,
    publicUrl: config.publicUrl,
    automata: overrides.automata ?? automata,
    automationOff: !config.automation,
    signIn: connected.signIn !== null,
    signInSettings: connected.platform.signInSettings,
    ...(overrides.leaseMs === undefined ? {} : { leaseMs: overrides.leaseMs }),
    nudge: createWakeUps(
      (lane, { urgency, delayMs }) =>
        state.queue === null
          ? Promise.resolve()
          : state.queue.nudge(lane, { urgency, delayMs: delayMs / (overrides.pace ?? 1) }),
      clock,
      log,
    ),
    stopping: () => state.stopping,
    observe(step) {
      metrics.observe(step);
      overrides.observe?.(step);
    },
    log,
  };
}

/** Effects at work at the same time, by lane. */
const WIDTH: Readonly<Record<"page" | "chat" | "ticket" | "run", number>> = { page: 16, chat: 8, ticket: 4, run: 8 };

/** One worker for each lane; however often it is woken, it works once at a time. */
export function createLaneWorkers(engine: Engine): LaneWorkers {
  return {
    apply: singleFlight(createApplyWorker(engine)),
    timers: singleFlight(createTimerWorker(engine)),
    page: singleFlight(createEffectWorker(engine, "page", WIDTH.page)),
    chat: singleFlight(createEffectWorker(engine, "chat", WIDTH.chat)),
    ticket: singleFlight(createEffectWorker(engine, "ticket", WIDTH.ticket)),
    run: singleFlight(createRunWorker(engine, WIDTH.run)),
  };
}
