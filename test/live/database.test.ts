import { connect as dial, createServer, type AddressInfo, type Socket } from "node:net";
import { sql } from "drizzle-orm";
import type pg from "pg";
import { expect, test } from "vitest";
import { openDatabase, migrateDatabase, type DatabaseConnection } from "#db/client.ts";
import { storeCommands } from "#db/commands.ts";
import type { CommandSubmission } from "#engine/base/submit.ts";
import { ALERTMANAGER } from "#test/support/builders/people.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { describeLive, newDatabase } from "#test/support/harness/servers/live.ts";
import { stopwatch } from "#test/support/harness/test-clock.ts";
import { aSubmission } from "#test/support/builders/submissions.ts";

/** Cuts the line of a connection, as a server that crashes does. */
const cut = (client: pg.ClientBase): void => {
  // The types of pg leave out the connection.
  (client as unknown as { connection: { stream: Socket } }).connection.stream.resetAndDestroy();
};

/** A database with one connection, so that one that is not given back is missed at once. */
async function withOneConnection(run: (connection: DatabaseConnection) => Promise<void>): Promise<void> {
  const connection = await openDatabase({ kind: "server", url: await newDatabase(), connections: 1 }, () => {});
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
        const missing = new Promise((resolve) => mine!.once("end", resolve));
        cut(mine!);
        await missing;
        await tx.execute(sql`insert into kept values (2)`);
      });
      await expect(broken).rejects.toThrow();
      expect((await db.execute(sql`select n from kept`)).rows).toEqual([]);
    }));

  test("and one whose owner idles in a transaction is released by the server", () =>
    withOneConnection(async ({ db }) => {
      const { rows } = await db.execute(sql`show idle_in_transaction_session_timeout`);
      expect(rows).toEqual([{ idle_in_transaction_session_timeout: "10s" }]);
    }));
});

/** A database behind a line that can go dead without a word, as in a failover: what is sent into it stays there, both ways. */
async function withLine(
  timeoutMs: number,
  run: (connection: DatabaseConnection, line: { dead: boolean }) => Promise<void>,
): Promise<void> {
  const url = new URL(await newDatabase());
  const { hostname, port } = url;
  const line = { dead: false };
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = dial(Number(port), hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("data", (data) => void (line.dead || to.write(data)));
      from.on("close", () => to.destroy());
      from.on("error", () => {});
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const connection = await openDatabase({ kind: "server", url: url.href, connections: 1, timeoutMs }, () => {});
  try {
    await migrateDatabase(connection);
    await run(connection, line);
  } finally {
    for (const socket of sockets) socket.destroy();
    await connection.close();
    await new Promise((resolve) => server.close(resolve));
  }
}

describeLive("A server that falls silent", ["postgres"], () => {
  const delivery: CommandSubmission = aSubmission(
    { type: "alerts.deliver", source: "alertmanager", raw: "{}" },
    { actor: ALERTMANAGER },
  );

  test("fails a transaction after its patience, and the next one gets a new connection", () =>
    withLine(300, async ({ db }, line) => {
      await db.execute(sql`select 1`);
      const begun = db.transaction(async (tx) => {
        line.dead = true;
        await tx.execute(sql`select 2`);
      });
      await expect(begun).rejects.toThrow();
      line.dead = false;
      expect(await db.transaction((tx) => tx.execute(sql`select 3 as three`))).toMatchObject({ rows: [{ three: 3 }] });
    }));

  test("does not keep the door waiting longer than its sender waits", () =>
    withLine(60_000, async (connection, line) => {
      await connection.db.execute(sql`select 1`);
      line.dead = true;
      const elapsed = stopwatch();
      await expect(storeCommands(connection, [delivery], NOW)).rejects.toThrow("Query read timeout");
      expect(elapsed()).toBeLessThan(10_000);
      line.dead = false;
      await storeCommands(connection, [delivery], NOW);
      expect((await connection.db.execute(sql`select count(*)::int as stored from commands`)).rows).toEqual([
        { stored: 1 },
      ]);
    }));
});
