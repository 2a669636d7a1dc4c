import { fork, type ChildProcess } from "node:child_process";
import { getPriority, setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import { formatDuration, HOUR_MS, MINUTE_MS } from "#domain/values/duration.ts";
import type { EngineLog } from "#engine/base/engine.ts";
import { inheritCounts } from "./metric-sums.ts";
import type { MetricCounts, WorkerReply, WorkerReport, WorkerRequest } from "./worker-link.ts";

/** The process that decides and acts beside the one that has the doors, kept alive by it. */
export type WorkerProcess = {
  /** Starts it: with the policy in force each time it is started again, on a database that both share. */
  start(policyText: () => string, databaseUrl: string): void;
  /** Whether it has run: what was stored is being decided. */
  hasRun(): boolean;
  /** Why nothing is decided now, in words; null while it runs. */
  problem(): string | null;
  /** Has it read the policy again; answers when that counts there. One that starts reads it anyway. */
  reload(): Promise<void>;
  /** Its report, at most two seconds old when it does not answer in time; null: it has never reported. */
  report(): Promise<WorkerReport | null>;
  /** What it counts, and what those before it had counted. */
  counts(): Promise<readonly MetricCounts[]>;
  /** Has it finish the work in hand, and ends it after `patienceMs` at the latest. */
  stop(patienceMs: number): Promise<void>;
  readonly pid: number | null;
};

/** How a worker is started and watched, in ms. */
export type WorkerTimes = {
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** A worker that ran for so long did not fail at its start: the next wait is the first one again. */
  readonly soundAfterMs: number;
  /** How often it is asked for a sign of life; one that owes three is ended. */
  readonly askedEveryMs: number;
};

const USUAL_TIMES: WorkerTimes = {
  firstWaitMs: 250,
  longestWaitMs: 15_000,
  soundAfterMs: MINUTE_MS,
  askedEveryMs: 10_000,
};

/** How long a report is waited for, in ms: a scrape must not hang on a process that does. */
const REPORT_PATIENCE_MS = 2_000;

/** Signs of life that may be owed: one may fall into a pause of the machine, and one into a long stretch of work. */
const OWED = 3;

/** Answers that are waited for may come after the policy waited for the database, as it does at the doors. */
const RELOAD_PATIENCE_MS = HOUR_MS;

/**
 * The doors go first: an answer to a sender cannot wait, and a decision can. So where processor time is short a worker
 * that runs gets about a third of what the doors get.
 */
const NICENESS = 5;

/** As for a worker alone (src/cli/worker/node-flags.ts; docs/decisions.md, "Flags of V8 by role"). */
const WORKER_FLAGS = ["--max-semi-space-size=16", "--heap-growing-percent=40"];

const WORKER_MAIN = fileURLToPath(new URL("../../cli/worker/worker-main.ts", import.meta.url));

export type WorkerSetup = {
  readonly log: EngineLog;
  /** Starts a measurement; the returned function answers the ms since then. */
  readonly stopwatch: () => () => number;
  /** The program, when it is another than the product's own. */
  readonly program?: string;
  readonly times?: Partial<WorkerTimes>;
};

/** A worker that is not started yet. Its output goes where ours goes. */
export function createWorkerProcess(setup: WorkerSetup): WorkerProcess {
  return new SupervisedWorker(setup);
}

class SupervisedWorker implements WorkerProcess {
  readonly #setup: WorkerSetup;
  readonly #times: WorkerTimes;
  readonly #waiting = new Map<number, () => void>();
  #child: ChildProcess | null = null;
  #ended: Promise<void> = Promise.resolve();
  #problem: string | null = "the worker process is starting";
  #hasRun = false;
  #running: (() => number) | null = null;
  #failures = 0;
  #retry: NodeJS.Timeout | undefined;
  #watch: NodeJS.Timeout | undefined;
  #owed = 0;
  #asked = 0;
  #stopping = false;
  #last: WorkerReport | null = null;
  #inherited: MetricCounts = [];

  constructor(setup: WorkerSetup) {
    this.#setup = setup;
    this.#times = { ...USUAL_TIMES, ...setup.times };
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  hasRun(): boolean {
    return this.#hasRun;
  }

  problem(): string | null {
    return this.#problem;
  }

  async counts(): Promise<readonly MetricCounts[]> {
    const now = (await this.report())?.counts ?? [];
    return [this.#inherited, now];
  }

  start(policyText: () => string, databaseUrl: string): void {
    if (this.#stopping) return;
    const { program = WORKER_MAIN } = this.#setup;
    const child = fork(program, [], { serialization: "advanced", execArgv: WORKER_FLAGS });
    this.#child = child;
    this.#owed = 0;
    this.#running = null;
    child.on("message", (reply) => this.#received(reply as WorkerReply));
    this.#ended = new Promise((resolve) => {
      const end = (how: string): void => {
        if (this.#child !== child) return;
        this.#child = null;
        resolve();
        void this.#restart(how, policyText, databaseUrl);
      };
      child.once("error", (error) => end(error.message));
      child.once("exit", (code, signal) => end(signal === null ? `code ${code}` : signal));
    });
    this.#send({ ask: "start", policyText: policyText(), databaseUrl });
    clearInterval(this.#watch);
    this.#watch = setInterval(() => this.#askForLife(), this.#times.askedEveryMs);
  }

  async reload(): Promise<void> {
    await this.#ask("reload", RELOAD_PATIENCE_MS);
  }

  async report(): Promise<WorkerReport | null> {
    if (this.#running === null) return this.#last;
    await this.#ask("report", REPORT_PATIENCE_MS);
    return this.#last;
  }

  async stop(patienceMs: number): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#retry);
    clearInterval(this.#watch);
    const child = this.#child;
    if (child === null) return;
    this.#send({ ask: "stop" });
    const late = setTimeout(() => child.kill("SIGKILL"), patienceMs);
    await this.#ended;
    clearTimeout(late);
  }

  #received(reply: WorkerReply): void {
    this.#owed = 0;
    if (reply.kind === "runs") {
      this.#running = this.#setup.stopwatch();
      this.#hasRun = true;
      if (this.pid !== null) lowerPriority(this.pid);
      this.#problem = null;
      return;
    }
    if (reply.kind === "report") this.#last = reply.report;
    this.#waiting.get(reply.id)?.();
  }

  /** Sends a request and waits for its answer, at most so long; also for the end of the worker, which answers nothing. */
  #ask(what: "reload" | "report", patienceMs: number): Promise<void> {
    const id = ++this.#asked;
    return new Promise((resolve) => {
      const timer = setTimeout(() => answered(), patienceMs).unref();
      const answered = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve();
      };
      this.#waiting.set(id, answered);
      if (!this.#send({ ask: what, id })) answered();
    });
  }

  #send(request: WorkerRequest): boolean {
    const child = this.#child;
    if (child === null || !child.connected) return false;
    // The end of the worker is handled where it ends, and this error adds nothing.
    child.send(request, () => {});
    return true;
  }

  /** One that stands still inside keeps its lanes for itself: it is ended, and another one starts. */
  #askForLife(): void {
    if (this.#running === null) return;
    if (++this.#owed <= OWED) return void this.#send({ ask: "report", id: ++this.#asked });
    this.#setup.log.error(
      { pid: this.pid, silentMs: OWED * this.#times.askedEveryMs },
      "the worker process does not answer; it is ended and started again",
    );
    this.#child?.kill("SIGKILL");
  }

  async #restart(how: string, policyText: () => string, databaseUrl: string): Promise<void> {
    clearInterval(this.#watch);
    for (const answered of [...this.#waiting.values()]) answered();
    if (this.#last !== null) this.#inherited = await inheritCounts([this.#inherited, this.#last.counts]);
    this.#last = null;
    if (this.#stopping) return;
    const { firstWaitMs, longestWaitMs, soundAfterMs } = this.#times;
    if (this.#running !== null && this.#running() >= soundAfterMs) this.#failures = 0;
    this.#running = null;
    const waitMs = Math.min(longestWaitMs, firstWaitMs * 2 ** this.#failures++);
    this.#problem = `the worker process ended (${how}) and is started again${this.#failures > 1 ? `, for the ${this.#failures}th time in a row` : ""}: what comes in is stored, and decided once it runs`;
    this.#setup.log.error(
      { ended: how, retryInMs: waitMs, failures: this.#failures },
      `the worker process ended; it is started again in ${formatDuration(waitMs)}`,
    );
    this.#retry = setTimeout(() => this.start(policyText, databaseUrl), waitMs);
  }
}

function lowerPriority(pid: number): void {
  try {
    setPriority(pid, Math.min(19, getPriority() + NICENESS));
  } catch {
    // It has ended already, or the system allows it to no one: then both run alike.
  }
}
