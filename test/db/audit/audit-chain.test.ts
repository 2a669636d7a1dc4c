import { readFileSync } from "node:fs";
import { sql } from "drizzle-orm";
import fc from "fast-check";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { verifyAuditChain } from "#db/audit/audit-chain.ts";
import { appendAudit, eraseAudit, findErasable, readAuditEntries } from "#db/audit/audit-entries.ts";
import { openDatabase, type DatabaseConnection } from "#db/client.ts";
import { expireAudit, pruneHistory } from "#db/retention.ts";
import { DEFAULT_RETENTION } from "#domain/policy/retention-policy.ts";
import { AUDIT_KINDS } from "#domain/reporting/audit-entry.ts";
import { anAuditEntry } from "#test/support/builders/doors/audit-entry-builder.ts";
import { DAY, NOW } from "#test/support/builders/instants.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";
import { freshDatabase, type TestDatabase } from "#test/support/harness/servers/test-database.ts";

let database: TestDatabase;
let connection: DatabaseConnection;
beforeEach(async () => {
  database = await freshDatabase();
  connection = await openDatabase({ kind: "server", url: database.url, connections: 4 }, () => {});
});
afterEach(async () => {
  await connection.close();
  await database.drop();
});

/** The problems that a check finds. */
const findBreaks = async (): Promise<readonly string[]> => (await verifyAuditChain(connection.db)).problems;

/** As the owner of the database could do it: past every trigger. */
async function tamper(statement: string): Promise<void> {
  const client = await connection.pool.connect();
  try {
    await client.query("set session_replication_role = replica");
    await client.query(statement);
  } finally {
    await client.query("set session_replication_role = origin");
    client.release();
  }
}

/** So many entries, of long ago unless `at` is given. */
async function fill(count: number, at = Date.UTC(2020, 0, 1)): Promise<void> {
  const entries = Array.from({ length: count }, (_, i) => anAuditEntry({ at: at + i, text: `entry number ${i + 1}` }));
  await appendAudit(connection.db, entries);
}

const anyEntry = fc.record({
  kind: fc.constantFrom(...AUDIT_KINDS),
  what: fc.string({ unit: "binary" }),
  subject: fc.option(fc.string()),
  text: fc.string({ unit: "binary" }),
  address: fc.option(fc.string()),
  person: fc.option(fc.record({ id: fc.string({ unit: "binary" }), name: fc.string({ unit: "binary" }) })),
});

describe("the chain", () => {
  test("holds for entries of any texts, by whichever process they are appended", async () => {
    const other = await openDatabase({ kind: "server", url: database.url, connections: 4 }, () => {});
    try {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.array(anyEntry, { maxLength: 4 }), { maxLength: 8 }), async (batches) => {
          await Promise.all(
            batches.map((batch, i) => {
              const entries = batch.map((each) => anAuditEntry(each));
              return i % 2 === 0
                ? appendAudit(connection.db, entries)
                : other.db.transaction((tx) => appendAudit(tx, entries));
            }),
          );
          expect(await findBreaks()).toEqual([]);
        }),
        { numRuns: 20 },
      );
    } finally {
      await other.close();
    }
  });

  test("has an entry of a transaction only when that commits", async () => {
    const failing = connection.db.transaction(async (tx) => {
      await appendAudit(tx, [anAuditEntry()]);
      throw new Error("planted");
    });
    await expect(failing).rejects.toThrow("planted");
    await fill(2);
    expect(await verifyAuditChain(connection.db)).toMatchObject({ entries: 2, head: { seq: 2 }, problems: [] });
  });

  test.each([
    [
      `update audit.entries set body = replace(body, 'applied', 'refused') where seq = 2`,
      "entry 2 was changed: its hash does not fit",
    ],
    [`update audit.entries set kind = 'read' where seq = 2`, "entry 2 was changed: its columns do not fit its text"],
    [
      `update audit.entries set at = at + interval '1 hour' where seq = 2`,
      "entry 2 was changed: its columns do not fit its text",
    ],
    [
      `update audit.entries set person = 'mallory' where seq = 2`,
      "entry 2 was changed: it is filed under another person",
    ],
    [
      `update audit.entries set words = replace(words, 'number 2', 'number 9') where seq = 2`,
      "entry 2 was changed: its words do not fit",
    ],
    [
      `update audit.entries set personal = replace(personal, '192.0.2.7', '192.0.2.8') where seq = 2`,
      "entry 2 was changed: its person or address does not fit",
    ],
    [`update audit.entries set words = null where seq = 2`, "entry 2 was emptied, and no entry says so"],
    [
      `update audit.entries set personal = null, person = null where seq = 2`,
      "entry 2 was emptied, and no entry says so",
    ],
    [`delete from audit.entries where seq = 2`, "entries 2 to 2 are missing"],
    [`delete from audit.entries where seq <= 2`, "entries 1 to 2 are missing, and no entry says that they expired"],
    [`update audit.entries set prev = repeat('0', 64) where seq = 2`, "entry 2 does not follow entry 1"],
  ])("finds what was done past the triggers: %s", async (statement, problem) => {
    await fill(4);
    await tamper(statement);
    expect(await findBreaks()).toContain(problem);
  });

  test("finds a new chain of other entries by the anchor that was noted elsewhere", async () => {
    await fill(3);
    const { head } = await verifyAuditChain(connection.db);
    await tamper("delete from audit.entries");
    await fill(4, NOW);
    expect(await verifyAuditChain(connection.db, [head!])).toMatchObject({
      problems: ["entry 3 is not the one that was noted"],
    });
    await tamper("delete from audit.entries where seq > 1");
    expect((await verifyAuditChain(connection.db, [head!])).problems).toEqual(["entry 3, which was noted, is missing"]);
  });
});

