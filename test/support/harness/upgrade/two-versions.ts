import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { ProcessRole } from "#app/main.ts";
import { LANES } from "#domain/values/language.ts";
import type { PersonName } from "#test/support/doubles/slack/slack-double.ts";
import { expectNoViolations, startLiveSetup, type LiveSetup } from "#test/support/harness/processes/live-setup.ts";
import {
  type MusterClient,
  dryPages,
  errorsIn,
  type MusterProcess,
  SIGNING_SECRET,
  startMuster,
} from "#test/support/harness/processes/muster-process.ts";
import { aChaosRunbook, startTargetServer, type TargetServer } from "#test/support/harness/processes/target-server.ts";
import { temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";
import { newDatabase, querySql } from "#test/support/harness/servers/live.ts";
import { unpackEarlier } from "./earlier-version.ts";

const SEND = `\`\`\`yaml step
id: send
uses: http.request
with: { method: POST, url: 'http://127.0.0.1:PORT/effects/$service' }
approve: { from: ['@orders'], count: 2, expires: 10m }
timeout: 5s
\`\`\``;

export async function firstRunState(muster: MusterClient): Promise<string | undefined> {
  return ((await muster.api("/api/runs"))["runs"] as { state: string }[])[0]?.state;
}

export async function sendVerb(muster: MusterClient, text: string, as: string): Promise<void> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${muster.url}/api/verbs`, {
    method: "POST",
    headers,
    body: JSON.stringify({ text, as }),
  });
  expect([answer.status, await answer.text()]).toEqual([200, expect.any(String)]);
}

/** It never counts a lane that it does not have down to 0. */
export const LANES_OF_EARLIER = LANES.filter((lane) => lane !== "pager" && lane !== "people");

/** Processes of two versions on one database, and a server that their runs act on. */
export type TwoVersions = {
  readonly stage: LiveSetup;
  readonly world: TargetServer;
  start(version: "earlier" | "later", role?: ProcessRole): Promise<MusterProcess>;
  /** Whom all of them paged for an incident. */
  pagedFor(number: number): string[];
  approveRun(muster: MusterClient, run: number, as: PersonName): Promise<void>;
  /** No command or effect failed, no page was sent twice, no process logged an error. */
  expectNoSelfAlert(): Promise<void>;
  close(): Promise<void>;
};

export async function startTwoVersions(mode: "postgres" | "redis"): Promise<TwoVersions> {
  const root = unpackEarlier();
  const world = await startTargetServer();
  const runbooks = temporaryDirectory("runbooks");
  writeFileSync(join(runbooks, "chaos.md"), aChaosRunbook("Stuck", SEND.replace("PORT", String(world.port))));
  const stage = await startLiveSetup(mode, {
    database: await newDatabase(),
    adjust: (policy) => ({
      ...policy,
      priorities: {
        ...(policy["priorities"] as Record<string, object>),
        P1: { quiet: "300ms", escalateAfter: "3s", repeat: 0 },
      },
      defaultTeam: "orders",
      paging: { perPerson: 100 },
      automation: { stepUp: false, hosts: [{ host: `127.0.0.1:${world.port}`, private: true }] },
    }),
  });
  const env = { ...stage.env, MUSTER_RUNBOOKS: runbooks, PROMETHEUS_URL: `http://127.0.0.1:${world.port}` };
  const processes: MusterProcess[] = [];
  return {
    stage,
    world,
    async start(version, role) {
      const muster = await startMuster({
        env,
        ...(version === "earlier" && { root }),
        ...(role !== undefined && { role }),
      });
      processes.push(muster);
      await muster.ready();
      return version === "earlier" ? { ...muster, lanes: LANES_OF_EARLIER } : muster;
    },
    // A page of a dry run waits for its direct message: each version that looks after it logs it.
    pagedFor: (number) => [
      ...new Map(
        processes
          .flatMap(({ log }) => dryPages(log))
          .filter(({ dedupKey }) => dedupKey.startsWith(`muster:INC-${number}:`))
          .map(({ to, dedupKey }) => [dedupKey, to]),
      ).values(),
    ],
    async approveRun(muster, run, as) {
      const command = {
        as: stage.slack.people[as].id,
        command: "/incident",
        text: `runbook approve RUN-${run}`,
        channelId: "C0ELSEWHERE",
      };
      await stage.slack.command({ ...command, url: muster.url, signingSecret: SIGNING_SECRET });
    },
    expectNoSelfAlert: () => expectNoFailure(stage, processes),
    async close() {
      await Promise.all(processes.map((each) => each.kill()));
      await world.close();
      await stage.close();
    },
  };
}

async function expectNoFailure(stage: LiveSetup, processes: readonly MusterProcess[]): Promise<void> {
  const database = stage.env["DATABASE_URL"]!;
  expect(
    await querySql(database, "select type, outcome from commands where done_at is null or outcome like 'failed%'"),
  ).toEqual([]);
  expect(await querySql(database, "select key, error from effects where status = 'failed'")).toEqual([]);
  // Each page was recorded as sent once, whichever version performed it.
  expect(
    await querySql(
      database,
      "select incident, data->>'key' as page from events where type = 'page.sent' group by 1, 2 having count(*) > 1",
    ),
  ).toEqual([]);
  for (const each of processes) expect([errorsIn(each.log), each.stderr()]).toEqual([[], ""]);
  expectNoViolations(stage);
}
