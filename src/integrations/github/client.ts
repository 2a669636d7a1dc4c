import { Octokit } from "@octokit/rest";
import type { TicketAttempt } from "#ports/tickets.ts";
import { PortError } from "#ports/port-error.ts";
import { toPortError, unreadableAnswer } from "./errors.ts";
import type { RepositoryName } from "./repository-name.ts";

export type GitHubCall = { readonly operation: string; readonly outcome: string; readonly ms: number };

export type GitHubAccess = {
  readonly token: string;
  /** null: GitHub's own. GitHub Enterprise Server: https://HOST/api/v3. */
  readonly apiUrl: string | null;
  readonly clock: () => number;
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

const noop = (): void => {};

/**
 * The official client without any of its retries and waits (they are plugins of its own that are not loaded), with a
 * limit on every request, and without redirects: a POST that follows one becomes a GET that succeeds.
 */
export function createGitHubClient({ token, apiUrl, clock, onCall, timeoutMs = 8_000 }: GitHubAccess): GitHubCaller {
  const octokit = new Octokit({
    auth: token,
    userAgent: "muster",
    ...(apiUrl === null ? {} : { baseUrl: apiUrl.replace(/\/+$/, "") }),
    log: { debug: noop, info: noop, warn: noop, error: noop },
  });
  octokit.hook.before("request", (options) => void (options.headers["x-github-api-version"] = VERSION));

  return async (operation, where, { until }, run) => {
    const began = clock();
    const inTime: typeof fetch = (input, init) => {
      // The answer must come while the work is ours: what is sent later could arrive after someone else has looked for it.
      if (until !== undefined && clock() + timeoutMs > until)
        throw new PortError("timeout", `too late to ${operation}: by now somebody else does this work`, {
          retryable: true,
          mayHaveHappened: true,
        });
      return fetch(input, { ...init, redirect: "manual" });
    };
    try {
      const { status, data } = await run(octokit, { fetch: inTime, signal: AbortSignal.timeout(timeoutMs) });
      if (status >= 300) throw Object.assign(new Error("redirected"), { response: { status, headers: {}, data } });
      // The client answers with text when JSON breaks off.
      if (typeof data !== "object" || data === null) throw unreadableAnswer(operation);
      onCall({ operation, outcome: "ok", ms: clock() - began });
      return data;
    } catch (cause) {
      const error = toPortError(operation, `${where.owner}/${where.repo}`, cause, clock());
      onCall({ operation, outcome: error.reason, ms: clock() - began });
      throw error;
    }
  };
}
