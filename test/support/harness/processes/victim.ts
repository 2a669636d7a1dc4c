import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { readConfig } from "#config/app-config.ts";
import type { LoopStep } from "#engine/base/engine.ts";
import { serveUntilSignal } from "#cli/start-command.ts";
import type { ProcessRole } from "#app/main.ts";
import { httpPaging } from "#test/support/doubles/ports/http-pager.ts";

/**
 * A Muster that does to itself what the outside world does to processes, at a step of its loop.
 * `signal` at the `nth` time that `step` (of an effect of `type`) is reached.
 */
export type KillPlan = {
  readonly step: string;
  readonly type?: string;
  readonly nth?: number;
  readonly signal?: "SIGKILL" | "SIGSTOP";
};

/** `step` of run number `run`, of its step `id` (any without); `undo`: while that is put back. */
export type RunKillPlan = {
  readonly run: number;
  readonly step: string;
  readonly id?: string;
  readonly undo?: boolean;
  readonly signal?: "SIGKILL" | "SIGSTOP";
};

export type VictimSettings = {
  readonly role?: ProcessRole;
  readonly pager: string;
  readonly leaseMs?: number;
  readonly doom?: KillPlan;
  /** A file for one doom as JSON, `nth` counted from when it was written; the process that meets it takes it away before. */
  readonly doomFile?: string;
  /** A file of dooms of runs, as JSON: each strikes once, in whichever life, and is gone from the file before it does. */
  readonly dooms?: string;
  /** Where every step is written down as one JSON line, before it is taken. */
  readonly steps?: string;
};

const {
  role = "all",
  pager,
  leaseMs,
  doom,
  doomFile,
  dooms,
  steps,
} = JSON.parse(process.env["VICTIM"] ?? "{}") as VictimSettings;
let reached = 0;
/** The doom of the file as it is written, which differs from each before it. */
let written = "";

/** Takes the doom that a step of a run meets out of the file. */
function metBy(step: LoopStep, file: string): RunKillPlan | null {
  const left = JSON.parse(readFileSync(file, "utf8")) as readonly RunKillPlan[];
  const met = left.find((each) => {
    if (each.step !== step.step || !("run" in step) || step.run !== each.run) return false;
    return each.id === undefined || ("idx" in step && step.id === each.id && step.idx < 0 === (each.undo ?? false));
  });
  if (met === undefined) return null;
  writeFileSync(file, JSON.stringify(left.filter((each) => each !== met)));
  return met;
}

/** Whether it is the step of a doom, for the `nth` time. */
function isReached(step: LoopStep, plan: KillPlan): boolean {
  if (step.step !== plan.step) return false;
  if (plan.type !== undefined && !("type" in step && step.type === plan.type)) return false;
  reached += 1;
  return reached === (plan.nth ?? 1);
}

/** Takes the doom that a step meets out of the file. */
function metAlone(step: LoopStep, file: string): KillPlan | null {
  if (!existsSync(file)) return null;
  try {
    const text = readFileSync(file, "utf8");
    if (text !== written) reached = 0;
    written = text;
    const plan = JSON.parse(text) as KillPlan;
    if (!isReached(step, plan)) return null;
    renameSync(file, `${file}.taken`);
    return plan;
  } catch {
    // Another process took it at the same time.
    return null;
  }
}

process.exitCode = await serveUntilSignal(readConfig(process.env), role, {
  paging: httpPaging(pager),
  sweepEvery: 200,
  ...(leaseMs !== undefined && { leaseMs }),
  observe: (step) => {
    if (steps !== undefined) appendFileSync(steps, `${JSON.stringify(step)}\n`);
    const met = dooms === undefined || !step.step.startsWith("run.") ? null : metBy(step, dooms);
    if (met !== null) return void process.kill(process.pid, met.signal ?? "SIGKILL");
    const plan = doomFile === undefined ? doom : metAlone(step, doomFile);
    if (plan == null || (doomFile === undefined && !isReached(step, plan))) return;
    process.kill(process.pid, plan.signal ?? "SIGKILL");
  },
});
