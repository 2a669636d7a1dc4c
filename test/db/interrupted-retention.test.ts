import { sql, type SQL } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { verifyAuditChain } from "#db/audit/audit-chain.ts";
import { appendAudit } from "#db/audit/audit-entries.ts";
import { openDatabase, type Database, type DatabaseConnection, type QueryExecutor } from "#db/client.ts";
import { expireAudit, pruneHistory } from "#db/retention.ts";
import { DEFAULT_RETENTION } from "#domain/policy/retention-policy.ts";
import { anAuditEntry } from "#test/support/builders/doors/audit-entry-builder.ts";
import { DAY, NOW } from "#test/support/builders/instants.ts";
import { freshDatabase, type TestDatabase } from "#test/support/harness/servers/test-database.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

let database: TestDatabase;
let connection: DatabaseConnection;
beforeEach(async () => {
  database = await freshDatabase();
  connection = await openDatabase({ kind: "server", url: database.url, connections: 8 }, () => {});
});
afterEach(async () => {
  await connection.close();
  await database.drop();
});

const RETENTION = { ...DEFAULT_RETENTION, audit: 90 * DAY };
/** Of the audit log, which the database prunes by its own clock. */
const OLD = Date.UTC(2020, 0, 1);
const atOnce = async (): Promise<void> => {};
const prune = (db: Database = connection.db, pause = atOnce): Promise<void> => pruneHistory(db, NOW, pause, RETENTION);

/** Rows of several kinds, as many old ones as a run removes in several statements, and a young one of each. */
async function fillKinds(): Promise<void> {
  const { db } = connection;
  for (const [name, count, age] of [
    ["old", 5_500, 40 * DAY],
    ["young", 1, DAY],
  ] as const) {
    const at = sql`${new Date(NOW - age).toISOString()}::timestamptz`;
    await db.execute(
      sql`insert into commands (key, type, urgency, weight, actor, at, recorded_at, body, done_at, outcome)
          select ${name} || n, 'planted', 0, 1, '{}', now(), now(), '{}', ${at}, 'applied' from generate_series(1, ${count}::integer) n`,
    );
    await db.execute(
      sql`insert into effects (key, lane, urgency, status, effect, due_at, created_at, wanted, epoch, attempts, unsure, finished_at)
          select ${name} || n, 'chat', 0, 'done', '{"type":"chat.topic"}', now(), now(), 1, 1, 1, false, ${at} from generate_series(1, ${count}::integer) n`,
    );
    await db.execute(sql`insert into allowances (key, tokens, refused, at) values (${name}, 1, 0, ${at})`);
  }
  await fillAudit(30);
  await appendAudit(db, [anAuditEntry({ at: wallClock(), text: "young" })]);
}

async function fillAudit(count: number): Promise<void> {
  await appendAudit(
    connection.db,
    Array.from({ length: count }, (_, i) => anAuditEntry({ at: OLD + i, text: `entry ${i}` })),
  );
}

/** What is left of each kind, and what a check of the chain finds. */
async function whatIsLeft(): Promise<object> {
  const { rows } = await connection.db.execute<{ kind: string; names: string }>(
    sql`select 'commands' as kind, string_agg(key, ' ') as names from commands where type = 'planted'
        union all select 'effects', string_agg(key, ' ') from effects where lane = 'chat' and key ~ '^(old|young)'
        union all select 'allowances', string_agg(key, ' ') from allowances where key in ('old', 'young')`,
  );
  const { problems, expired } = await verifyAuditChain(connection.db);
  return { ...Object.fromEntries(rows.map(({ kind, names }) => [kind, names])), problems, expired };
}
const PRUNED = { commands: "young1", effects: "young1", allowances: "young", problems: [], expired: 30 };

/** A database whose process dies at its n-th statement: before it, or after it and before its answer. */
function dyingDatabase(n: number, when: "before" | "after"): { readonly db: Database; readonly died: () => boolean } {
  let left = n;
  let dead = false;
  const wrap = (own: QueryExecutor): QueryExecutor =>
    new Proxy(own, {
      get(target, name, receiver) {
        if (name !== "execute") return Reflect.get(target, name, receiver) as unknown;
        return async (query: SQL) => {
          left--;
          if (left > 0) return target.execute(query);
          if (when === "after" && left === 0) await target.execute(query);
          dead = true;
          throw new Error("the process died");
        };
      },
    });
  const { db } = connection;
  const dying = Object.assign(Object.create(wrap(db)) as Database, {
    execute: (query: SQL) => wrap(db).execute(query),
    transaction: <T>(run: (tx: QueryExecutor) => Promise<T>) => db.transaction((tx) => run(wrap(tx))),
  });
  return { db: dying, died: () => dead };
}

