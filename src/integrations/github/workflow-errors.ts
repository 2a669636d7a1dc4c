import { MINUTE_MS } from "#domain/values/duration.ts";
import { parseRetryAfter } from "#integrations/http/retry-after.ts";
import { isPage } from "./errors.ts";
import { PortError } from "#ports/port-error.ts";

/** What Octokit throws. Without a response it is no answer, whatever its status is (it is 500). */
type Thrown = Error & {
  readonly status?: number;
  readonly response?: {
    readonly headers: Readonly<Record<string, string | number | undefined>>;
    readonly data: unknown;
  };
};

/**
 * ms to wait when GitHub asks to and does not give a time:
 * https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
const TIMEOUT_MS = MINUTE_MS;

/** All that GitHub Actions can answer. `writing`: a run may have been started. */
export function toWorkflowError(thrown: unknown, what: string, writing: boolean, now: number): PortError {
  const error = thrown as Thrown;
  const { response } = error;
  if (!(thrown instanceof Error) || response === undefined || error.status === undefined) {
    const slow = thrown instanceof Error && /timeout|aborted/i.test(`${error.name} ${error.message}`);
    return new PortError(
      slow ? "timeout" : "unreachable",
      `GitHub ${slow ? "did not answer in time" : "cannot be reached"}, so it did not ${what}`,
      {
        retryable: true,
        mayHaveHappened: writing,
        cause: thrown,
      },
    );
  }
  const { status } = error;
  const words = `GitHub did not ${what}: HTTP ${status}, ${responseMessage(response.data)}`;
  const wait = waitOf(response.headers, now);
  if (status === 429 || (status === 403 && (wait !== null || /rate limit/i.test(words))))
    return new PortError("rate_limited", words, { retryable: true, retryAfterMs: wait ?? TIMEOUT_MS, cause: thrown });
  if (status >= 500 || isPage(response.data))
    return new PortError("server_error", words, { retryable: true, mayHaveHappened: writing, cause: thrown });
  if (status === 401)
    return new PortError("unauthorized", `${words}. Check GITHUB_TOKEN.`, {
      retryable: true,
      retryAfterMs: TIMEOUT_MS,
      cause: thrown,
    });
  if (status === 403)
    return new PortError("forbidden", `${words}. The token needs "Actions: read and write" on it.`, {
      retryable: false,
      cause: thrown,
    });
  if (status === 404)
    return new PortError(
      "not_found",
      `${words}: there is no such repository, workflow or branch, or GITHUB_TOKEN may not see it`,
      {
        retryable: false,
        cause: thrown,
      },
    );
  return new PortError("invalid", words, { retryable: false, cause: thrown });
}

export const responseStatus = (thrown: unknown): number | null => {
  const { status, response } = thrown as Partial<Thrown>;
  return response === undefined ? null : (status ?? null);
};

/** GitHub's own message, on one line. */
export function responseMessage(data: unknown): string {
  const { message } = (typeof data === "object" && data !== null ? data : {}) as { message?: unknown };
  return typeof message === "string" ? message.replace(/\s+/g, " ").slice(0, 300) : "without a word";
}

function waitOf(headers: Readonly<Record<string, string | number | undefined>>, now: number): number | null {
  const after = parseRetryAfter(headers["retry-after"]);
  if (after !== null) return after;
  const [left, reset] = ["x-ratelimit-remaining", "x-ratelimit-reset"].map((name) =>
    Number(headers[name] ?? Number.NaN),
  );
  return left === 0 && Number.isFinite(reset) ? Math.max(1_000, reset! * 1_000 - now) : null;
}
