import pg from "pg";
import { afterAll, describe, expect, test } from "vitest";
import {
  type AlertmanagerServer,
  missingServers,
  type PostgresServer,
  type RedisServer,
  startAlertmanager,
  startPostgres,
  startRedis,
  waitFor,
} from "#test/support/harness/servers/servers.ts";
import { startListeningProduct } from "#test/support/harness/servers/listening-product.ts";

describe("the servers", () => {
  let postgres: PostgresServer;
  let redis: RedisServer;
  let alertmanager: AlertmanagerServer;
  afterAll(async () => {
    await Promise.all([postgres.stop(), redis.stop(), alertmanager.stop()]);
  });

  test("are installed", () => expect(missingServers()).toEqual([]));

  test("PostgreSQL starts, keeps commits through a crash, and stops", async () => {
    postgres = await startPostgres();
    const url = await postgres.createDatabase("another");
    const attempt = async (sql: string): Promise<unknown[]> => {
      const connection = new pg.Client({ connectionString: url });
      connection.on("error", () => {});
      await connection.connect();
      const { rows } = await connection.query<Record<string, unknown>>(sql);
      await connection.end();
      return rows;
    };
    await attempt("CREATE TABLE t AS SELECT 1 AS n");
    await postgres.kill();
    await postgres.start();
    expect(await attempt("SELECT n, current_setting('fsync') AS fsync FROM t")).toEqual([{ n: 1, fsync: "on" }]);
    await postgres.restart();
    expect(await attempt("SELECT n FROM t")).toEqual([{ n: 1 }]);
  });

  test("Redis starts, is flushed, is killed, and starts again on the same port", async () => {
    redis = await startRedis();
    const before = redis.pid;
    await redis.flush();
    await redis.kill();
    await expect(redis.flush()).rejects.toThrow("ECONNREFUSED");
    await redis.start();
    await redis.flush();
    expect(redis.pid).not.toBe(before);
  });

  test("Alertmanager delivers firing and resolved alerts", async () => {
    const product = await startListeningProduct();
    alertmanager = await startAlertmanager({ webhookUrl: `${product.url}/alerts`, token: "secret" });
    await alertmanager.fire({ alertname: "Down", service: "checkout" }, { summary: "it is down" });
    await waitFor(() => product.got.length > 0, { what: "the alert" });
    expect(product.got[0]?.headers.authorization).toBe("Bearer secret");
    expect(JSON.parse(product.got[0]?.body ?? "")).toMatchObject({
      status: "firing",
      commonLabels: { service: "checkout" },
    });
    await alertmanager.resolve({ alertname: "Down", service: "checkout" });
    await waitFor(() => product.got.some(({ body }) => body.startsWith('{"receiver":"muster","status":"resolved"')), {
      what: "the resolve",
    });
    product.close();
  });

  test("a timed-out wait names its condition", async () => {
    await expect(waitFor(() => false, { what: "Godot", timeoutMs: 50 })).rejects.toThrow("Godot");
  });
});
