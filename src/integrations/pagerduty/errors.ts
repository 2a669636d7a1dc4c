import { MINUTE_MS } from "#domain/values/duration.ts";
import { parseRetryAfter } from "#integrations/http/retry-after.ts";
import { PortError } from "#ports/port-error.ts";

/** ms to wait when PagerDuty asks to wait without a time: its limits are counted by the minute. */
const WAIT_MS = 30_000;

/** No answer: it took too long, or the connection broke. */
export function noAnswerError(cause: unknown): PortError {
  const slow = cause instanceof Error && cause.name === "TimeoutError";
  return new PortError(
    slow ? "timeout" : "unreachable",
    slow ? "PagerDuty did not answer in time" : "PagerDuty cannot be reached",
    { retryable: true, mayHaveHappened: true, cause },
  );
}

/** An answer that is none of PagerDuty's, or was cut off: it is unknown whether the request took effect. */
export function unreadableAnswer(status: number, cause?: unknown): PortError {
  return new PortError("server_error", `PagerDuty's answer cannot be read (HTTP ${status}; is a proxy in between?)`, {
    retryable: true,
    mayHaveHappened: true,
    cause,
  });
}

/**
 * Everything that PagerDuty can answer other than success.
 * https://developer.pagerduty.com/docs/events-api-v2/overview/#response-codes--retry-logic
 */
export function toPortError({ status, headers }: Pick<Response, "status" | "headers">, answer: unknown): PortError {
  const words = `PagerDuty answered HTTP ${status}${reasonIn(answer)}`;
  if (status === 429) return new PortError("rate_limited", words, { retryable: true, retryAfterMs: waitOf(headers) });
  if (status >= 500) return new PortError("server_error", words, { retryable: true, mayHaveHappened: true });
  // A key or token is replaced by people: the page is kept until they have.
  if (status === 401 || status === 403)
    return new PortError("unauthorized", words, { retryable: true, retryAfterMs: MINUTE_MS });
  // PagerDuty refuses in JSON: a refusal without is that of something in between.
  if (typeof answer !== "object" || answer === null) return unreadableAnswer(status);
  return new PortError(status === 404 ? "not_found" : "invalid", words, { retryable: false });
}

function waitOf(headers: Headers): number {
  for (const name of ["retry-after", "ratelimit-reset"]) {
    const wait = parseRetryAfter(headers.get(name));
    if (wait !== null) return wait;
  }
  return WAIT_MS;
}

/** PagerDuty's description of an error, in one line: `message` and `errors` of either API. */
function reasonIn(answer: unknown): string {
  if (typeof answer !== "object" || answer === null) return "";
  const inner: unknown =
    "error" in answer && typeof answer.error === "object" && answer.error !== null ? answer.error : answer;
  const { message, errors } = inner as { message?: unknown; errors?: unknown };
  const messages = [message, ...(Array.isArray(errors) ? (errors as unknown[]) : [])].filter(
    (each) => typeof each === "string",
  );
  return messages.length === 0 ? "" : `: ${messages.join("; ").slice(0, 300)}`;
}
