import { randomInt } from "node:crypto";
import { sql } from "drizzle-orm";
import type { Database, QueryExecutor } from "#db/client.ts";
import { NamedProblem } from "#domain/values/named-problem.ts";
import { classifyFault } from "#db/errors.ts";
import { alertsTable, commandsTable, effectsTable, eventsTable, incidentsTable, timersTable } from "#db/schema.ts";
import { OTHER_TABLES, statementsTrying, VITAL_TABLES } from "./table-uses.ts";

/** Whether the tables were ever created. */
export async function hasTables(db: QueryExecutor): Promise<boolean> {
  const { rows } = await db.execute<{ name: string | null }>(sql`select to_regclass('commands')::text as name`);
  return rows[0]?.name != null;
}

/** Undoes everything that was tried. */
class Undo extends Error {}

/**
 * Tries what taking in, deciding and watching need: writes into the tables, and takes everything back. Nothing is left of
 * it, not even a gap in a numbering. Rejects with what is wrong in words: "the database is read-only (25006: …)".
 */
export function tryDecisionWrites(db: Database): Promise<void> {
  // Two processes that try at once must not wait for each other's rows.
  const id = -randomInt(1, 2_000_000_000);
  return tryAndUndo(db, async (tx) => {
    await writeRows(tx, id);
    await tx.execute(sql.raw(statementsTrying(VITAL_TABLES)));
  });
}

/** The same for the tables of runbooks, postmortems and upkeep: without them alerts still reach people. */
export function tryOtherTables(db: Database): Promise<void> {
  return tryAndUndo(db, async (tx) => void (await tx.execute(sql.raw(statementsTrying(OTHER_TABLES)))));
}

async function tryAndUndo(db: Database, attempt: (tx: QueryExecutor) => Promise<void>): Promise<void> {
  try {
    await db.transaction(async (tx) => {
      await tx.execute(sql`select set_config('lock_timeout', '1s', true), set_config('statement_timeout', '2s', true)`);
      await attempt(tx);
      throw new Undo();
    });
  } catch (cause) {
    if (!(cause instanceof Undo)) throw problemOf(cause);
  }
}

function problemOf(cause: unknown): Error {
  const { kind, reason } = classifyFault(cause);
  return kind === "unknown" ? new Error(reason, { cause }) : new NamedProblem(reason, { cause });
}

const at = new Date(0);
const actor = { kind: "source", id: "muster", name: "Muster" } as const;

async function writeRows(tx: QueryExecutor, id: number): Promise<void> {
  // A letter beyond Latin-1: a database that cannot store it loses alerts.
  const text = `probe:${id} ✓`;
  await tx
    .insert(commandsTable)
    .overridingSystemValue()
    .values({ id, key: text, type: text, urgency: 4, weight: 1, actor, at, recordedAt: at, body: text });
  await tx.insert(incidentsTable).values({
    number: id,
    uid: text,
    key: text,
    status: "canceled",
    priority: "P4",
    openedAt: at,
    version: 0,
    state: sql`'{}'::json`,
  });
  await writeAlert(tx, text);
  await tx.insert(eventsTable).values({
    incident: id,
    seq: 1,
    type: text,
    at,
    recordedAt: at,
    actor,
    data: {},
    evidence: { command: text, permalink: null },
  });
  await tx
    .insert(effectsTable)
    .overridingSystemValue()
    .values({
      id,
      key: text,
      lane: "ticket",
      urgency: 4,
      effect: sql`'{}'::json`,
      status: "done",
      dueAt: at,
      createdAt: at,
      wanted: 1,
      epoch: 0,
      attempts: 0,
      unsure: false,
    });
  await tx.insert(timersTable).values({ incident: id, timer: "archive", dueAt: at });
}

async function writeAlert(tx: QueryExecutor, text: string): Promise<void> {
  await tx.insert(alertsTable).values({
    source: text,
    fingerprint: text,
    status: "resolved",
    priority: "P4",
    priorityReason: text,
    labels: {},
    annotations: {},
    generatorUrl: "",
    startsAt: at,
    firstStartsAt: at,
    firstSeenAt: at,
    lastSeenAt: at,
    seq: 0,
    repeats: 0,
    flaps: 0,
    groupKeys: [],
    receivers: [],
    externalUrls: [],
  });
}
