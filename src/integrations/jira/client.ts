import type * as cloud from "jira.js/cloud";
import type { Client } from "jira.js/core";
import type { TicketAttempt } from "#ports/tickets.ts";
import type { VendorAllowance } from "#domain/outbound/allowance.ts";
import { sendWithin, type VendorAllowances } from "#ports/allowances.ts";
import { PortError } from "#ports/port-error.ts";
import { toPortError, noAnswerError, unreadableAnswer } from "./errors.ts";

export type JiraCall = { readonly operation: string; readonly outcome: string; readonly ms: number };

export type JiraAccess = {
  /** The site: https://example.atlassian.net */
  readonly url: string;
  readonly email: string;
  readonly token: string;
  readonly clock: () => number;
  readonly allowances: VendorAllowances;
  readonly onCall: (call: JiraCall) => void;
  /** Longest that Jira may take for an answer, in ms; absent: 8 s. */
  readonly timeoutMs?: number;
};

/** One request to Jira: what it answers, or a PortError. `run` is one endpoint of the library on a client of ours. */
export type JiraCaller = <T>(
  operation: string,
  attempt: Pick<TicketAttempt, "until">,
  run: (jira: typeof cloud, client: Client) => Promise<T>,
) => Promise<T>;

/** Jira counts points, and refuses bursts: https://developer.atlassian.com/cloud/jira/platform/rate-limiting/ */
const REQUESTS: VendorAllowance = { key: "jira", perMinute: 300, burst: 150 };
/** Tickets wait for no one who was woken. */
const UNHURRIED = 2;

type Sent = {
  readonly url: string;
  readonly method?: string | undefined;
  readonly searchParams?: Readonly<Record<string, unknown>> | undefined;
  readonly body?: unknown;
};

/**
 * The endpoints and types of jira.js over a transport of ours: its own has no time limit, follows redirects, and warns
 * past our log when an answer has a field that it does not expect. It is loaded with the first call: it takes 80 MB.
 */
export function createJiraClient(access: JiraAccess): JiraCaller {
  const { clock, allowances, onCall } = access;
  const send = createTransport(access);
  return async (operation, { until }, run) => {
    const began = clock();
    const client: Client = {
      sendRequest: async <T>(options: Sent) =>
        (await sendWithin(allowances, REQUESTS, UNHURRIED, () => send(operation, until, options))) as T,
    };
    try {
      const answer = await run(await import("jira.js/cloud"), client);
      onCall({ operation, outcome: "ok", ms: clock() - began });
      return answer;
    } catch (error) {
      onCall({ operation, outcome: error instanceof PortError ? error.reason : "bug", ms: clock() - began });
      throw error;
    }
  };
}

/** Sends one request, whose answer must come before `until`. */
function createTransport({ url, email, token, clock, timeoutMs = 8_000 }: JiraAccess) {
  const base = url.replace(/\/+$/, "");
  const authorization = `Basic ${Buffer.from(`${email}:${token}`).toString("base64")}`;

  return async (
    operation: string,
    until: number | undefined,
    { url: path, method = "GET", searchParams = {}, body }: Sent,
  ): Promise<unknown> => {
    const query = queryOf(searchParams);
    // The answer must come while the work is ours: what is sent later could arrive after someone else has looked for it.
    if (until !== undefined && clock() + timeoutMs > until)
      throw new PortError("timeout", `too late to ${operation}: by now someone else does this work`, {
        retryable: true,
        mayHaveHappened: true,
      });
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${base}${path}${query === "" ? "" : `?${query}`}`, {
        method,
        headers: {
          accept: "application/json",
          authorization,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(timeoutMs),
        redirect: "manual",
      });
      text = await response.text();
    } catch (cause) {
      throw noAnswerError(cause);
    }
    if (!response.ok) throw toPortError(operation, response, text);
    if (text === "") return undefined;
    try {
      return JSON.parse(text);
    } catch {
      throw unreadableAnswer(operation);
    }
  };
}

/** A list is a parameter that comes several times; what is absent does not come. */
function queryOf(params: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params))
    for (const each of Array.isArray(value) ? (value as unknown[]) : [value])
      if (typeof each === "string" || typeof each === "number" || typeof each === "boolean")
        query.append(name, String(each));
  return query.toString();
}
