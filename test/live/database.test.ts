import type { Socket } from "node:net";
import { sql } from "drizzle-orm";
import type pg from "pg";
import { expect, test } from "vitest";
import { connect, type Connection } from "#db/client.ts";
import { describeLive, newDatabase } from "#test/support/live.ts";

/** Cuts the line of a connection, as a server that crashes does. */
const cut = (client: pg.ClientBase): void => {
  (client as unknown as { connection: { stream: Socket } }).connection.stream.resetAndDestroy();
};

/** A database with one connection, so that one that is not given back is missed at once. */
async function withOneConnection(run: (connection: Connection) => Promise<void>): Promise<void> {
  const connection = await connect({ kind: "server", url: await newDatabase(), connections: 1 }, () => {});
  try {
    await run(connection);
    const { rows } = await connection.db.transaction((tx) => tx.execute(sql`select 1 as one`));
    expect(rows).toEqual([{ one: 1 }]);
  } finally {
    await connection.close();
  }
}

describeLive("A connection that breaks", ["postgres"], () => {
  test("before a transaction has begun is given back", () =>
    withOneConnection(async ({ db, pool }) => {
      await db.execute(sql`select 1`);
      pool.once("acquire", cut);
      await expect(db.transaction(() => Promise.resolve("begun"))).rejects.toThrow();
    }));

  test("between two statements of a transaction fails the transaction, and not the process", () =>
    withOneConnection(async ({ db, pool }) => {
      await db.execute(sql`create table kept (n integer)`);
      let mine: pg.ClientBase | null = null;
      pool.once("acquire", (client) => (mine = client));
      const broken = db.transaction(async (tx) => {
        await tx.execute(sql`insert into kept values (1)`);
        const gone = new Promise((resolve) => mine!.once("end", resolve));
        cut(mine!);
        await gone;
        await tx.execute(sql`insert into kept values (2)`);
      });
      await expect(broken).rejects.toThrow();
      expect((await db.execute(sql`select n from kept`)).rows).toEqual([]);
    }));

  test("and one whose owner sleeps in a transaction is taken away by the server", () =>
    withOneConnection(async ({ db }) => {
      const { rows } = await db.execute(sql`show idle_in_transaction_session_timeout`);
      expect(rows).toEqual([{ idle_in_transaction_session_timeout: "10s" }]);
    }));
});
