import { parseRetryAfter } from "#integrations/http/retry-after.ts";
import { PortError } from "#ports/port-error.ts";

/** ms to wait when Jira asks to wait without a time. */
const TIMEOUT_MS = 30_000;

/** No answer: it took too long, or the connection broke. */
export function noAnswerError(cause: unknown): PortError {
  const slow = cause instanceof Error && (cause.name === "TimeoutError" || cause.name === "AbortError");
  return new PortError(
    slow ? "timeout" : "unreachable",
    slow ? "Jira did not answer in time" : "Jira cannot be reached, or its answer broke off",
    {
      retryable: true,
      mayHaveHappened: true,
      cause,
    },
  );
}

/** A foreign answer, such as a proxy's. */
export function unreadableAnswer(what: string): PortError {
  return new PortError("server_error", `Jira's answer to "${what}" cannot be read`, {
    retryable: true,
    mayHaveHappened: true,
  });
}

/**
 * Everything that Jira can answer other than success.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/#status-codes and
 * /cloud/jira/platform/rate-limiting/
 */
export function toPortError(
  what: string,
  { status, headers }: Pick<Response, "status" | "headers">,
  text: string,
): PortError {
  const fields = fieldErrors(text);
  const cause = new Refused(fields);
  const words = `Jira answered HTTP ${status} to "${what}"${reasonIn(text)}`;
  const wait = parseRetryAfter(headers.get("retry-after"));
  if (status === 429)
    return new PortError("rate_limited", words, { retryable: true, retryAfterMs: wait ?? TIMEOUT_MS, cause });
  if (status >= 500)
    return new PortError("server_error", words, { retryable: true, retryAfterMs: wait, mayHaveHappened: true, cause });
  // Something in between, or the page that Atlassian shows while a site is down. Of Jira itself only a 401 may be a
  // page.
  if (status !== 401 && /^\s*</.test(text)) return unreadableAnswer(what);
  if (status === 401)
    return new PortError(
      "unauthorized",
      `${words}. JIRA_TOKEN is wrong, has expired, or is not of JIRA_EMAIL: make a new one`,
      { retryable: false, cause },
    );
  if (status === 403)
    return new PortError(
      "forbidden",
      `${words}. JIRA_EMAIL's user needs the permissions Browse, Create, Transition, Add Comments in the project`,
      {
        retryable: false,
        cause,
      },
    );
  if (status === 404 || status === 410)
    return new PortError(
      "not_found",
      `${words}. It is gone, or JIRA_EMAIL's user may not see it: check JIRA_URL, JIRA_PROJECT or teams.<team>.tickets.project`,
      {
        retryable: false,
        cause,
      },
    );
  if (status >= 300 && status < 400)
    return new PortError(
      "not_found",
      `JIRA_URL sends us elsewhere: set it to the site itself, such as https://example.atlassian.net`,
      {
        retryable: false,
        cause,
      },
    );
  return new PortError("invalid", `${words}${fixOf(fields)}`, { retryable: false, cause });
}

/** Whether Jira refused a request for the content of a field. */
export function isFieldRefusal(error: unknown, field: string): boolean {
  return error instanceof PortError && error.cause instanceof Refused && Object.hasOwn(error.cause.fields, field);
}

class Refused extends Error {
  readonly fields: Readonly<Record<string, unknown>>;
  constructor(fields: Readonly<Record<string, unknown>>) {
    super("refused by Jira");
    this.name = "Refused";
    this.fields = fields;
  }
}

function fixOf(fields: Readonly<Record<string, unknown>>): string {
  if (Object.hasOwn(fields, "project"))
    return ". Set JIRA_PROJECT or teams.<team>.tickets.project to a project where JIRA_EMAIL's user may create issues";
  if (Object.hasOwn(fields, "issuetype")) return ". Set teams.<team>.tickets.issueType to a type of the project";
  if (Object.hasOwn(fields, "labels"))
    return ". Put the field Labels on the project's create screen: tickets are found by it";
  const [other] = Object.keys(fields);
  return other === undefined
    ? ""
    : `. Set teams.<team>.tickets.fields.${other} in muster.yaml, or make the field optional`;
}

function reasonIn(text: string): string {
  const { errorMessages, message } = objectIn(text);
  const general: readonly unknown[] = Array.isArray(errorMessages) ? errorMessages : [message];
  const messages = [
    ...general.filter((each) => typeof each === "string"),
    ...Object.entries(fieldErrors(text)).map(([field, reason]) => `${field}: ${String(reason)}`),
  ];
  return messages.length === 0 ? "" : `: ${messages.join("; ").slice(0, 300)}`;
}

function fieldErrors(text: string): Readonly<Record<string, unknown>> {
  const { errors } = objectIn(text);
  return typeof errors === "object" && errors !== null && !Array.isArray(errors)
    ? (errors as Record<string, unknown>)
    : {};
}

function objectIn(text: string): {
  readonly errorMessages?: unknown;
  readonly message?: unknown;
  readonly errors?: unknown;
} {
  try {
    const data: unknown = JSON.parse(text);
    return typeof data === "object" && data !== null ? data : {};
  } catch {
    return {};
  }
}
