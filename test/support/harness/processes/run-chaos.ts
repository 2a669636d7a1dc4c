import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openDatabase, type DatabaseConnection } from "#db/client.ts";
import { loadJournal, listRuns } from "#db/runs.ts";
import type { JournalLine, Run } from "#domain/automation/run.ts";
import { removeDirectory, temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";
import { startKubernetes, type KubernetesDouble } from "#test/support/doubles/kubernetes/kubernetes-double.ts";
import { type MusterProcess, SIGNING_SECRET, startMuster } from "./muster-process.ts";
import { findButton, type PersonName } from "#test/support/doubles/slack/slack-double.ts";
import { readIncidents, startLiveSetup, type LiveSetup, timelineOf, type SeenTimelineEntry } from "./live-setup.ts";
import { startTargetServer, type TargetServer } from "./target-server.ts";
import type { RunKillPlan } from "./victim.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

/** A claim outlives its owner by so much. */
export const LEASE_MS = 1_000;
const TIMEOUT_MS = 30_000;

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
  /** What strikes from now on; what was left is forgotten. */
  dooms(...dooms: readonly RunKillPlan[]): void;
  /** An alert about a service, and the run that begins for it. */
  fires(service: string): Promise<Run>;
  run(number: number): Promise<Run>;
  reaches(number: number, ...states: readonly Run["state"][]): Promise<Run>;
  journal(number: number): Promise<JournalLine[]>;
  /** Waits until the journal of the run has this. */
  writes(number: number, what: (journal: readonly JournalLine[]) => boolean): Promise<void>;
  /** Approves in Slack, again and again until a Muster is there to receive it. */
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
  const stage = await startStage(world.port);
  const env = {
    ...stage.env,
    MUSTER_RUNBOOKS: directory,
    PROMETHEUS_URL: `http://127.0.0.1:${world.port}`,
    KUBECONFIG: k8s.kubeconfig,
    ...(datasource === undefined ? {} : { ORDERS_URL: datasource }),
  };
  const connection = await openDatabase({ kind: "server", url: stage.env["DATABASE_URL"]!, connections: 3 }, () => {});
  const lives = new MusterLives(() =>
    startMuster({ env, victim: { pager: stage.pager.url, leaseMs: LEASE_MS, dooms } }),
  );
  await (await lives.start()).ready();
  const current = (): MusterProcess => lives.current();
  const reader = createRunReader(connection);
  return {
    ...reader,
    ...createRunOperators(stage, current, reader),
    stage,
    world,
    k8s,
    connection,
    current,
    deaths: () => lives.deaths,
    another: () => lives.start(),
    dooms: (...all) => writeFileSync(dooms, JSON.stringify(all)),
    async fires(service) {
      await waitFor(async () => (await current().fire({ name: alertname, severity: "P1", service })).at(-1) === 202, {
        what: "the alert to be taken",
      });
      return reader.runAbout(service);
    },
    timeline: (run) =>
      waitFor(() => timelineOf(current(), run.incident!), { what: "the timeline", timeoutMs: TIMEOUT_MS }),
    async close() {
      await lives.end();
      clearInterval(rolls);
      await connection.close();
      await Promise.all([world.close(), k8s.close(), stage.close()]);
      removeDirectory(directory);
    },
  };
}

function startStage(port: number): Promise<LiveSetup> {
  return startLiveSetup("postgres", {
    adjust: (policy) => ({
      ...policy,
      automation: {
        // People here click in the chat; that high risk asks for more is tested elsewhere.
        stepUp: false,
        writeBudget: { max: 1_000, per: "10m" },
        systemic: { alerts: 1_000 },
        hosts: [{ host: `127.0.0.1:${port}`, private: true }],
        datasources: { orders: { urlEnv: "ORDERS_URL" } },
      },
    }),
  });
}

/** One Muster after the other: each that is killed is followed by the next. */
class MusterLives {
  deaths = 0;
  readonly #begin: () => Promise<MusterProcess>;
  readonly #lives: MusterProcess[] = [];
  #isEnding = false;

