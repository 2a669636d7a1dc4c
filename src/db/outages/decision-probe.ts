import { randomInt } from "node:crypto";
import { sql } from "drizzle-orm";
import type { Database, QueryExecutor } from "#db/client.ts";
import { classifyFault } from "#db/errors.ts";
import { alertsTable, commandsTable, effectsTable, eventsTable, incidentsTable, timersTable } from "#db/schema.ts";

/** What else the transaction that decides touches; asking for no rows asks whether it may. */
const MAY_TOUCH = [
  "update commands set attempts = attempts where false",
  "update incidents set version = version where false",
  "update alerts set repeats = repeats where false",
  "update effects set wanted = wanted where false",
  "delete from timers where false",
  "insert into truncated_groups select * from truncated_groups where false",
  "update truncated_groups set hidden = hidden where false",
  "insert into notices overriding system value select * from notices where false",
  "insert into overrides overriding system value select * from overrides where false",
  "update overrides set until = until where false",
  "delete from overrides where false",
  "insert into rotations overriding system value select * from rotations where false",
  "update rotations set until = until where false",
  "insert into mutes select * from mutes where false",
  "update mutes set until = until where false",
  "insert into wakings select * from wakings where false",
  "insert into runs overriding system value select * from runs where false",
  "update runs set next_at = next_at where false",
].join(";");

/** Whether the tables were ever created. */
export async function hasTables(db: QueryExecutor): Promise<boolean> {
  const { rows } = await db.execute<{ name: string | null }>(sql`select to_regclass('commands')::text as name`);
  return rows[0]?.name != null;
}

/** Undoes everything that was tried. */
class Undo extends Error {}

/**
 * Tries what deciding needs: writes into its tables, and takes everything back. Nothing is left of it, not even a gap in
 * a numbering. Rejects with what is wrong in words: "the database is read-only (25006: …)".
 */
export async function tryDecisionWrites(db: Database): Promise<void> {
  // Two processes that try at once must not wait for each other's rows.
  const id = -randomInt(1, 2_000_000_000);
  try {
    await db.transaction(async (tx) => {
      await tx.execute(sql`select set_config('lock_timeout', '1s', true), set_config('statement_timeout', '2s', true)`);
      await writeRows(tx, id);
      await tx.execute(sql.raw(MAY_TOUCH));
      throw new Undo();
    });
  } catch (cause) {
    if (!(cause instanceof Undo)) throw new Error(classifyFault(cause).says, { cause });
  }
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
