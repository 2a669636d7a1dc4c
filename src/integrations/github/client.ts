import type { Octokit } from "@octokit/rest";
import type { TicketAttempt } from "#ports/tickets.ts";
import type { VendorAllowance } from "#domain/outbound/allowance.ts";
import { heedRefusal, takeRequest, type VendorAllowances } from "#ports/allowances.ts";
import { PortError } from "#ports/port-error.ts";
import { toPortError, unreadableAnswer } from "./errors.ts";
import { lazyOctokit } from "./octokit.ts";
import type { RepositoryName } from "./repository-name.ts";

export type GitHubCall = { readonly operation: string; readonly outcome: string; readonly ms: number };

export type GitHubAccess = {
  readonly token: string;
  /** null: GitHub's own. GitHub Enterprise Server: https://HOST/api/v3. */
  readonly apiUrl: string | null;
  readonly clock: () => number;
  readonly allowances: VendorAllowances;
  readonly onCall: (call: GitHubCall) => void;
  /** Longest that GitHub may take for an answer, in ms; absent: 8 s, GitHub gives up itself after 10 s. */
  readonly timeoutMs?: number;
};

type Request = { readonly fetch: typeof fetch; readonly signal: AbortSignal };

/** One request to GitHub: what it answers, or a PortError. `run` must hand `request` on. */
export type GitHubCaller = <T extends object>(
  operation: string,
  where: RepositoryName,
  attempt: Pick<TicketAttempt, "until">,
  run: (octokit: Octokit, request: Request) => Promise<{ readonly status: number; readonly data: T }>,
) => Promise<T>;

const VERSION = "2022-11-28";

/**
 * GitHub counts 5,000 requests an hour for a token, and 500 an hour and 80 a minute that write.
 * https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
const READS: VendorAllowance = { key: "github reads", perMinute: 60, burst: 600 };
const WRITES: VendorAllowance = { key: "github writes", perMinute: 7, burst: 70 };
/** Tickets and documents wait for no one who was woken. */
const UNHURRIED = 2;

/**
 * The official client without any of its retries and waits (they are plugins of its own that are not loaded), with a
 * limit on every request, and without redirects: a POST that follows one becomes a GET that succeeds.
 */
export function createGitHubClient({
  token,
  apiUrl,
  clock,
  allowances,
  onCall,
  timeoutMs = 8_000,
}: GitHubAccess): GitHubCaller {
  const open = lazyOctokit(token, apiUrl, (octokit) =>
    octokit.hook.before("request", (options) => void (options.headers["x-github-api-version"] = VERSION)),
  );

  return async (operation, where, { until }, run) => {
    const began = clock();
    let taken: VendorAllowance | null = null;
    const inTime: typeof fetch = async (input, init) => {
      const allowance = (init?.method ?? "GET") === "GET" ? READS : WRITES;
      taken = null;
      await takeRequest(allowances, allowance, UNHURRIED);
      taken = allowance;
      // The answer must come while the work is ours: what is sent later could arrive after someone else has looked for it.
      if (until !== undefined && clock() + timeoutMs > until)
        throw new PortError("timeout", `too late to ${operation}: by now someone else does this work`, {
          retryable: true,
          mayHaveHappened: true,
        });
      return fetch(input, { ...init, redirect: "manual" });
    };
    try {
      const { status, data } = await run(await open(), { fetch: inTime, signal: AbortSignal.timeout(timeoutMs) });
      if (status >= 300) throw Object.assign(new Error("redirected"), { response: { status, headers: {}, data } });
      // The client answers with text when JSON breaks off.
      if (typeof data !== "object" || data === null) throw unreadableAnswer(operation);
      onCall({ operation, outcome: "ok", ms: clock() - began });
      return data;
    } catch (cause) {
      const error = toPortError(operation, `${where.owner}/${where.repo}`, cause, clock());
      onCall({ operation, outcome: error.reason, ms: clock() - began });
      // What was never sent was refused by no one.
      if (taken !== null) await heedRefusal(allowances, taken, error);
      throw error;
    }
  };
}
