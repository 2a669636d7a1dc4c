import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PostgresServer } from "#test/support/harness/servers/postgres.ts";
import { freshDeliveries, type DeliveryTemplate } from "./world/bodies.ts";
import { describeLag, watchDecided } from "./world/decided.ts";
import { saturate } from "./world/saturate.ts";
import { load, type Load } from "./load.ts";
import { muster, nodeOfTheMachine, run, type Measured } from "./process.ts";
import type { Row } from "./report.ts";

const ROUNDS = 3;
const CONNECTIONS = 64;
const SECONDS = 4;

/** Loads of one server, of which the median counts. */
type Series = { readonly loads: Load[]; median(): number; failed(): number; times(): string };

function newSeries(): Series {
  const loads: Load[] = [];
  const sorted = (): readonly Load[] => loads.toSorted((a, b) => a.perSecond - b.perSecond);
  const middle = (): Load => sorted()[Math.floor(loads.length / 2)]!;
  return {
    loads,
    median: () => middle().perSecond,
    failed: () => loads.reduce((sum, { failed }) => sum + failed, 0),
    times: () => `p50 ${middle().p50} ms, p95 ${middle().p95} ms, p99 ${middle().p99} ms`,
  };
}

const deliveriesOf = (alerts: number): DeliveryTemplate => freshDeliveries({ alerts, services: 40, severity: "P3" });

/** The goals of each role, in requests of do-nothing Express: for one alert a delivery, and for twenty. */
const WEB_GOALS = { 1: 1.5, 20: 0.75 } as const;
/** What the role all accepts, of what the role web does. */
const ALL_GOAL = 0.8;

/**
 * Durable acceptance of every role against do-nothing Express on the same Node, in turns, so that a noisy minute hits all.
 * Every alert is a fresh one, medians of three rounds.
 */
export async function acceptance(postgres: PostgresServer): Promise<Row[]> {
  const rows: Row[] = [];
  const express = await run(["test/bench/express.mjs"], {});
  const web = await muster("web", await postgres.createDatabase("bench_accept_web"));
  try {
    for (const alerts of [1, 20] as const) {
      const template = deliveriesOf(alerts);
      const [floor, doors] = [newSeries(), newSeries()];
      await saturate(web.url, template, { seconds: 2, connections: CONNECTIONS });
      for (let round = 0; round < ROUNDS; round++)
        for (const [server, into] of [[express, floor] as const, [web, doors] as const])
          into.loads.push(await saturate(server.url, template, { seconds: SECONDS, connections: CONNECTIONS }));
      const ratio = doors.median() / floor.median();
      rows.push({
        what: `Acceptance, role web, ${deliveryName(alerts)}, durable on PostgreSQL`,
        figure: `${Math.round(doors.median())} requests/s, ${ratio.toFixed(2)} × do-nothing Express (${Math.round(floor.median())}), ${doors.times()}, ${doors.failed()} failed (Express: ${floor.failed()})`,
        target: `≥ ${WEB_GOALS[alerts]} × Express on Node ${process.version}`,
        reached: ratio >= WEB_GOALS[alerts] && doors.failed() + floor.failed() === 0,
      });
      rows.push(await acceptanceOfAll(postgres, alerts, { express, web }));
    }
    rows.push(await onOtherNode(web));
  } finally {
    await Promise.all([express.stop(), web.stop()]);
  }
  return rows;
}

function deliveryName(alerts: number): string {
  return `${alerts} alert${alerts === 1 ? "" : "s"} a delivery`;
}

/** So long at a stretch: twenty alerts a delivery are a quarter of a million alerts in three seconds. */
const STRETCH = { 1: 10, 20: 3 } as const;

