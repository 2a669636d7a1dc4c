import type { Instant } from "#domain/language.ts";
import type { Run, RunStep } from "#domain/run.ts";
import type { Happened } from "#ports/cluster.ts";
import type { Engine } from "#engine/engine.ts";
import type { RunPorts } from "#engine/run-ports.ts";

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

export type Intent = Readonly<Record<string, unknown>>;
export type Output = Readonly<Record<string, unknown>>;

/** What came of a step. `underway`: it goes on out there; look again in so many ms by what it was found as. */
export type Ran =
  | { readonly state: "done"; readonly output: Output }
  | { readonly state: "underway"; readonly handle: unknown; readonly inMs: number }
  | { readonly state: "refused"; readonly says: string };

/**
 * Who does an action. Rejects with PortError when the world failed, and with nothing else that is expected. `intend` only
 * reads; what it answers is written down before `run` is called, and `run` depends on nothing else.
 */
export type Runner = {
  readonly intend?: (input: Intent, job: RunJob) => Promise<{ readonly ok: true; readonly intent: Intent } | { readonly ok: false; readonly says: string }>;
  readonly run: (intent: Intent, job: RunJob) => Promise<Ran>;
  readonly follow?: (intent: Intent, handle: unknown, job: RunJob) => Promise<Ran>;
  /** Whether what was intended has happened. Absent: nobody can tell. */
  readonly probe?: (intent: Intent, job: RunJob) => Promise<Happened>;
  /** Puts back what the step found. May be called twice. */
  readonly undo?: (intent: Intent, job: RunJob) => Promise<Ran>;
};

export function done(output: Output): Ran {
  return { state: "done", output };
}

export function refused(says: string): Ran {
  return { state: "refused", says };
}

/** What an action says that needs a setting nobody has made. */
export function notSetUp(what: string, setting: string): Ran {
  return refused(`${what} is not set up: set ${setting}`);
}

/** A text of an intent; "" when it has none of that name. */
export function text(intent: Intent, name: string): string {
  const value = intent[name];
  return typeof value === "string" ? value : "";
}
