import { getTableName, is, sql, Table } from "drizzle-orm";
import { globSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tryDecisionWrites, tryOtherTables } from "#db/outages/decision-probe.ts";
import { OTHER_TABLES, VITAL_TABLES, type TableUse } from "#db/outages/table-uses.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

/** "commands insert": the entries of the lists, each once. */
const usesListed = (uses: readonly TableUse[]): readonly string[] =>
  uses.flatMap(({ table, changes }) => changes.map((change) => `${getTableName(table)} ${change}`));

/** What the text of a query file does to rows, by the names of tables. */
function changesIn(text: string, names: ReadonlyMap<string, string>): readonly string[] {
  return text.split(";").flatMap((statement) => {
    const upserts = /on conflict[\s\S]*do update|onConflictDoUpdate/.test(statement);
    const found = [
      ...[...statement.matchAll(/bulkInsert\(\s*(\w+)/g)].map(([, name]) => ["insert", names.get(name!)]),
      ...[...statement.matchAll(/\.(insert|update|delete)\((\w+)\)/g)].map(([, change, name]) => [
        change,
        names.get(name!),
      ]),
      ...[...statement.matchAll(/\b(insert) into (\w+)/g)].map(([, change, name]) => [change, name]),
      ...[...statement.matchAll(/\b(update) (\w+) set\b/g)].map(([, change, name]) => [change, name]),
      ...[...statement.matchAll(/\b(delete) from (\w+)/g)].map(([, change, name]) => [change, name]),
    ];
    return found.flatMap(([change, name]) => {
      if (name === undefined) return [];
      return change === "insert" && upserts ? [`${name} insert`, `${name} update`] : [`${name} ${change}`];
    });
  });
}

async function tableNames(): Promise<ReadonlyMap<string, string>> {
  const modules = await Promise.all([
    import("#db/schema.ts"),
    import("#db/run-schema.ts"),
    import("#db/figures-schema.ts"),
    import("#db/arrangements/arrangement-schema.ts"),
    import("#db/intake/intake-schema.ts"),
    import("#db/outbound/outbound-schema.ts"),
    import("#db/watch/watch-schema.ts"),
    import("#db/oncall/rotations.ts"),
    import("#db/sessions/session-schema.ts"),
    import("#db/access/api-tokens.ts"),
  ]);
  return new Map(
    modules.flatMap((each) =>
      Object.entries(each).flatMap(([name, value]) => (is(value, Table) ? [[name, getTableName(value)] as const] : [])),
    ),
  );
}

test("readiness tries every change of rows that a query makes, and no table is forgotten", async () => {
  const names = await tableNames();
  const files = globSync("src/db/**/*.ts").filter((file) => !file.startsWith("src/db/outages/decision-probe"));
  const made = new Set(files.flatMap((file) => changesIn(readFileSync(file, "utf8"), names)));
  const known = new Set(names.values());
  const ours = [...made].filter((each) => known.has(each.split(" ")[0]!));
  expect(ours.length).toBeGreaterThan(40);
  expect(new Set(usesListed([...VITAL_TABLES, ...OTHER_TABLES]))).toEqual(new Set(ours));
});

describe("a role that may do all but one thing", () => {
  let rig: EngineHarness;
  beforeAll(async () => {
    rig = await EngineHarness.open();
    await rig.connection.db.execute(sql`create role small`);
  });
  afterAll(() => rig.close());

  /** The answer of the probe when this is the only thing that is not granted. */
  async function problemWithout(probe: typeof tryDecisionWrites, use: string): Promise<string | null> {
    const { db } = rig.connection;
    const [table, change] = use.split(" ");
    await db.execute(sql`grant select, insert, update, delete on all tables in schema public to small`);
    await db.execute(sql.raw(`revoke ${change} on "${table}" from small; set role small`));
    try {
      await probe(db);
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      await db.execute(sql`reset role`);
    }
  }

  test.each(usesListed(VITAL_TABLES))("is not ready: %s", async (use) => {
    expect(await problemWithout(tryDecisionWrites, use)).toContain(use.split(" ")[0]);
  });

  test.each(usesListed(OTHER_TABLES))("is degraded: %s", async (use) => {
    expect(await problemWithout(tryOtherTables, use)).toContain(use.split(" ")[0]);
    if (!usesListed(VITAL_TABLES).includes(use)) expect(await problemWithout(tryDecisionWrites, use)).toBeNull();
  });
});
