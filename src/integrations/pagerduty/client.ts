import { parseRetryAfter } from "#integrations/http/retry-after.ts";
import { PortError } from "#ports/port-error.ts";

export type PagerCall = { readonly operation: string; readonly outcome: string; readonly ms: number };

/** Longest that PagerDuty may take for an answer, in ms. */
const TIMEOUT_MS = 8_000;
/** ms to wait when PagerDuty asks to wait and does not say how long: its limits are counted by the minute. */
const WAIT_MS = 30_000;

/**
 * One request to PagerDuty, and its answer as JSON. Every status is looked at, nothing is tried again in here, and no
 * timer outlives the call.
 * https://developer.pagerduty.com/docs/events-api-v2/overview/#response-codes--retry-logic
 */
export async function sendRequest(
  url: string,
  init: { readonly method: string; readonly headers: Readonly<Record<string, string>>; readonly body?: string },
): Promise<unknown> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS), redirect: "error" });
    text = await response.text();
  } catch (cause) {
    const slow = cause instanceof Error && cause.name === "TimeoutError";
    throw new PortError(
      slow ? "timeout" : "unreachable",
      slow ? "PagerDuty did not answer in time" : "PagerDuty cannot be reached",
      {
        retryable: true,
        mayHaveHappened: true,
        cause,
      },
    );
  }
  if (response.ok) return parsed(text);
  throw refusal(response, text);
}

function refusal(response: Response, text: string): PortError {
  const { status } = response;
  const words = `PagerDuty answered HTTP ${status}${reasonIn(text)}`;
  if (status === 429) return new PortError("rate_limited", words, { retryable: true, retryAfterMs: waitOf(response) });
  if (status >= 500) return new PortError("server_error", words, { retryable: true, mayHaveHappened: true });
  // A key or token is replaced by people: the page is kept until they have.
  if (status === 401 || status === 403)
    return new PortError("unauthorized", words, { retryable: true, retryAfterMs: 60_000 });
  return new PortError(status === 404 ? "not_found" : "invalid", words, { retryable: false });
}

function waitOf({ headers }: Response): number {
  for (const name of ["retry-after", "ratelimit-reset"]) {
    const wait = parseRetryAfter(headers.get(name));
    if (wait !== null) return wait;
  }
  return WAIT_MS;
}

/** What PagerDuty says of an error, in one line: `message` and `errors` of either API. */
function reasonIn(text: string): string {
  const body = parsed(text);
  if (typeof body !== "object" || body === null) return "";
  const inner: unknown = "error" in body && typeof body.error === "object" && body.error !== null ? body.error : body;
  const { message, errors } = inner as { message?: unknown; errors?: unknown };
  const messages = [message, ...(Array.isArray(errors) ? (errors as unknown[]) : [])].filter(
    (each) => typeof each === "string",
  );
  return messages.length === 0 ? "" : `: ${messages.join("; ").slice(0, 300)}`;
}

function parsed(text: string): unknown {
  try {
    return text === "" ? {} : JSON.parse(text);
  } catch {
    return {};
  }
}
