import type { Instant } from "#domain/values/language.ts";
import type { Run, RunStep } from "#domain/automation/run.ts";
import type { ProbeResult } from "#ports/cluster.ts";
import type { Engine } from "#engine/loop/engine.ts";
import type { RunPorts } from "#engine/automation/run-ports.ts";

/** What a runner is given besides its intent. `key` names the step to the world outside: `RUN-3/restart`. */
export type RunJob = {
  readonly engine: Engine;
  readonly ports: RunPorts;
  readonly run: Run;
  readonly step: Pick<RunStep, "id" | "uses" | "timeout">;
  readonly key: string;
  /** When the step was first begun, and when its time is over. */
  readonly startedAt: Instant;
  readonly deadline: Instant;
  /** It may have been done before with this key: look first. */
  readonly again: boolean;
};

export type StepIntent = Readonly<Record<string, unknown>>;
export type ActionOutput = Readonly<Record<string, unknown>>;

/** What came of a step. `underway`: it goes on out there; look again in so many ms by what it was found as. */
export type ActionResult =
  | { readonly state: "done"; readonly output: ActionOutput }
  | { readonly state: "underway"; readonly handle: unknown; readonly inMs: number }
  | { readonly state: "refused"; readonly says: string };

/**
 * Who does an action. Rejects with PortError when the world failed, and with nothing else that is expected. `intend` only
 * reads; what it answers is written down before `run` is called, and `run` depends on nothing else.
 */
export type ActionRunner = {
  readonly intend?: (
    input: StepIntent,
    job: RunJob,
  ) => Promise<{ readonly ok: true; readonly intent: StepIntent } | { readonly ok: false; readonly says: string }>;
  readonly run: (intent: StepIntent, job: RunJob) => Promise<ActionResult>;
  readonly follow?: (intent: StepIntent, handle: unknown, job: RunJob) => Promise<ActionResult>;
  /** Whether what was intended has happened. Absent: nobody can tell. */
  readonly probe?: (intent: StepIntent, job: RunJob) => Promise<ProbeResult>;
  /** Puts back what the step found. May be called twice. */
  readonly undo?: (intent: StepIntent, job: RunJob) => Promise<ActionResult>;
};

export function actionDone(output: ActionOutput): ActionResult {
  return { state: "done", output };
}

export function actionRefused(says: string): ActionResult {
  return { state: "refused", says };
}

/** What an action says that needs a setting nobody has made. */
export function notSetUp(what: string, setting: string): ActionResult {
  return actionRefused(`${what} is not set up: set ${setting}`);
}

/** A text of an intent; "" when it has none of that name. */
export function intentText(intent: StepIntent, name: string): string {
  const value = intent[name];
  return typeof value === "string" ? value : "";
}