describe("append-only", () => {
  test.each([
    "update audit.entries set body = '{}'",
    "update audit.entries set personal = null, person = null",
    "delete from audit.entries",
    "truncate audit.entries",
  ])("refuses %s from the role that owns everything", async (statement) => {
    await fill(2);
    await expect(connection.pool.query(statement)).rejects.toThrow("the audit log is append-only");
    expect(await verifyAuditChain(connection.db)).toMatchObject({ entries: 2, problems: [] });
  });

  const noteOf = (body: object): string =>
    `insert into audit.entries (at, kind, body) values (now(), 'audit', '${JSON.stringify(body)}')`;
  test.each([
    ["a setting", "select set_config('muster.audit', 'expire', false), set_config('muster.audit', 'erase', false)"],
    ["a note of another kind", noteOf({ what: "audit.read", through: 9, erased: [1, 2], whole: true })],
    ["a note that expired them before", "select audit.expire(now(), 1)"],
    ["a note that erased others", noteOf({ what: "audit.erased", erased: [7], whole: true })],
    ["a note that erased words only", noteOf({ what: "audit.erased", erased: [4], whole: false })],
    ["a note with a NUL in it", noteOf({ what: "audit.expired", through: 9, text: "\0" })],
  ])("refuses the role that owns everything whatever it prepares: %s", async (_, statement) => {
    await fill(3);
    await fill(2, wallClock());
    const client = await connection.pool.connect();
    try {
      await client.query(statement);
      for (const change of [
        "delete from audit.entries where seq in (3, 5)",
        "delete from audit.entries where seq = 4",
        "update audit.entries set personal = null, person = null where seq = 4",
        "update audit.entries set words = 'others' where seq = 4",
      ])
        await expect(client.query(change), change).rejects.toThrow(/append-only|unsupported Unicode/);
    } finally {
      client.release();
    }
    const { rows } = await connection.pool.query(
      "select 1 from audit.entries where seq in (3, 4, 5) and words is not null",
    );
    expect(rows).toHaveLength(3);
  });

  test("deletes no entry of the last 30 days for a planted note, and of older ones none that a check would miss", async () => {
    await fill(3);
    await fill(2, wallClock());
    await connection.pool.query(noteOf({ what: "audit.expired", through: 5, hash: "planted" }));
    await expect(connection.pool.query("delete from audit.entries where seq = 4")).rejects.toThrow("append-only");
    await connection.pool.query("delete from audit.entries where seq = 2");
    expect(await findBreaks()).toContain("entries 2 to 2 are missing");
    await connection.pool.query("delete from audit.entries where seq <= 3");
    expect(await findBreaks()).toContain("entries 1 to 3 are missing, and no entry says that they expired");
  });

  test("with a role of its own the application can append, read, expire and erase, and do nothing else", async () => {
    await connection.pool.query("drop role if exists muster_audit");
    await connection.pool.query("create role audit_app_test login");
    const script = readFileSync("deploy/audit-owner.sql", "utf8").replaceAll(':"app"', "audit_app_test");
    try {
      await connection.pool.query(script);
      const url = new URL(database.url);
      const client = new pg.Client({ connectionString: url.href });
      await client.connect();
      try {
        await client.query("set role audit_app_test");
        await client.query("insert into audit.entries (at, kind, body) values (now(), 'read', '{}')");
        expect((await client.query("select seq from audit.entries")).rows).toEqual([{ seq: "1" }]);
        await client.query("select set_config('muster.audit', 'expire', false)");
        // A start of ours that brings new rules along changes nothing there, and does not fail.
        const rules =
          "select md5(string_agg(prosrc, '' order by proname)) from pg_proc where pronamespace = 'audit'::regnamespace";
        const before = await client.query(rules);
        await client.query(
          readFileSync("migrations/0023_audit_rules.sql", "utf8").replace("DECLARE", "DECLARE -- changed"),
        );
        expect((await client.query(rules)).rows).toEqual(before.rows);
        for (const statement of [
          "delete from audit.entries",
          "update audit.entries set personal = null",
          "truncate audit.entries",
          "alter table audit.entries disable trigger all",
          "drop trigger append on audit.entries",
          "drop table audit.entries",
          "drop schema audit cascade",
          "create or replace function audit.refuse() returns trigger language plpgsql as 'begin return old; end'",
          "alter table audit.entries owner to audit_app_test",
        ])
          await expect(client.query(statement), statement).rejects.toThrow(/must be owner|permission denied/);
        await client.query("select audit.expire(now(), 10), audit.erase('{1}', true)");
        expect((await client.query("select count(*)::int as count from audit.entries")).rows).toEqual([{ count: 1 }]);
      } finally {
        await client.end();
      }
    } finally {
      await connection.pool.query("drop owned by audit_app_test");
      await connection.pool.query("drop role audit_app_test");
      await connection.pool.query(
        "reassign owned by muster_audit to current_user; drop owned by muster_audit; drop role muster_audit",
      );
    }
  });
});