  constructor(begin: () => Promise<MusterProcess>) {
    this.#begin = begin;
  }

  current(): MusterProcess {
    return this.#lives.at(-1)!;
  }

  async start(): Promise<MusterProcess> {
    const muster = await this.#begin();
    this.#lives.push(muster);
    void muster.ended.then(({ signal }) => {
      if (signal !== "SIGKILL" || this.#isEnding) return;
      this.deaths += 1;
      // Another may have taken its place while it was frozen.
      if (this.current() === muster) void this.start();
    });
    return muster;
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    for (const each of this.#lives) each.signal("SIGCONT");
    await Promise.all(this.#lives.map((each) => each.kill()));
  }
}

type RunReader = Pick<RunChaos, "run" | "reaches" | "journal" | "writes"> & {
  /** The run that begins for a service. */
  runAbout(service: string): Promise<Run>;
};

/** Runs as the database has them. */
function createRunReader({ db }: DatabaseConnection): RunReader {
  const run = async (number: number): Promise<Run> =>
    (await listRuns(db, { limit: 100 })).find((each) => each.number === number)!;
  return {
    run,
    reaches: (number, ...states) =>
      waitFor(
        async () => {
          const found = await run(number);
          return states.includes(found.state) && found.leaseUntil === null ? found : null;
        },
        { what: `RUN-${number} to be ${states.join(" or ")}`, timeoutMs: TIMEOUT_MS, everyMs: 50 },
      ),
    journal: (number) => loadJournal(db, [number]),
    writes: (number, what) =>
      waitFor(async () => what(await loadJournal(db, [number])), {
        what: `the journal of RUN-${number}`,
        timeoutMs: TIMEOUT_MS,
      }).then(() => {}),
    runAbout: (service) =>
      waitFor(async () => (await listRuns(db, { limit: 100 })).find(({ labels }) => labels["service"] === service), {
        what: `a run for ${service}`,
        timeoutMs: TIMEOUT_MS,
      }),
  };
}

/** What people do with runs in Slack. */
function createRunOperators(
  { slack }: LiveSetup,
  current: () => MusterProcess,
  { run: runOf }: Pick<RunReader, "run">,
): Pick<RunChaos, "approves" | "presses"> {
  const product = () => ({ url: current().url, signingSecret: SIGNING_SECRET });
  const channelOf = async (run: Run): Promise<string> =>
    (await readIncidents(current())).find(({ id }) => id === `INC-${run.incident}`)?.channel?.id ??
    Promise.reject(new Error("no channel yet"));
  return {
    async approves(number, ...person) {
      for (const name of person) {
        const as = slack.people[name].id;
        const text = `runbook approve RUN-${number}`;
        const approve = async (): Promise<boolean> => {
          await slack.command({ ...product(), as, command: "/incident", text, channelId: "C0ELSEWHERE" });
          const { asked: approval, state } = await runOf(number);
          return state !== "waiting-approval" || approval?.by.some(({ id }) => id === as) === true;
        };
        await waitFor(approve, { what: `the approval of ${name}`, timeoutMs: TIMEOUT_MS, everyMs: 100 });
      }
    },
    async presses(number, button, person) {
      const before = await runOf(number);
      const press = async (): Promise<boolean> => {
        const run = await runOf(number);
        if (run.epoch !== before.epoch || run.state !== before.state) return true;
        const channelId = await channelOf(run);
        const card = (await slack.messages(channelId)).find(({ text }) => text.startsWith(`RUN-${number} `));
        if (card === undefined) throw new Error(`RUN-${number} has no message yet`);
        const { status } = await slack.click({
          ...findButton(card, button),
          ...product(),
          as: slack.people[person].id,
          channelId,
          messageTs: card.ts,
        });
        if (status !== 200 || (await runOf(number)).state === run.state)
          throw new Error(`the press was answered ${status}, and nothing came of it`);
        return true;
      };
      await waitFor(press, { what: `${button} of RUN-${number} to be pressed`, timeoutMs: TIMEOUT_MS, everyMs: 100 });
    },
  };
}
