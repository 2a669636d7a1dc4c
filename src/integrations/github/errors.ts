import { MINUTE_MS } from "#domain/values/duration.ts";
import { parseRetryAfter } from "#integrations/http/retry-after.ts";
import { PortError } from "#ports/port-error.ts";

/** ms until it is asked again after a fault: by then a list shows what was written before it. */
const SETTLED_MS = 5_000;
/** ms to wait when GitHub asks to wait without a time (its advice for secondary limits). */
const TIMEOUT_MS = MINUTE_MS;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly data: unknown;
};

/**
 * Everything that a request to GitHub can end in, other than success. `what` names the request, `repo` where it went.
 * https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
 */
export function toPortError(what: string, repo: string, cause: unknown, now: number): PortError {
  if (cause instanceof PortError) return cause;
  const { name, cause: inner, response } = (cause ?? {}) as { name?: unknown; cause?: unknown; response?: Answer };
  if (inner instanceof PortError) return inner;
  if (response !== undefined) return refusal(what, repo, response, now, cause);
  const slow = [name, (inner as { name?: unknown } | undefined)?.name].some(
    (each) => each === "TimeoutError" || each === "AbortError",
  );
  return new PortError(
    slow ? "timeout" : "unreachable",
    slow ? "GitHub did not answer in time" : "GitHub cannot be reached, or its answer broke off",
    {
      retryable: true,
      retryAfterMs: SETTLED_MS,
      mayHaveHappened: true,
      cause,
    },
  );
}

/** A foreign answer: from a proxy, or broken off. */
export function unreadableAnswer(what: string): PortError {
  return new PortError("server_error", `GitHub's answer to "${what}" cannot be read`, {
    retryable: true,
    retryAfterMs: SETTLED_MS,
    mayHaveHappened: true,
  });
}

/** Whether an answer is a web page, which no API of GitHub's sends. */
export function isPage(data: unknown): boolean {
  return typeof data === "string" && /^\s*</.test(data);
}

/** Whether GitHub refused a request for the content of a field. */
export function isFieldRefusal(error: unknown, field: string): boolean {
  const data = error instanceof PortError ? ((error.cause ?? {}) as { response?: Answer }).response?.data : undefined;
  const { errors } = (data ?? {}) as { errors?: unknown };
  return Array.isArray(errors) && errors.some((each: unknown) => (each as { field?: unknown } | null)?.field === field);
}

function refusal(what: string, repo: string, answer: Answer, now: number, cause: unknown): PortError {
  const { status, headers } = answer;
  const words = `GitHub answered HTTP ${status} to "${what}" in ${repo}${reasonIn(answer.data)}`;
  // GitHub refuses in JSON: a page is that of something in between.
  if (isPage(answer.data)) return unreadableAnswer(what);
  const wait = status === 403 || status === 429 ? waitOf(answer, now) : null;
  if (wait !== null) return new PortError("rate_limited", words, { retryable: true, retryAfterMs: wait, cause });
  if (status >= 500)
    return new PortError("server_error", words, {
      retryable: true,
      retryAfterMs: SETTLED_MS,
      mayHaveHappened: true,
      cause,
    });
  if (status === 401)
    return new PortError("unauthorized", `${words}. GITHUB_TOKEN is wrong or has expired: make a new one`, {
      retryable: false,
      cause,
    });
  if (status === 403) {
    const needs = headers["x-accepted-github-permissions"];
    const fix = `The token needs ${needs === undefined ? "Issues: read and write" : needs} for ${repo} (fine-grained), or the scope repo (classic)`;
    return new PortError("forbidden", `${words}. ${fix}`, { retryable: false, cause });
  }
  if (status === 404)
    return new PortError(
      "not_found",
      `${words}. Check GITHUB_REPO or teams.<team>.tickets.repo, and that GITHUB_TOKEN may see ${repo}`,
      {
        retryable: false,
        cause,
      },
    );
  if (status === 410)
    return new PortError(
      "not_found",
      `${words}. The issue was deleted, or Issues are switched off (Settings → General → Features)`,
      {
        retryable: false,
        cause,
      },
    );
  if (REDIRECTS.has(status))
    return new PortError(
      "not_found",
      `${repo} has moved, or the issue was transferred. Set GITHUB_REPO or teams.<team>.tickets.repo to its new name`,
      {
        retryable: false,
        cause,
      },
    );
  return new PortError("invalid", words, { retryable: false, cause });
}

/** ms to wait, or null when it is no limit but a lack of permission that speaks. */
function waitOf({ status, headers, data }: Answer, now: number): number | null {
  const after = parseRetryAfter(headers["retry-after"]);
  if (after !== null) return after;
  const reset = Number(headers["x-ratelimit-reset"]);
  if (headers["x-ratelimit-remaining"] === "0" && Number.isFinite(reset) && reset > 0)
    return Math.max(1_000, reset * 1_000 - now);
  const { message } = (data ?? {}) as { message?: unknown };
  return status === 429 || /rate limit/i.test(String(message)) ? TIMEOUT_MS : null;
}

/** `message` and `errors` of a refusal in one line. */
function reasonIn(data: unknown): string {
  const { message, errors } = (typeof data === "object" && data !== null ? data : {}) as {
    message?: unknown;
    errors?: unknown;
  };
  const more = (Array.isArray(errors) ? (errors as unknown[]) : []).map((each) =>
    typeof each === "string" ? each : Object.values((each ?? {}) as object).join(" "),
  );
  const messages = [message, ...more].filter((each) => typeof each === "string");
  return messages.length === 0 ? "" : `: ${messages.join("; ").slice(0, 300)}`;
}