/** Some seconds as `npm start` gives it, between two loads of the doors alone; then how long deciding takes to catch up. */
async function acceptanceOfAll(
  postgres: PostgresServer,
  alerts: 1 | 20,
  { express, web }: { readonly express: Measured; readonly web: Measured },
): Promise<Row> {
  const url = await postgres.createDatabase(`bench_accept_all_${alerts}`);
  const all = await muster("all", url);
  const work = await watchDecided(url);
  const template = deliveriesOf(alerts);
  const [floor, doors] = [newSeries(), newSeries()];
  const alone = async (): Promise<void> => {
    floor.loads.push(await saturate(express.url, template, { seconds: SECONDS, connections: CONNECTIONS }));
    doors.loads.push(await saturate(web.url, template, { seconds: SECONDS, connections: CONNECTIONS }));
  };
  try {
    await load(all.url, template, { deliveries: 200, connections: CONNECTIONS });
    await work.workedOff();
    await alone();
    const own = await saturate(all.url, template, { seconds: STRETCH[alerts], connections: CONNECTIONS });
    const lag = await work.workedOff();
    await alone();
    const ratio = own.perSecond / doors.median();
    return {
      what: `Acceptance, role all, ${deliveryName(alerts)}, PostgreSQL, ${STRETCH[alerts]} s`,
      figure: `${Math.round(own.perSecond)} requests/s, ${ratio.toFixed(2)} × role web (${Math.round(doors.median())}), ${(own.perSecond / floor.median()).toFixed(2)} × Express, p50 ${own.p50} ms, p95 ${own.p95} ms, p99 ${own.p99} ms, ${own.failed} failed; ${describeLag(lag)}`,
      target: `≥ ${ALL_GOAL} × role web, then worked off`,
      reached: ratio >= ALL_GOAL && own.failed === 0,
    };
  } finally {
    await all.stop();
    await work.close();
  }
}

/** Express is several times faster on Node 24 than on the Node that some machines still have. */
async function onOtherNode(web: Measured): Promise<Row> {
  const other = nodeOfTheMachine();
  if (other === null)
    return { what: "Acceptance against Express on an older Node", figure: "none here", target: "none", reached: true };
  const express = await run(["test/bench/express.mjs"], {}, other.path);
  const [floor, doors] = [newSeries(), newSeries()];
  try {
    for (let round = 0; round < ROUNDS; round++)
      for (const [server, into] of [[express, floor] as const, [web, doors] as const])
        into.loads.push(await saturate(server.url, deliveriesOf(1), { seconds: 2, connections: CONNECTIONS }));
  } finally {
    await express.stop();
  }
  return {
    what: `Acceptance, role web, ${deliveryName(1)}, against Express on Node ${other.version}`,
    figure: `${Math.round(doors.median())} requests/s, ${(doors.median() / floor.median()).toFixed(2)} × do-nothing Express (${Math.round(floor.median())}), ${doors.failed()} failed`,
    target: "≥ 1.5 × Express there",
    reached: doors.median() / floor.median() >= 1.5 && doors.failed() === 0,
  };
}

/** What `npm start` accepts with nothing set, on the embedded database. */
export async function firstContact(): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), "muster-bench-"));
  const all = await muster("all", "", { MUSTER_DATA_DIR: directory });
  const rows: Row[] = [];
  try {
    for (const alerts of [1, 20]) {
      const template = deliveriesOf(alerts);
      await load(all.url, template, { deliveries: 50, connections: CONNECTIONS });
      const own = await saturate(all.url, template, { seconds: 5, connections: CONNECTIONS });
      rows.push({
        what: `Acceptance, nothing set, embedded database, ${deliveryName(alerts)}`,
        figure: `${Math.round(own.perSecond)} requests/s, p50 ${own.p50} ms, p95 ${own.p95} ms, p99 ${own.p99} ms, ${own.failed} failed`,
        target: alerts === 1 ? "≥ 1,000/s, p99 ≤ 300 ms" : "none failed",
        reached: own.failed === 0 && (alerts !== 1 || (own.perSecond >= 1_000 && own.p99 <= 300)),
      });
    }
    const peaks = all.peaksMb();
    rows.push({
      what: "Resident memory through that, nothing set",
      figure: `${peaks.map(Math.round).join(" + ")} MB at the most`,
      target: "≤ 400 MB a process",
      reached: peaks.every((peak) => peak <= 400),
    });
  } finally {
    await all.stop();
    rmSync(directory, { recursive: true, force: true });
  }
  return rows;
}
