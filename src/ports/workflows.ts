import type { Instant } from "#domain/values/language.ts";
import type { PortRefusal } from "./port-refusal.ts";

export type WorkflowName = { readonly repository: string; readonly workflow: string };

/** `key` names the step and travels as the input muster_run; nothing of the kind was asked for before `since`. */
export type WorkflowRequest = WorkflowName & {
  readonly ref: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly key: string;
  readonly since: Instant;
};

export type WorkflowRun = {
  readonly id: string;
  readonly url: string;
  readonly state: "waiting" | "running" | "completed";
  /** "success", "failure", "cancelled" …; "" until it is completed. */
  readonly conclusion: string;
};

/** Pipelines that are started from outside. Rejects with PortError and nothing else; never retries by itself. */
export interface WorkflowDispatcher {
  readonly name: string;
  /** Starts a run, unless one with this key is there. `run` is null until it can be seen: ask `find`. */
  dispatch(
    request: WorkflowRequest,
  ): Promise<
    { readonly ok: true; readonly run: WorkflowRun | null; readonly repeated: boolean } | PortRefusal<"rejected">
  >;
  /** The run with a key; null while none can be seen. */
  find(name: WorkflowName, key: string, since: Instant): Promise<WorkflowRun | null>;
  /** A run as it is now; null when it is gone. */
  run(name: WorkflowName, id: string): Promise<WorkflowRun | null>;
}
