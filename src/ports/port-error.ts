/** Why the world outside did not do what was asked. */
export type PortFailure =
  | "rate_limited"
  | "unreachable"
  | "timeout"
  | "server_error"
  | "unauthorized"
  | "forbidden"
  | "not_found"
  | "invalid"
  | "unsupported";

/**
 * A port's own answer to "and now?". Adapters translate every failure of their vendor into it.
 * `retryable`: the same request may work later. `retryAfterMs`: not before that, as the vendor asked.
 * `mayHaveHappened`: it is unknown whether the request took effect, so look before asking again.
 */
export class PortError extends Error {
  readonly reason: PortFailure;
  readonly retryable: boolean;
  readonly retryAfterMs: number | null;
  readonly mayHaveHappened: boolean;

  constructor(
    reason: PortFailure,
    message: string,
    answer: {
      readonly retryable: boolean;
      readonly retryAfterMs?: number | null;
      readonly mayHaveHappened?: boolean;
      readonly cause?: unknown;
    },
  ) {
    super(message, { cause: answer.cause });
    this.name = "PortError";
    this.reason = reason;
    this.retryable = answer.retryable;
    this.retryAfterMs = answer.retryAfterMs ?? null;
    this.mayHaveHappened = answer.mayHaveHappened ?? false;
  }
}
