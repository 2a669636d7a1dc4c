import { dryRunChat, dryRunPaging, dryRunTickets } from "#adapters/dry-run/dry-run.ts";
import { connect, migrate, type Connection } from "#db/client.ts";
import type { Instant } from "#domain/language.ts";
import { PolicyFile } from "#domain/references.ts";
import { createApply } from "#engine/apply.ts";
import type { Engine, Log } from "#engine/engine.ts";
import { createPerform } from "#engine/perform.ts";
import type { Drains } from "#engine/relay.ts";
import { createAdvance } from "#engine/runs/advance.ts";
import { createTimers } from "#engine/timers.ts";
import type { Runbook } from "#runbooks/index.ts";
import type { Case } from "./read.ts";
import { Script } from "./script.ts";
import { scriptedPorts } from "./world.ts";

/** When the alert of every case comes. */
const BEGINS: Instant = Date.UTC(2030, 0, 1, 12);

/** The loop that production has, with a clock that is moved by hand and a world that says what a case has written down. */
export type Bench = {
  readonly engine: Engine;
  readonly drains: Drains;
  readonly script: Script;
  readonly began: Instant;
  /** What the log says of why no run began, and of what went wrong with the engine itself. */
  readonly refusals: readonly string[];
  readonly troubles: readonly string[];
  readonly time: { now: Instant };
};

/** A database in memory, with every table; some seconds to make, so one serves all cases. */
export async function openBenchDatabase(): Promise<Connection> {
  const connection = await connect({ kind: "embedded", directory: null }, () => {});
  await migrate(connection);
  return connection;
}

/** As if nothing had ever happened. */
async function emptied({ pool }: Connection): Promise<void> {
  const { rows } = await pool.query<{ names: string | null }>(
    "select string_agg(quote_ident(tablename), ', ') as names from pg_tables where schemaname = 'public'",
  );
  if (rows[0]?.names != null) await pool.query(`truncate ${rows[0].names} restart identity`);
}

export async function setUp(connection: Connection, runbook: Runbook, written: Case): Promise<Bench> {
  await emptied(connection);
  const time = { now: BEGINS };
  const script = new Script(written, BEGINS);
  const policy = PolicyFile.parse({ inventory: written.inventory });
  const ports = scriptedPorts(script, connection);
  const refusals: string[] = [];
  const troubles: string[] = [];
  const heard: Log = {
    debug: () => {},
    info: (fields) => {
      if ("runbook" in fields && "why" in fields) refusals.push(String(fields.why));
    },
    warn: (_, message) => void troubles.push(message),
    error: (fields, message) => void troubles.push("err" in fields ? `${message}: ${String(fields.err)}` : message),
  };
  let ids = 0;
  const newId = (): string => `id-${++ids}`;
  const quiet = (): void => {};
  const engine: Engine = {
    connection,
    policy: () => policy,
    clock: () => time.now,
    newId,
    random: () => 0.5,
    chat: { ...dryRunChat(quiet, newId), group: (name) => Promise.resolve(written.groups[name] ?? []) },
    paging: dryRunPaging(quiet),
    tickets: dryRunTickets(quiet),
    documents: null,
    alertSource: null,
    publicUrl: "https://muster.example",
    automata: { catalogue: () => ({ runbooks: [runbook], problems: [] }), ports, secrets: () => [] },
    nudge: quiet,
    stopping: () => false,
    observe: quiet,
    log: heard,
  };
  script.engine = engine;
  const drains = {
    apply: createApply(engine),
    timers: createTimers(engine),
    page: createPerform(engine, "page", 1),
    chat: createPerform(engine, "chat", 1),
    ticket: createPerform(engine, "ticket", 1),
    run: createAdvance(engine, 1),
  };
  return { engine, drains, script, began: BEGINS, refusals, troubles, time };
}
