import { expect, test } from "vitest";
import { openDatabase, migrateDatabase } from "#db/client.ts";
import { storeCommands } from "#db/commands.ts";
import { ALERTMANAGER } from "#test/support/builders/people.ts";
import type { JsonObject } from "#test/support/builders/json.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { aSubmission } from "#test/support/builders/submissions.ts";
import { createAlertSender, type TestAlert } from "#test/support/harness/processes/alert-sender.ts";
import {
  expectNoViolations,
  startLiveSetup,
  waitForHealth,
  waitUntilSettled,
} from "#test/support/harness/processes/live-setup.ts";
import { startMuster } from "#test/support/harness/processes/muster-process.ts";
import { expectQuickAgain } from "#test/support/harness/processes/quick-again.ts";
import { describeLive, querySql } from "#test/support/harness/servers/live.ts";
import { startPostgres, startRedis } from "#test/support/harness/servers/servers.ts";
import { startLine } from "#test/support/harness/servers/switchable-line.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";

const outage: TestAlert = { name: "CheckoutDown", severity: "P0", service: "order-service" };

describeLive("A failover of Redis", ["postgres", "redis"], () => {
  test("is followed though the old primary lives on as a replica with our connections open", async () => {
    const [old, next] = await Promise.all([startRedis(), startRedis()]);
    expect(await next.ask(`REPLICAOF 127.0.0.1 ${old.port}`)).toBe("+OK");
    const line = await startLine(old.port);
    const stage = await startLiveSetup("redis", { redis: `redis://127.0.0.1:${line.port}` });
    const muster = await startMuster({ env: stage.env, victim: { pager: stage.pager.url } });
    await muster.ready();
    await expectQuickAgain(muster);

    // The roles change, and the name still leads to the old one.
    await next.ask("REPLICAOF NO ONE");
    expect(await old.ask(`REPLICAOF 127.0.0.1 ${next.port}`)).toBe("+OK");
    await muster.fire(outage);
    await waitFor(() => stage.pager.woken().length > 0, { what: "the page, by polling", timeoutMs: 10_000 });
    // The answer that names it: between two refusals a new connection may look well.
    const named = async (): Promise<JsonObject | null> => {
      const answer = await muster.api("/health/ready");
      return answer["degraded"] === true ? answer : null;
    };
    expect(await waitFor(named, { what: "the outage to be named" })).toMatchObject({
      healthy: true,
      degraded: true,
      checks: {
        queue: {
          healthy: false,
          error: expect.stringMatching(
            /^Redis (refuses work \(READONLY|cannot be reached \(no connection\))|by polling/,
          ) as string,
        },
      },
    });

    line.leadTo(next.port);
    await waitForHealth(muster);
    await expectQuickAgain(muster);
    await muster.stop();
    expectNoViolations(stage);
    await Promise.all([stage.close(), line.close()]);
    await Promise.all([old.stop(), next.stop()]);
  });
});

describeLive("A failover of PostgreSQL", ["postgres"], () => {
  test("leaves no connection behind on a server that only reads", async () => {
    const primary = await startPostgres();
    const replica = await primary.replica("standby");
    const line = await startLine(primary.port);
    const through = new URL(primary.url);
    through.port = String(line.port);
    const connection = await openDatabase({ kind: "server", url: through.href, connections: 4 }, () => {});
    await migrateDatabase(connection);
    const delivery = aSubmission(
      { type: "alerts.deliver", source: "alertmanager", raw: "{}" },
      { actor: ALERTMANAGER },
    );
    const store = (): Promise<void> => storeCommands(connection, [delivery], NOW);
    const places = async (): Promise<readonly (boolean | undefined)[]> =>
      Promise.all(
        Array.from({ length: 4 }, async () => {
          const { rows } = await connection.pool.query<{ away: boolean }>(
            "select pg_is_in_recovery() as away from pg_sleep(0.1)",
          );
          return rows[0]?.away;
        }),
      );

    line.leadTo(Number(new URL(replica.url).port));
    line.cut();
    await waitFor(async () => (await places().catch(() => [false])).includes(true), {
      what: "connections to the replica",
    });
    await expect(store()).rejects.toMatchObject({ code: "25006" });
    await waitFor(async () => (await places().catch(() => [false])).every(Boolean), {
      what: "idle connections to the replica",
    });
    line.leadTo(primary.port);
    // The connections to the replica are open and idle; one refusal is enough to leave them all.
    await expect(store()).rejects.toMatchObject({ code: "25006" });
    await waitFor(async () => (await places().catch(() => [true])).every((away) => away === false), {
      what: "all connections to lead to the primary",
      timeoutMs: 3_000,
    });
    await store();
    expect(await querySql(primary.url, "select count(*)::int as stored from commands")).toEqual([{ stored: 1 }]);
    await connection.close();
    await line.close();
    await replica.stop();
    await primary.stop();
  });

  test("is followed by the whole of Muster: unready and 503 while it can only read, and quick again after", async () => {
    const primary = await startPostgres();
    const replica = await primary.replica("standby");
    const line = await startLine(primary.port);
    const through = new URL(primary.url);
    through.port = String(line.port);
    const stage = await startLiveSetup("postgres", { database: through.href });
    const muster = await startMuster({ env: stage.env, victim: { pager: stage.pager.url, leaseMs: 2_000 } });
    await muster.ready();
    await expectQuickAgain(muster);

    line.leadTo(Number(new URL(replica.url).port));
    line.cut();
    // The answer that names it is the one to read: the next question may meet a connection that the failover has just cut.
    const { status, text } = await waitFor(
      async () => {
        const answer = await muster.get("/health/ready");
        return answer.text.includes('"reason":"database: the database is read-only') && answer;
      },
      { what: "readiness to name the outage", timeoutMs: 20_000 },
    );
    expect([status, JSON.parse(text)]).toMatchObject([
      503,
      { reason: expect.stringMatching(/^database: the database is read-only \(25006/) as string },
    ]);
    await expect(muster.fire(outage)).rejects.toThrow("Muster answered 503");

    line.leadTo(primary.port);
    await createAlertSender({ url: () => muster.url, patience: 20_000 }).fire(outage);
    await waitFor(() => stage.pager.woken().length > 0, { what: "the page", timeoutMs: 10_000 });
    await waitUntilSettled(muster);
    await waitFor(async () => (await muster.get("/health/ready")).status === 200, {
      what: "Muster to be ready",
      timeoutMs: 20_000,
    });
    await expectQuickAgain(muster);
    expect(await querySql(primary.url, "select outcome from commands where outcome like 'failed%'")).toEqual([]);
    await muster.stop();
    expectNoViolations(stage);
    await Promise.all([stage.close(), line.close()]);
    await replica.stop();
    await primary.stop();
  });
});
