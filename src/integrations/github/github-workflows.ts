import { MINUTE_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";
import { PortError } from "#ports/port-error.ts";
import type { WorkflowName, WorkflowRun, WorkflowDispatcher } from "#ports/workflows.ts";
import { isPage, unreadableAnswer } from "./errors.ts";
import { lazyOctokit } from "./octokit.ts";
import { responseMessage, responseStatus, toWorkflowError } from "./workflow-errors.ts";

const TIMEOUT_MS = 10_000;
/** Clocks differ: a run may be a little older there than its step is here. */
const SKEW_MS = 5 * MINUTE_MS;
/** GitHub lists at most a thousand. */
const PAGES = 10;
const PER_PAGE = 100;

export type WorkflowSettings = {
  readonly token: string;
  readonly apiUrl: string | null;
  readonly clock: () => Instant;
  readonly timeoutMs?: number;
};

type ListedRun = {
  readonly id: number;
  readonly html_url: string;
  readonly status: string | null;
  readonly conclusion: string | null;
  readonly display_title: string;
};

/**
 * GitHub Actions. GitHub does not show what a run was given, so the key has to be in its name: a workflow that is
 * started from here has
 *     run-name: Fail over (${{ inputs.muster_run }})
 *     on: { workflow_dispatch: { inputs: { muster_run: { required: true } } } }
 * A new run shows after some seconds; a caller that is not sure whether it was dispatched asks `find` a minute later.
 */
export function createWorkflows(settings: WorkflowSettings): WorkflowDispatcher {
  const actions = createActionsClient(settings);
  return {
    name: "github",
    find: (name, key, since) => findRun(actions, name, key, since),
    dispatch: (wanted) => dispatch(actions, wanted),
    run: (name, id) => showRun(actions, name, id),
  };
}

type ActionsClient = ReturnType<typeof createActionsClient>;

/** Asks GitHub, with a limit of time for each request; `asked` names in words what was refused. */
function createActionsClient({ token, apiUrl, clock, timeoutMs = TIMEOUT_MS }: WorkflowSettings) {
  const open = lazyOctokit(token, apiUrl);
  const limit = () => ({ request: { signal: AbortSignal.timeout(timeoutMs), redirect: "error" as const } });
  const callGitHub = async <T>(what: string, writing: boolean, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      throw cause instanceof PortError ? cause : toWorkflowError(cause, what, writing, clock());
    }
  };

  return { open, limit, asked: callGitHub, clock };
}

async function findRun(
  { open, limit, asked: callGitHub }: ActionsClient,
  name: WorkflowName,
  key: string,
  since: Instant,
): Promise<WorkflowRun | null> {
  return callGitHub(`list the runs of ${name.workflow}`, false, async () => {
    const github = await open();
    const created = `>=${new Date(since - SKEW_MS).toISOString()}`;
    for (let page = 1; page <= PAGES; page++) {
      const options = { ...place(name), event: "workflow_dispatch", created, per_page: PER_PAGE, page, ...limit() };
      const { data } = await github.rest.actions.listWorkflowRuns(options);
      const found = data.workflow_runs.find(({ display_title: title }) =>
        title.split(/[\s()[\]{}<>,;"']+/).includes(key),
      );
      if (found !== undefined) return runOf(found);
      if (data.workflow_runs.length < PER_PAGE) return null;
    }
    return null;
  });
}

async function dispatch(
  actions: ActionsClient,
  { repository, workflow, ref, inputs, key, since }: Parameters<WorkflowDispatcher["dispatch"]>[0],
): ReturnType<WorkflowDispatcher["dispatch"]> {
  const { open, limit, clock } = actions;
  const name = { repository, workflow };
  const there = await findRun(actions, name, key, since);
  if (there !== null) return { ok: true, run: there, repeated: true };
  const github = await open();
  let answer: { readonly data: unknown };
  try {
    answer = await github.rest.actions.createWorkflowDispatch({
      ...place(name),
      ref,
      inputs: { ...inputs, muster_run: key },
      ...limit(),
    });
  } catch (cause) {
    if (responseStatus(cause) !== 422) throw toWorkflowError(cause, `start ${workflow}`, true, clock());
    const detail = responseMessage((cause as { response: { data: unknown } }).response.data);
    return {
      ok: false,
      refusal: "rejected",
      says: `${repository} refuses to start ${workflow}: ${detail}${/muster_run/.test(detail) ? HINT : ""}`,
    };
  }
  if (isPage(answer.data)) throw unreadableAnswer(`start ${workflow}`);
  return { ok: true, run: null, repeated: false };
}

async function showRun(
  { open, limit, asked: callGitHub }: ActionsClient,
  name: WorkflowName,
  id: string,
): Promise<WorkflowRun | null> {
  if (!/^\d{1,19}$/.test(id)) throw new PortError("invalid", `"${id}" is no id of a run`, { retryable: false });
  return callGitHub(`show the run ${id}`, false, async () => {
    const { owner, repo } = place(name);
    const github = await open();
    try {
      return runOf((await github.rest.actions.getWorkflowRun({ owner, repo, run_id: Number(id), ...limit() })).data);
    } catch (cause) {
      if (responseStatus(cause) === 404) return null;
      throw cause;
    }
  });
}

const HINT = ". Give the workflow the input muster_run, and name its runs by it: docs/decisions.md says why.";

function place({ repository, workflow }: WorkflowName): {
  readonly owner: string;
  readonly repo: string;
  readonly workflow_id: string;
} {
  const [owner = "", repo = "", ...more] = repository.split("/");
  const good = [owner, repo, workflow].every((each) => /^[\w.-]+$/.test(each) && !/^\.+$/.test(each));
  if (good && more.length === 0) return { owner, repo, workflow_id: workflow };
  throw new PortError(
    "invalid",
    `"${repository}" and "${workflow}" are not a repository (owner/name) and a workflow (deploy.yml)`,
    { retryable: false },
  );
}

function runOf({ id, html_url: url, status, conclusion }: ListedRun): WorkflowRun {
  const state = status === "completed" ? "completed" : status === "in_progress" ? "running" : "waiting";
  return { id: String(id), url, state, conclusion: state === "completed" ? (conclusion ?? "") : "" };
}
