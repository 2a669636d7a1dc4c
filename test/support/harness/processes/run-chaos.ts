import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { openDatabase, type DatabaseConnection } from "#db/client.ts";
import { loadJournal, listRuns } from "#db/runs.ts";
import type { JournalLine, Run } from "#domain/automation/run.ts";
import { removeDirectory, temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";
import { startKubernetes, type KubernetesDouble } from "#test/support/doubles/kubernetes/kubernetes-double.ts";
import { type MusterProcess, SIGNING_SECRET, startMuster } from "./muster-process.ts";
import { findButton, type PersonName } from "#test/support/doubles/slack/slack-double.ts";
import { readIncidents, startLiveSetup, type LiveSetup, timelineOf, type SeenTimelineEntry } from "./live-setup.ts";
import type { RunKillPlan } from "./victim.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

/** A claim outlives its owner by so much. */
export const LEASE_MS = 1_000;
const TIMEOUT_MS = 30_000;

/** The world that runs act on, which remembers what reached it whoever has died since. */
export type TargetServer = {
  readonly port: number;
  /** The Idempotency-Keys of what was posted to /effects/NAME, in order. */
  readonly effects: Map<string, string[]>;
  /** Queries that Prometheus was asked. */
  readonly asked: string[];
  /** Called when something has arrived (and counts), before it is answered. */
  arrives: (what: string) => void;
  close(): Promise<void>;
};

/** The server that steps act on. As Prometheus it answers 0.5 to every query. */
export async function startTargetServer(): Promise<TargetServer> {
  const effects = new Map<string, string[]>();
  const requests: string[] = [];
  const world = { effects, asked: requests, arrives: (() => {}) as TargetServer["arrives"] };
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      const [, kind, name = ""] = (request.url ?? "").split("/");
      if (kind === "effects") {
        effects.set(name, [...(effects.get(name) ?? []), String(request.headers["idempotency-key"])]);
        world.arrives(`effects/${name}`);
        return void response.writeHead(200, { "content-type": "application/json" }).end("{}");
      }
      const query = new URLSearchParams(text).get("query") ?? "";
      requests.push(query);
      world.arrives(query);
      const result = [{ metric: {}, value: [wallClock() / 1_000, "0.5"] }];
      response
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify({ status: "success", data: { resultType: "vector", result } }));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(world, {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

/** Muster as an orchestrator runs it, with one runbook, in a world that counts. */
export type RunChaos = {
  readonly stage: LiveSetup;
  readonly world: TargetServer;
  readonly k8s: KubernetesDouble;
  readonly connection: DatabaseConnection;
  current(): MusterProcess;
  deaths(): number;
  /** Another process beside those there are. */
  another(): Promise<MusterProcess>;
  /** What strikes from now on; whatever was left is forgotten. */
  dooms(...dooms: readonly RunKillPlan[]): void;
  /** An alert about a service, and the run that begins for it. */
  fires(service: string): Promise<Run>;
  run(number: number): Promise<Run>;
  reaches(number: number, ...states: readonly Run["state"][]): Promise<Run>;
  journal(number: number): Promise<JournalLine[]>;
  /** Waits until the journal of the run has this. */
  writes(number: number, what: (journal: readonly JournalLine[]) => boolean): Promise<void>;
  /** Says it in Slack, until Muster is there to hear it. */
  approves(number: number, ...person: readonly PersonName[]): Promise<void>;
  /** Presses a button of the run's message, once the message has it. */
  presses(number: number, button: string, person: PersonName): Promise<void>;
  timeline(run: Run): Promise<SeenTimelineEntry[]>;
  close(): Promise<void>;
};

export type RunChaosOptions = {
  /** The runbook, for the world's port. */
  readonly runbook: (port: number) => string;
  readonly alertname: string;
  readonly services: readonly string[];
  readonly datasource?: string;
};

export async function startRunChaos({ runbook, alertname, services, datasource }: RunChaosOptions): Promise<RunChaos> {
  const [world, k8s] = await Promise.all([startTargetServer(), startKubernetes(wallClock())]);
  for (const service of services) k8s.state.deploy(service, `${service}:1`);
  const rolls = setInterval(() => {
    k8s.state.now = wallClock();
    k8s.state.settle();
  }, 50);
  const directory = temporaryDirectory("runs");
  writeFileSync(join(directory, "chaos.md"), runbook(world.port));
  const dooms = join(directory, "dooms");
  writeFileSync(dooms, "[]");
  const stage = await startLiveSetup("postgres", {
    adjust: (policy) => ({
      ...policy,
      automation: {
        // People here click in the chat; that high risk asks for more is tested elsewhere.
        stepUp: false,
        writeBudget: { max: 1_000, per: "10m" },
        systemic: { alerts: 1_000 },
        hosts: [{ host: `127.0.0.1:${world.port}`, private: true }],
        datasources: { orders: { urlEnv: "ORDERS_URL" } },
      },
    }),
  });
  const env = {
    ...stage.env,
    MUSTER_RUNBOOKS: directory,
    PROMETHEUS_URL: `http://127.0.0.1:${world.port}`,
    KUBECONFIG: k8s.kubeconfig,
    ...(datasource === undefined ? {} : { ORDERS_URL: datasource }),
  };
  const connection = await openDatabase({ kind: "server", url: stage.env["DATABASE_URL"]!, connections: 3 }, () => {});
  const lives: MusterProcess[] = [];
  let deaths = 0;
  let over = false;
  const live = async (): Promise<MusterProcess> => {
    const muster = await startMuster({ env, victim: { pager: stage.pager.url, leaseMs: LEASE_MS, dooms } });
    lives.push(muster);
    void muster.ended.then(({ signal }) => {
      if (signal !== "SIGKILL" || over) return;
      deaths += 1;
      // Another may have taken its place while it was frozen.
      if (lives.at(-1) === muster) void live();
    });
    return muster;
  };
  await (await live()).ready();

  const runOf = async (number: number): Promise<Run> =>
    (await listRuns(connection.db, { limit: 100 })).find((run) => run.number === number)!;
  const reaches = (number: number, ...states: readonly Run["state"][]): Promise<Run> =>
    waitFor(
      async () => {
        const run = await runOf(number);
        return states.includes(run.state) && run.leaseUntil === null ? run : null;
      },
      { what: `RUN-${number} to be ${states.join(" or ")}`, timeoutMs: TIMEOUT_MS, everyMs: 50 },
    );
  const current = (): MusterProcess => lives.at(-1)!;
  const product = () => ({ url: current().url, signingSecret: SIGNING_SECRET });
  const channelOf = async (run: Run): Promise<string> =>
    (await readIncidents(current())).find(({ id }) => id === `INC-${run.incident}`)?.channel?.id ??
    Promise.reject(new Error("no channel yet"));

  return {
    stage,
    world,
    k8s,
    connection,
    current,
    deaths: () => deaths,
    another: live,
    dooms: (...all) => writeFileSync(dooms, JSON.stringify(all)),
    async fires(service) {
      await waitFor(async () => (await current().fire({ name: alertname, severity: "P1", service })).at(-1) === 202, {
        what: "the alert to be taken",
      });
      return waitFor(
        async () => (await listRuns(connection.db, { limit: 100 })).find((run) => run.labels["service"] === service),
        {
          what: `a run for ${service}`,
          timeoutMs: TIMEOUT_MS,
        },
      );
    },
    run: runOf,
    reaches,
    journal: (number) => loadJournal(connection.db, [number]),
    writes: (number, what) =>
      waitFor(async () => what(await loadJournal(connection.db, [number])), {
        what: `the journal of RUN-${number}`,
        timeoutMs: TIMEOUT_MS,
      }).then(() => {}),
    async approves(number, ...person) {
      for (const name of person) {
        const reply = async (): Promise<boolean> => {
          const as = stage.slack.people[name].id;
          await stage.slack.command({
            ...product(),
            as,
            command: "/incident",
            text: `runbook approve RUN-${number}`,
            channelId: "C0ELSEWHERE",
          });
          const { asked: approval, state } = await runOf(number);
          return state !== "waiting-approval" || approval?.by.some(({ id }) => id === as) === true;
        };
        await waitFor(reply, { what: `the approval of ${name}`, timeoutMs: TIMEOUT_MS, everyMs: 100 });
      }
    },
    async presses(number, button, person) {
      const requests = await runOf(number);
      const press = async (): Promise<boolean> => {
        const run = await runOf(number);
        if (run.epoch !== requests.epoch || run.state !== requests.state) return true;
        const channelId = await channelOf(run);
        const card = (await stage.slack.messages(channelId)).find(({ text }) => text.startsWith(`RUN-${number} `));
        if (card === undefined) throw new Error(`RUN-${number} has no message yet`);
        const { status } = await stage.slack.click({
          ...findButton(card, button),
          ...product(),
          as: stage.slack.people[person].id,
          channelId,
          messageTs: card.ts,
        });
        if (status !== 200 || (await runOf(number)).state === run.state)
          throw new Error(`the press was answered ${status}, and nothing came of it`);
        return true;
      };
      await waitFor(press, { what: `${button} of RUN-${number} to be pressed`, timeoutMs: TIMEOUT_MS, everyMs: 100 });
    },
    timeline: (run) =>
      waitFor(() => timelineOf(current(), run.incident!), { what: "the timeline", timeoutMs: TIMEOUT_MS }),
    async close() {
      over = true;
      for (const each of lives) each.signal("SIGCONT");
      await Promise.all(lives.map((each) => each.kill()));
      clearInterval(rolls);
      await connection.close();
      await Promise.all([world.close(), k8s.close(), stage.close()]);
      removeDirectory(directory);
    },
  };
}

/** A runbook about a service, with these steps. */
export function aChaosRunbook(alertname: string, steps: string): string {
  return `---
id: chaos
title: Chaos
owner: orders
match: ['alertname="${alertname}"']
params:
  service: { from: labels.service, pattern: '^[a-z0-9-]{1,40}$' }
mode: approve
limits: { lock: chaos/$service, cooldown: 1s, maxRuns: 100/24h, maxTargets: 50 }
escalate: { after: 10m, to: orders }
---
# Chaos

## What's happening

The process dies.

${steps}

## Verify

\`\`\`yaml verify
promql: latency{service="$service"} < 1
for: 1s
within: 30s
alertResolved: false
\`\`\`
`;
}
