import { dryRunChat, dryRunPaging, dryRunTickets } from "#integrations/dry-run/dry-run.ts";
import { emptyTables, openDatabase, migrateDatabase, type DatabaseConnection } from "#db/client.ts";
import { playedDatabaseClock } from "#db/place/database-clock.ts";
import type { Instant } from "#domain/values/language.ts";
import { policyShape } from "#domain/policy/policy.ts";
import { NO_VENDORS } from "#domain/policy/policy-vendors.ts";
import { createApplyWorker } from "#engine/loop/apply.ts";
import type { Engine, EngineLog } from "#engine/base/engine.ts";
import { createEffectWorker } from "#engine/loop/perform.ts";
import type { LaneWorkers } from "#engine/loop/wake-ups.ts";
import { createRunWorker } from "#engine/loop/run-worker.ts";
import { createTimerWorker } from "#engine/loop/timer-worker.ts";
import type { Runbook } from "#runbooks/index.ts";
import type { TestCase } from "./test-cases.ts";
import { CaseScript } from "./case-script.ts";
import { scriptedPorts } from "./scripted-ports.ts";

/** When the alert of every case comes. */
const BEGINS: Instant = Date.UTC(2030, 0, 1, 12);

/**
 * The loop that production has, with a clock that is moved by hand and a world that answers as a case has written down.
 */
/** What a case takes from the policy in force: whether a high risk needs a fresh sign-in. */
export type TestedAutomation = { readonly stepUp?: boolean };

export type CaseSimulator = {
  readonly engine: Engine;
  readonly workers: LaneWorkers;
  readonly script: CaseScript;
  readonly began: Instant;
  /** What the log has about why no run began, and about faults of the engine itself. */
  readonly refusals: readonly string[];
  readonly selfAlerts: readonly string[];
  readonly time: { now: Instant };
};

/** A database in memory, with every table; some seconds to make, so one serves all cases. */
export async function openSimulatorDatabase(): Promise<DatabaseConnection> {
  const connection = await openDatabase({ kind: "embedded", directory: null }, () => {});
  await migrateDatabase(connection);
  return connection;
}

export async function createSimulator(
  connection: DatabaseConnection,
  runbook: Runbook,
  written: TestCase,
  automation: TestedAutomation = {},
): Promise<CaseSimulator> {
  await emptyTables(connection);
  const time = { now: BEGINS };
  const script = new CaseScript(written, BEGINS);
  const policy = policyShape(NO_VENDORS).parse({ inventory: written.inventory, automation });
  const ports = scriptedPorts(script, connection);
  const refusals: string[] = [];
  const selfAlerts: string[] = [];
  const simulatorLog: EngineLog = {
    debug: () => {},
    info: (fields) => {
      if ("runbook" in fields && "why" in fields) refusals.push(String(fields.why));
    },
    warn: (_, message) => void selfAlerts.push(message),
    error: (fields, message) => void selfAlerts.push("err" in fields ? `${message}: ${String(fields.err)}` : message),
  };
  let ids = 0;
  const newId = (): string => `id-${++ids}`;
  const noop = (): void => {};
  const engine: Engine = {
    connection,
    policy: () => policy,
    clock: () => time.now,
    databaseClock: playedDatabaseClock(() => time.now),
    newId,
    newSalt: () => "",
    random: () => 0.5,
    chat: { ...dryRunChat(noop, newId), group: (name) => Promise.resolve(written.groups[name] ?? []) },
    paging: { ...dryRunPaging(noop), takesAnyNote: true },
    // One that opens nothing would be a step that failed.
    tickets: { ...dryRunTickets(noop), open: ({ key }) => Promise.resolve({ key, url: "", note: null }) },
    documents: null,
    alertSources: [],
    webhookSources: [],
    publicUrl: "https://muster.example",
    automation: { catalogue: () => ({ runbooks: [runbook], problems: [] }), ports, secrets: () => [] },
    wakeLane: noop,
    stopping: () => false,
    taking: () => true,
    observe: noop,
    log: simulatorLog,
  };
  script.engine = engine;
  const workers = {
    apply: createApplyWorker(engine),
    timers: createTimerWorker(engine),
    page: createEffectWorker(engine, "page", 1),
    pager: createEffectWorker(engine, "pager", 1),
    chat: createEffectWorker(engine, "chat", 1),
    people: createEffectWorker(engine, "people", 1),
    ticket: createEffectWorker(engine, "ticket", 1),
    run: createRunWorker(engine, 1),
  };
  return { engine, workers, script, began: BEGINS, refusals, selfAlerts, time };
}
