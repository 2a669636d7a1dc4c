import type { PortRefusal } from "./port-refusal.ts";

/** `command` is a name of the policy; `args` reach the program as they are, through no shell. */
export type ProcessRequest = {
  readonly command: string;
  readonly args: readonly string[];
  /** All that the program sees of an environment, besides PATH and the locale. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly timeoutMs: number;
  /** It must be one of the calls that the policy lists as reading; it then gets no `env` and no `input`. */
  readonly reads?: boolean;
};
export type ProcessResult = {
  readonly ok: true;
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** There was more output than is kept. */
  readonly cut: boolean;
};

/**
 * Runs programs that the policy lists. Rejects with PortError and nothing else: it could not be started, or was not done
 * in time and was killed with all its children. How a program ended is an answer.
 */
export interface ProcessRunner {
  run(request: ProcessRequest): Promise<ProcessResult | PortRefusal<"not-allowed" | "bad-arguments">>;
}
