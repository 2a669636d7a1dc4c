import { openDatabase, migrateDatabase, type DatabaseConnection } from "#db/client.ts";
import { storeCommands } from "#db/commands.ts";
import type { CommandSubmission } from "#domain/commands/submission.ts";
import { priorityRank, type Priority } from "#domain/values/language.ts";
import type { PostgresServer } from "#test/support/harness/servers/postgres.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";
import { deliveryBody } from "./world/bodies.ts";
import { freshDeliveries } from "./world/bodies.ts";
import { saturate } from "./world/saturate.ts";
import { muster, run } from "./process.ts";
import type { Row } from "./report.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";
import { aSubmission } from "#test/support/builders/submissions.ts";

/** Fills the table of pending commands as the door would. */
export async function queueUp(
  connection: DatabaseConnection,
  count: number,
  body: (i: number) => string,
  priority: Priority,
): Promise<void> {
  for (let from = 0; from < count; from += 500) {
    const batch = Array.from({ length: Math.min(500, count - from) }, (_, i): CommandSubmission =>
      aSubmission(
        { type: "alerts.deliver", source: "alertmanager", raw: body(from + i) },
        {
          urgency: priorityRank(priority),
          actor: { kind: "source", id: "alertmanager", name: "Alertmanager" },
          at: wallClock(),
        },
      ),
    );
    await storeCommands(connection, batch, wallClock());
  }
}

async function one<T>(connection: DatabaseConnection, text: string): Promise<T> {
  return (await connection.pool.query(text)).rows[0] as T;
}

/** Commands applied a second, from the first transaction to the last, by the times in the table. */
async function rate(connection: DatabaseConnection, from: number): Promise<number> {
  await waitFor(
    async () =>
      (await one<{ n: string }>(connection, "select count(*) n from commands where done_at is null")).n === "0",
    {
      what: "everything applied",
      timeoutMs: 240_000,
    },
  );
  const { n, ms } = await one<{ n: string; ms: string }>(
    connection,
    `select count(*) n, extract(epoch from max(done_at) - min(done_at)) * 1000 ms from commands where id > ${from} and type = 'alerts.deliver'`,
  );
  return Number(n) / (Number(ms) / 1_000);
}

async function lastId(connection: DatabaseConnection): Promise<number> {
  return Number((await one<{ id: string | null }>(connection, "select max(id) id from commands")).id ?? 0);
}

/** The goals of deciding were set where do-nothing Express took so many requests a second; elsewhere they are scaled. */
const GOALS = { express: 13_800, joining: 6_000, opening: 2_500 } as const;

/** How fast this machine is, by what those goals were set on. */
async function speedOfMachine(): Promise<number> {
  const express = await run(["test/bench/express.mjs"], {});
  const deliveries = freshDeliveries({ alerts: 1, services: 40, severity: "P3" });
  const { perSecond } = await saturate(express.url, deliveries, { seconds: 3, connections: 64 });
  await express.stop();
  return perSecond / GOALS.express;
}