describe("a run that dies", () => {
  test.each(["before", "after"] as const)(
    "%s any of its statements leaves a whole chain, and the next run does the rest",
    async (when) => {
      await fillKinds();
      let runs = 0;
      for (let n = 1; ; n++) {
        const { db, died } = dyingDatabase(n, when);
        await prune(db).catch(() => {});
        expect(await whatIsLeft()).toMatchObject({
          problems: [],
          commands: expect.stringContaining("young1") as string,
        });
        runs++;
        if (!died()) break;
        // More for the next one to remove.
        if (n % 5 === 0) await fillOld(n);
      }
      expect(runs).toBeGreaterThan(10);
      await prune();
      expect(await whatIsLeft()).toMatchObject({ ...PRUNED, expired: expect.any(Number) as number });
    },
  );

  test("while it expires entries of the audit log has expired none, and its successor the same ones", async () => {
    await fillAudit(30);
    await expect(
      connection.db.transaction(async (tx) => {
        expect(await expireAudit(tx, wallClock(), 10)).toBe(10);
        throw new Error("the process died");
      }),
    ).rejects.toThrow("the process died");
    expect(await verifyAuditChain(connection.db)).toMatchObject({ entries: 30, expired: 0, problems: [] });
    expect(await expireAudit(connection.db, wallClock(), 10)).toBe(10);
    expect(await verifyAuditChain(connection.db)).toMatchObject({ entries: 21, expired: 10, problems: [] });
  });

  test("by a connection that was cut has done whole statements only", async () => {
    await fillAudit(30);
    const { pool } = connection;
    const client = await pool.connect();
    client.on("error", () => {});
    await client.query("begin");
    await client.query("select audit.expire(now(), 10)");
    const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
    // It answers when that backend is gone.
    await pool.query("select pg_terminate_backend($1, 10000)", [rows[0]!.pid]);
    const committed = await client.query("commit").then(
      () => true,
      () => false,
    );
    client.release(true);
    expect(committed).toBe(false);
    await prune();
    expect(await verifyAuditChain(connection.db)).toMatchObject({ expired: 30, problems: [] });
  });
});

async function fillOld(n: number): Promise<void> {
  await fillAudit(3);
  const at = sql`${new Date(NOW - 40 * DAY).toISOString()}::timestamptz`;
  await connection.db.execute(
    sql`insert into allowances (key, tokens, refused, at) values (${`again ${n}`}, 1, 0, ${at})`,
  );
}

describe("several runs at once", () => {
  test("remove what one would, without getting into each other's way", async () => {
    await fillKinds();
    const runs = await Promise.allSettled(Array.from({ length: 4 }, () => prune()));
    expect(runs.map(({ status }) => status)).toEqual(Array.from(runs, () => "fulfilled"));
    await prune();
    expect(await whatIsLeft()).toEqual(PRUNED);
  });

  test("expire each entry once, while others append", async () => {
    await fillAudit(60);
    const { db } = connection;
    const expired = await Promise.all([
      ...Array.from({ length: 8 }, () => expireAudit(db, wallClock(), 7)),
      ...Array.from({ length: 8 }, async (_, i) => {
        await appendAudit(db, [anAuditEntry({ at: wallClock(), text: `beside ${i}` })]);
        return 0;
      }),
    ]);
    expect(expired.reduce((sum, count) => sum + count, 0)).toBe(56);
    expect(await verifyAuditChain(db)).toMatchObject({ expired: 56, problems: [] });
  });

  test("a check of the chain that reads beside them finds nothing missing", async () => {
    await fillAudit(2_500);
    const { db } = connection;
    let reads = 0;
    const beside = new Proxy(db, {
      get(target, name, receiver) {
        if (name !== "execute") return Reflect.get(target, name, receiver) as unknown;
        return async (query: SQL) => {
          // Between its first look and its second.
          if (++reads === 2) await expireAudit(target, wallClock(), 1_700);
          return target.execute(query);
        };
      },
    });
    expect(await verifyAuditChain(beside)).toMatchObject({ expired: 1_700, problems: [] });
    expect(reads).toBeGreaterThan(1);
    expect(await verifyAuditChain(db)).toMatchObject({ expired: 1_700, problems: [] });
  });
});

test.each([
  ["the audit log", "function audit.expire(timestamptz, integer)", "expire", { expired: 0 }],
  ["commands", "table commands", "commands", { commands: undefined }],
])("%s that cannot be pruned keeps no other kind, and is reported", async (_, what, name, kept) => {
  await fillKinds();
  const away = (of: string, to: string): string => `alter ${what.replace(name, of)} rename to ${to}`;
  await connection.pool.query(away(name, `${name}_away`));
  await expect(prune()).rejects.toThrow(name);
  await connection.pool.query(away(`${name}_away`, name));
  const { commands, ...left } = (await whatIsLeft()) as { commands: string };
  expect({ ...left, commands: commands.length > 100 ? undefined : commands }).toEqual({ ...PRUNED, ...kept });
});
