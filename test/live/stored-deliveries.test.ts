import fc from "fast-check";
import { expect, test } from "vitest";
import { migrateDatabase, openDatabase } from "#db/client.ts";
import { insertCommands, storeCommands } from "#db/commands.ts";
import type { CommandSubmission } from "#domain/commands/submission.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { aSubmission } from "#test/support/builders/submissions.ts";
import { describeLive, newDatabase } from "#test/support/harness/servers/live.ts";

/** Texts of every width in UTF-8, with what JSON and COPY's text format escape. */
const texts = fc.string({ unit: fc.constantFrom("a", '"', "\\", "\n", "\t", "é", "漢", "😀", "\u0001", "\\.") });

const deliveries: fc.Arbitrary<CommandSubmission> = fc
  .record({
    raw: texts,
    id: texts,
    urgency: fc.integer({ min: 0, max: 4 }),
    weight: fc.integer({ min: 1, max: 2_147_483_647 }),
    at: fc.integer({ min: Date.UTC(1970, 0, 1), max: Date.UTC(2100, 0, 1) }),
    evidence: fc.option(texts),
  })
  .map(({ raw, id, ...rest }) => ({
    ...aSubmission(
      { type: "alerts.deliver", source: "alertmanager", raw },
      { actor: { kind: "source", id, name: id } },
    ),
    ...rest,
    key: null,
  }));

describeLive("deliveries at the door of a server", ["postgres"], () => {
  test("are stored by COPY exactly as a statement would store them, in their order", async () => {
    const connection = await openDatabase({ kind: "server", url: await newDatabase(), connections: 2 }, () => {});
    try {
      await migrateDatabase(connection);
      const stored = async (): Promise<unknown[]> => {
        const { rows } = await connection.pool.query(
          "select key, type, urgency, weight, actor, at, recorded_at, reply_to, evidence, body, done_at, attempts from commands order by id",
        );
        await connection.pool.query("truncate commands");
        return rows;
      };
      await fc.assert(
        fc.asyncProperty(fc.array(deliveries, { minLength: 1, maxLength: 20 }), async (batch) => {
          await storeCommands(connection, batch, NOW);
          const copied = await stored();
          await insertCommands(connection.db, batch, NOW);
          expect(copied).toEqual(await stored());
        }),
        { numRuns: 50 },
      );
    } finally {
      await connection.close();
    }
  });

  test("are all refused when one of them cannot be stored", async () => {
    const connection = await openDatabase({ kind: "server", url: await newDatabase(), connections: 2 }, () => {});
    try {
      await migrateDatabase(connection);
      const of = (raw: string): CommandSubmission =>
        aSubmission(
          { type: "alerts.deliver", source: "alertmanager", raw },
          { actor: { kind: "source", id: "a", name: "a" } },
        );
      await expect(storeCommands(connection, [of("{}"), of("\u0000")], NOW)).rejects.toThrow("invalid byte sequence");
      expect((await connection.pool.query("select 1 from commands")).rows).toEqual([]);
      await storeCommands(connection, [of("{}")], NOW);
      expect((await connection.pool.query("select body from commands")).rows).toEqual([{ body: "{}" }]);
    } finally {
      await connection.close();
    }
  });
});
