import { sql } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openDatabase, type DatabaseConnection } from "#db/client.ts";
import { sweepTexts } from "#db/erasure/text-sweep.ts";
import { createPersonEraser, createTextEraser } from "#domain/response/erasure.ts";
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

/** So many sections of a postmortem with one text, in the order in which the table has them. */
async function write(section: string, text: string, count = 1): Promise<void> {
  await connection.db.execute(
    sql`insert into postmortem_texts (incident, section, version, text, author, written_at)
        select 1, ${section} || n, 1, ${text}, '{"kind":"person","id":"U1","name":"Zoe"}', now() from generate_series(1, ${count}::integer) n`,
  );
}

async function texts(section: string): Promise<readonly string[]> {
  const { rows } = await connection.db.execute<{ text: string }>(
    sql`select distinct text from postmortem_texts where section like ${`${section}%`} order by text`,
  );
  return rows.map(({ text }) => text);
}

describe("a sweep", () => {
  test("reaches a text behind however many others that only contain it", async () => {
    await write("other", "it looks ok", 450);
    await write("meant", "ok");
    const rows = await sweepTexts(connection.db, { needles: ["ok"], rewrite: createTextEraser(["ok"]), incident: 1 });
    expect([rows, await texts("meant"), await texts("other")]).toEqual([1, ["[redacted]"], ["it looks ok"]]);
  });

  test("reaches a person behind however many others whose names contain theirs", async () => {
    await write("other", "Bobby looked at it", 450);
    await write("meant", "Bob looked at it", 450);
    const rewrite = createPersonEraser({ ids: ["U0BOB"], names: ["Bob"] }, "forgotten-1");
    expect(await sweepTexts(connection.db, { needles: ["U0BOB", "Bob"], rewrite, incident: null })).toBe(450);
    expect([await texts("meant"), await texts("other")]).toEqual([
      ["Forgotten person looked at it"],
      ["Bobby looked at it"],
    ]);
  });
});
