import { randomUUID } from "node:crypto";
import { expect, inject, test } from "vitest";
import { createAlertSender, type TestAlert } from "#test/support/harness/processes/alert-sender.ts";
import {
  expectNoViolations,
  readIncidents,
  readMetric,
  startLiveSetup,
  waitForChannel,
  type LiveSetup,
} from "#test/support/harness/processes/live-setup.ts";
import { startMuster, type MusterProcess } from "#test/support/harness/processes/muster-process.ts";
import { describeLive, querySql } from "#test/support/harness/servers/live.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";

const outage: TestAlert = { name: "CheckoutDown", severity: "P0", service: "order-service" };

/** A database that belongs to a user who may be refused something, and its address for the superuser. */
async function aDatabaseOfAUser(): Promise<{ readonly user: string; readonly url: string; readonly admin: string }> {
  const server = new URL(inject("live").postgres);
  const name = `place_${randomUUID().replaceAll("-", "")}`;
  await querySql(server.href, `create role ${name} login`);
  await querySql(server.href, `create database ${name} owner ${name}`);
  server.pathname = `/${name}`;
  const admin = server.href;
  server.username = name;
  return { user: name, url: server.href, admin };
}

async function withMuster(
  run: (
    muster: MusterProcess,
    stage: LiveSetup,
    database: { readonly user: string; readonly admin: string },
  ) => Promise<void>,
): Promise<void> {
  const database = await aDatabaseOfAUser();
  const stage = await startLiveSetup("postgres", { database: database.url });
  const muster = await startMuster({ env: stage.env, victim: { pager: stage.pager.url } });
  await muster.ready();
  await run(muster, stage, database);
  expect(await querySql(database.admin, "select outcome from commands where outcome like 'failed%'")).toEqual([]);
  await muster.stop();
  expectNoViolations(stage);
  await stage.close();
}

describeLive(
  "An error of the place",
  ["postgres"],
  () => {
    test("a permission that is missing for nine seconds costs no alert: P0 is decided when it is back", () =>
      withMuster(async (muster, stage, { user, admin }) => {
        await querySql(admin, `revoke all on incidents from ${user}`);
        // Either answer is right: stored and decided later, or refused and sent again.
        const sent = createAlertSender({ url: () => muster.url, patience: 30_000 }).fire(outage);
        const states: string[] = [];
        const over = new Promise((resolve) => setTimeout(resolve, 9_000));
        await waitFor(async () => (await muster.get("/health/ready")).status === 503, { what: "unreadiness" });
        let isOver = false;
        void over.then(() => (isOver = true));
        while (!isOver) {
          const { status, text } = await muster.get("/health/ready");
          states.push(`${status} ${(JSON.parse(text) as { reason?: string }).reason ?? ""}`);
          await new Promise((resolve) => setTimeout(resolve, 300));
        }
        expect(new Set(states)).toEqual(
          new Set([
            "503 database: the database user lacks a permission (42501: permission denied for table incidents)",
          ]),
        );
        expect(stage.pager.woken()).toEqual([]);
        expect(await querySql(admin, "select attempts, outcome from commands where type = 'alerts.deliver'")).toEqual([
          { attempts: 0, outcome: null },
        ]);
        await querySql(admin, `grant all on incidents to ${user}`);
        await sent;
        await waitFor(() => stage.pager.woken().length > 0, { what: "the page", timeoutMs: 10_000 });
        expect(stage.pager.woken()).toMatchObject([{ priority: "P0" }]);
        await waitForChannel(muster);
        await waitFor(async () => (await muster.get("/health/ready")).status === 200, { what: "readiness" });
        expect(await readMetric(muster, "muster_dead_letters")).toBe(0);
      }));

    test("a table that is missing, and a database that only reads, are named and cost nothing", () =>
      withMuster(async (muster, stage, { user, admin }) => {
        const reason = async (): Promise<string> =>
          (JSON.parse((await muster.get("/health/ready")).text) as { reason?: string }).reason ?? "";
        await querySql(admin, "alter table effects rename to effects_gone");
        await waitFor(async () => (await reason()).includes("a table is missing in the database (42P01"), {
          what: "the missing table to be named",
        });
        const sent = createAlertSender({ url: () => muster.url, patience: 60_000 }).fire(outage);
        await new Promise((resolve) => setTimeout(resolve, 4_000));
        await querySql(admin, "alter table effects_gone rename to effects");
        await sent;
        await waitFor(() => stage.pager.woken().length > 0, { what: "the page", timeoutMs: 10_000 });

        await querySql(admin, `alter role ${user} set default_transaction_read_only = on`);
        await querySql(admin, `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${user}'`);
        await waitFor(async () => (await reason()).includes("the database is read-only (25006"), {
          what: "read-only to be named",
        });
        await expect(muster.fire({ ...outage, name: "SearchDown", service: "search" })).rejects.toThrow(
          "the database is read-only",
        );
        await querySql(admin, `alter role ${user} reset default_transaction_read_only`);
        await createAlertSender({ url: () => muster.url, patience: 20_000 }).fire({
          ...outage,
          name: "SearchDown",
          service: "search",
        });
        await waitFor(async () => (await readIncidents(muster)).length === 2, { what: "the second incident" });
        await waitFor(async () => (await muster.get("/health/ready")).status === 200, { what: "readiness" });
      }));

    test("a database that is not UTF-8 ends the start, with the reason", async () => {
      const server = new URL(inject("live").postgres);
      const name = `latin_${randomUUID().replaceAll("-", "")}`;
      await querySql(
        server.href,
        `create database ${name} encoding 'LATIN1' lc_collate 'C' lc_ctype 'C' template template0`,
      );
      server.pathname = `/${name}`;
      const muster = await startMuster({ env: { DATABASE_URL: server.href } });
      expect((await muster.ended).code).toBe(1);
      expect(muster.stderr()).toContain("the encoding of this database is LATIN1, and Muster needs UTF8");
      expect(muster.stderr()).toContain("DATABASE_URL");
    });
  },
  { concurrent: true },
);