describe("retention", () => {
  test("keeps every entry unless the policy limits it", async () => {
    await fill(3);
    await pruneHistory(connection.db, NOW, async () => {});
    expect(await verifyAuditChain(connection.db)).toMatchObject({ entries: 3, expired: 0 });
  });

  test("expires the oldest entries, and the chain goes on from the anchor that records it", async () => {
    await fill(5);
    await fill(2, NOW);
    expect(await expireAudit(connection.db, NOW - 90 * DAY, 3)).toBe(3);
    expect(await verifyAuditChain(connection.db)).toMatchObject({ entries: 5, expired: 3, problems: [] });
    await pruneHistory(connection.db, NOW, async () => {}, { ...DEFAULT_RETENTION, audit: 90 * DAY });
    expect(await verifyAuditChain(connection.db)).toMatchObject({ expired: 5, problems: [] });
    await fill(1, NOW);
    expect(await findBreaks()).toEqual([]);
  });

  test("is never shorter than 30 days, whatever is asked for", async () => {
    await fill(2, wallClock() - 20 * DAY);
    expect(await expireAudit(connection.db, wallClock() + DAY, 10)).toBe(0);
    expect(await verifyAuditChain(connection.db)).toMatchObject({ entries: 2, problems: [] });
  });
});

test("erasing a person leaves the fact and the chain", async () => {
  await appendAudit(connection.db, [
    anAuditEntry({ text: "secret plan" }),
    anAuditEntry({ person: BOB, text: "of Bob" }),
    anAuditEntry({ person: BOB, text: JSON.stringify({ to: { id: ALICE.id } }) }),
  ]);
  const found = await findErasable(connection.db, { people: [ALICE.id], texts: [ALICE.id] });
  expect(await eraseAudit(connection.db, found)).toBe(2);
  const [first, second, third] = await readAuditEntries(connection.db, { after: 0, limit: 10 });
  expect(first).toMatchObject({ erased: true, person: null, address: null, text: "", what: "incident.acknowledge" });
  expect(second).toMatchObject({ erased: false, person: { id: BOB.id, name: BOB.name }, text: "of Bob" });
  // What others wrote about the person goes, and who wrote it stays.
  expect(third).toMatchObject({ erased: true, person: { id: BOB.id, name: BOB.name }, text: "" });
  expect(await verifyAuditChain(connection.db)).toMatchObject({ erased: 2, problems: [] });
  const dump = await connection.db.execute(sql`select * from audit.entries`);
  expect(JSON.stringify(dump.rows)).not.toContain("secret plan");
  expect(JSON.stringify(dump.rows)).not.toContain(ALICE.id);
});