/** Joining and opening, on an empty database and on one that holds 100,000 alerts already. */
export async function intake(postgres: PostgresServer): Promise<Row[]> {
  const speed = await speedOfMachine();
  const measured: { joining: number; opening: number }[] = [];
  for (const stored of [0, 100_000]) {
    const url = await postgres.createDatabase(`bench_intake_${stored}`);
    const connection = await openDatabase({ kind: "server", url, connections: 5 }, () => {});
    await migrateDatabase(connection);
    if (stored > 0) await history(connection, stored);
    // The incidents that the others will join.
    await queueUp(connection, 100, (i) => deliveryBody({ alerts: 1, group: `joined-${i}`, severity: "P3" }), "P3");
    const warm = await muster("worker", url);
    await rate(connection, 0);
    await warm.stop();

    let from = await lastId(connection);
    await queueUp(
      connection,
      20_000,
      (i) => deliveryBody({ alerts: 1, group: `joined-${i % 100}`, severity: "P3", first: 1 + Math.floor(i / 100) }),
      "P3",
    );
    let worker = await muster("worker", url);
    const joining = await rate(connection, from);
    await worker.stop();

    from = await lastId(connection);
    await queueUp(connection, 4_000, (i) => deliveryBody({ alerts: 1, group: `new-${i}`, severity: "P3" }), "P3");
    worker = await muster("worker", url);
    const opening = await rate(connection, from);
    await worker.stop();
    measured.push({ joining, opening });
    await connection.close();
  }
  const [empty, full] = measured as [{ joining: number; opening: number }, { joining: number; opening: number }];
  const both = (name: "joining" | "opening"): string =>
    `${Math.round(empty[name])}/s empty, ${Math.round(full[name])}/s with 100,000 alerts stored (${Math.round((full[name] / empty[name]) * 100)} %)`;
  const row = (name: "joining" | "opening", what: string): Row => {
    const goal = Math.round(GOALS[name] * speed);
    return {
      what,
      figure: both(name),
      target: `≥ ${goal}/s (${GOALS[name]}/s where Express takes ${GOALS.express}/s; here ${Math.round(speed * GOALS.express)}/s), flat within 10 %`,
      reached: Math.min(empty[name], full[name]) >= goal && full[name] / empty[name] >= 0.9,
    };
  };
  return [
    row("joining", "Fresh alerts joining open incidents, one worker"),
    row("opening", "New incidents, one worker"),
  ];
}

/** Alerts and incidents of the past, written straight into the tables: what is measured is living with them. */
async function history(connection: DatabaseConnection, count: number): Promise<void> {
  await queueUp(connection, 1, () => deliveryBody({ alerts: 1, group: "past", severity: "P3" }), "P3");
  const worker = await muster("worker", connection.pool.options.connectionString!);
  await rate(connection, 0);
  await worker.stop();
  await connection.pool.query(
    `insert into alerts select source, 'past-' || n, 'resolved', 2 + n / 20, priority, priority_reason, labels, annotations, generator_url, starts_at, first_starts_at, now(), first_seen_at, last_seen_at, seq, repeats, flaps, group_keys, receivers, external_urls from alerts, generate_series(1, ${count}) n where fingerprint = 'past-0'`,
  );
  await connection.pool.query(
    `insert into incidents select 1 + n, uid || n, key || n, 'resolved', priority, 'past-' || n, team, opened_at, now(), version, state from incidents, generate_series(1, ${count / 20}) n where number = 1`,
  );
  await connection.pool.query(
    `insert into events select 1 + n, seq, type, at, recorded_at, actor, data, evidence from events, generate_series(1, ${count / 20}) n where incident = 1`,
  );
  await connection.pool.query("vacuum analyze");
}

/** One group of 20,000 alerts: one incident. */
export async function oneGroup(postgres: PostgresServer): Promise<Row[]> {
  const url = await postgres.createDatabase("bench_group");
  const connection = await openDatabase({ kind: "server", url, connections: 5 }, () => {});
  await migrateDatabase(connection);
  await queueUp(
    connection,
    1_000,
    (i) => deliveryBody({ alerts: 20, group: "one", severity: "P1", first: i * 20 }),
    "P1",
  );
  const worker = await muster("worker", url);
  const perSecond = (await rate(connection, 0)) * 20;
  const { n } = await one<{ n: string }>(connection, "select count(*) n from incidents");
  const { total } = await one<{ total: string }>(connection, "select state->'alerts'->>'total' total from incidents");
  const peak = worker.peakMb();
  await worker.stop();
  await connection.close();
  return [
    {
      what: "20,000 alerts of one group",
      figure: `${n} incident with ${total} alerts, ${Math.round(perSecond)} alerts/s, ${Math.round(peak)} MB`,
      target: "1 incident",
      reached: n === "1" && total === "20000",
    },
  ];
}
