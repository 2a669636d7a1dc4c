import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError, WebAPIRequestError } from "@slack/web-api";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { PortError, type PortFailure } from "#ports/port-error.ts";

/** Slack had a fault of its own; the request may or may not have taken effect. */
const PASSING = new Set([
  "internal_error",
  "fatal_error",
  "service_unavailable",
  "request_timeout",
  "team_added_to_org",
  "external_channel_migrating",
]);
const TOKEN = new Set([
  "invalid_auth",
  "not_authed",
  "account_inactive",
  "token_revoked",
  "token_expired",
  "no_permission",
]);
const FORBIDDEN = new Set([
  "missing_scope",
  "restricted_action",
  "not_allowed_token_type",
  "ekm_access_denied",
  "org_login_required",
  "access_denied",
  "is_archived",
  "not_in_channel",
]);
const MISSING = new Set(["channel_not_found", "message_not_found", "users_not_found", "user_not_found"]);

/** Slack refused for good. */
export function isRefused(error: unknown): boolean {
  return error instanceof PortError && !error.retryable;
}

/** A code of Slack's: `channel_not_found`. */
const CODE = /^[a-z][a-z0-9_]*$/;

/** An answer that is none of Slack's, or was cut off: it is unknown whether the request took effect. */
export function unreadableAnswer(method: string, cause: unknown): PortError {
  return new PortError("server_error", `Slack's answer to ${method} cannot be read (is a proxy in between?)`, {
    retryable: true,
    mayHaveHappened: true,
    cause,
  });
}

/** What went wrong, in the words of a port. */
export function toPortError(method: string, cause: unknown): PortError {
  const own = portErrorIn(cause);
  if (own !== null) return own;
  if (cause instanceof WebAPIRateLimitedError)
    return new PortError("rate_limited", `Slack asks to wait ${cause.retryAfter} s before ${method}`, {
      retryable: true,
      retryAfterMs: cause.retryAfter * 1_000,
      cause,
    });
  if (cause instanceof WebAPIPlatformError) return platformError(method, cause);
  if (cause instanceof WebAPIHTTPError) {
    const { statusCode, body } = cause;
    // Slack refuses with HTTP 200 and a code: every other status is that of something in between.
    if (statusCode >= 500)
      return new PortError("server_error", `Slack answered ${method} with HTTP ${statusCode}`, {
        retryable: true,
        mayHaveHappened: true,
        cause,
      });
    if (typeof body === "string" && /^\s*</.test(body)) return unreadableAnswer(method, cause);
    const reason: PortFailure =
      statusCode === 404 ? "unsupported" : statusCode === 401 || statusCode === 403 ? "unauthorized" : "invalid";
    return new PortError(reason, `Slack answered ${method} with HTTP ${statusCode}`, {
      retryable: reason === "unauthorized",
      retryAfterMs: MINUTE_MS,
      cause,
    });
  }
  if (cause instanceof WebAPIRequestError) return requestError(method, cause.original, cause);
  return requestError(method, cause, cause);
}

/** An error of our own that the client has wrapped: the claim ran out while it dialed. */
function portErrorIn(error: unknown): PortError | null {
  for (
    let at = error, depth = 0;
    at instanceof Error && depth < 6;
    at = at instanceof WebAPIRequestError ? at.original : at.cause, depth++
  )
    if (at instanceof PortError) return at;
  return null;
}

function platformError(method: string, cause: WebAPIPlatformError): PortError {
  const { error, needed } = cause.data as { error: unknown; needed?: string };
  // The client makes an error of a body that it cannot read, with the body as its code.
  if (typeof error !== "string" || !CODE.test(error)) return unreadableAnswer(method, cause);
  const words = `Slack refused ${method}: ${error}${needed === undefined ? "" : ` (the app needs the scope ${needed}; see deploy/slack-manifest.yaml)`}`;
  if (error === "ratelimited" || error === "rate_limited")
    return new PortError("rate_limited", words, { retryable: true, retryAfterMs: 30_000, cause });
  if (PASSING.has(error))
    return new PortError("server_error", words, { retryable: true, mayHaveHappened: true, cause });
  // A token is replaced, not repaired, by people: keep the work until they have.
  if (TOKEN.has(error))
    return new PortError("unauthorized", words, { retryable: true, retryAfterMs: MINUTE_MS, cause });
  const reason: PortFailure = FORBIDDEN.has(error) ? "forbidden" : MISSING.has(error) ? "not_found" : "invalid";
  return new PortError(reason, words, { retryable: false, cause });
}

/** Errors of the connection: some happen before anything was sent. */
const NEVER_SENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"]);

function requestError(method: string, error: unknown, cause: unknown): PortError {
  const code = codeOf(error);
  const name = error instanceof Error ? error.name : "";
  if (name === "TimeoutError" || name === "AbortError" || /timeout|timed out/i.test(String(error)))
    return new PortError("timeout", `Slack did not answer ${method} in time`, {
      retryable: true,
      mayHaveHappened: true,
      cause,
    });
  return new PortError("unreachable", `Slack cannot be reached for ${method}${code === null ? "" : ` (${code})`}`, {
    retryable: true,
    mayHaveHappened: code === null || !NEVER_SENT.has(code),
    cause,
  });
}

function codeOf(error: unknown): string | null {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++)
    if ("code" in at && typeof at.code === "string" && !at.code.startsWith("slack_")) return at.code;
  return null;
}
