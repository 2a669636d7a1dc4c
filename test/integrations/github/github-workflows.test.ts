import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createWorkflows } from "#integrations/github/github-workflows.ts";
import type { WorkflowRequest } from "#ports/workflows.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { startGithubActions, type GithubActions } from "#test/support/doubles/github/github-actions.ts";
import { portErrorOf } from "#test/support/builders/port-errors.ts";

let github: GithubActions;
let now = NOW;
beforeEach(async () => {
  now = NOW;
  github = await startGithubActions(() => now);
});
afterEach(async () => {
  expect(github.violations).toEqual([]);
  await github.close();
});
/** How long an answer is waited for: one that comes, even on a busy machine, and one that never does. */
const [PATIENT_MS, SHORT_MS] = [30_000, 1_000];
const workflows = (token = github.token, timeoutMs = PATIENT_MS) =>
  createWorkflows({ token, apiUrl: `${github.url}/`, clock: () => now, timeoutMs });
const name = { repository: "example/shop", workflow: "failover.yml" };
const aWorkflowRequest = (more: Partial<WorkflowRequest> = {}): WorkflowRequest => ({
  ...name,
  ref: "main",
  inputs: { region: "eu" },
  key: "run-7/failover",
  since: NOW,
  ...more,
});
const dispatches = (): number => github.requests.filter((each) => each.endsWith("/dispatches")).length;

test("a run is started with its key, found by it, and watched until it is completed", async () => {
  expect(await workflows().dispatch(aWorkflowRequest())).toEqual({ ok: true, run: null, repeated: false });
  expect(github.inputs).toEqual([{ region: "eu", muster_run: "run-7/failover" }]);
  const run = await workflows().find(name, "run-7/failover", NOW);
  expect(run).toEqual({
    id: "1000",
    url: "https://github.example.com/example/shop/actions/runs/1000",
    state: "waiting",
    conclusion: "",
  });
  github.runs[0]!.status = "in_progress";
  expect(await workflows().run(name, run!.id)).toMatchObject({ state: "running" });
  Object.assign(github.runs[0]!, { status: "completed", conclusion: "failure" });
  expect(await workflows().run(name, run!.id)).toMatchObject({ state: "completed", conclusion: "failure" });
  expect(await workflows().run(name, "77")).toBeNull();
});

describe("a run is never started twice", () => {
  test("when the answer was lost", async () => {
    github.fault("pass", "lost");
    expect(await portErrorOf(workflows().dispatch(aWorkflowRequest()))).toMatchObject({
      reason: "unreachable",
      mayHaveHappened: true,
    });
    expect(await workflows().dispatch(aWorkflowRequest())).toMatchObject({
      ok: true,
      repeated: true,
      run: { id: "1000" },
    });
    expect(dispatches()).toBe(1);
  });

  test("when our clock is ahead of GitHub's, and when hundreds came after it", async () => {
    now = NOW - 2 * MINUTE;
    await workflows().dispatch(aWorkflowRequest());
    now = NOW;
    for (let i = 0; i < 250; i++)
      github.runs.unshift({
        ...github.runs.at(-1)!,
        id: 2_000 + i,
        title: `Fail over (run-${i + 8}/failover)`,
        createdAt: now,
      });
    expect(await workflows().dispatch(aWorkflowRequest())).toMatchObject({ repeated: true, run: { id: "1000" } });
  });

  test("but a run of another step, or of long ago, is another", async () => {
    await workflows().dispatch(aWorkflowRequest({ key: "run-7/failover-2" }));
    await workflows().dispatch(aWorkflowRequest({ key: "xrun-7/failover" }));
    expect(await workflows().dispatch(aWorkflowRequest())).toMatchObject({ repeated: false });
    expect(await workflows().find(name, "run-7/failover", NOW + 60 * MINUTE)).toBeNull();
  });

  test("and one that is not visible yet is not treated as missing: the caller waits", async () => {
    github.slow = true;
    expect(await workflows().dispatch(aWorkflowRequest())).toMatchObject({ run: null, repeated: false });
    expect(await workflows().find(name, "run-7/failover", NOW)).toBeNull();
    github.show();
    expect(await workflows().find(name, "run-7/failover", NOW)).toMatchObject({ id: "1000" });
  });
});

test("a workflow without the input is refused with the fix", async () => {
  github.known.delete("muster_run");
  expect(await workflows().dispatch(aWorkflowRequest())).toMatchObject({
    ok: false,
    refusal: "rejected",
    says: expect.stringContaining("Give the workflow the input muster_run") as string,
  });
});

test.each([
  ["example", "failover.yml"],
  ["example/shop/more", "failover.yml"],
  ["../..", "failover.yml"],
  ["example/shop", ".."],
  ["example/shop", "a/../../b"],
])("%s with %s is not a workflow, and no request is made", async (repository, workflow) => {
  expect(await portErrorOf(workflows().dispatch(aWorkflowRequest({ repository, workflow })))).toMatchObject({
    reason: "invalid",
    retryable: false,
  });
  expect(github.requests).toEqual([]);
});

describe("when GitHub", () => {
  test.each([
    ["hangs up", "cut", { reason: "unreachable", retryable: true }],
    ["is silent", "silence", { reason: "timeout", retryable: true }],
    ["has a fault", { status: 502 }, { reason: "server_error", retryable: true }],
    ["asks to wait", { status: 429, headers: { "retry-after": "7" } }, { reason: "rate_limited", retryAfterMs: 7_000 }],
    [
      "has had enough for this hour",
      { status: 403, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(NOW / 1_000 + 90) } },
      { reason: "rate_limited", retryAfterMs: 90_000 },
    ],
    [
      "says so without a time",
      { status: 403, message: "You have exceeded a secondary rate limit" },
      { reason: "rate_limited", retryAfterMs: 60_000 },
    ],
    ["forbids it", { status: 403, message: "Resource not accessible" }, { reason: "forbidden", retryable: false }],
    ["has no such workflow", { status: 404 }, { reason: "not_found", retryable: false }],
    ["has moved", { status: 301, headers: { location: "http://127.0.0.1:9/" } }, { reason: "unreachable" }],
  ] as const)("%s, it is reported at once and not retried", async (_, fault, expected) => {
    github.fault(fault);
    const patience = expected.reason === "timeout" ? SHORT_MS : PATIENT_MS;
    expect(await portErrorOf(workflows(github.token, patience).dispatch(aWorkflowRequest()))).toMatchObject({
      ...expected,
      mayHaveHappened: false,
    });
    expect(github.requests).toHaveLength(1);
  });

  test("rejects the token, the setting is named", async () => {
    expect(await portErrorOf(workflows("wrong").dispatch(aWorkflowRequest()))).toMatchObject({
      reason: "unauthorized",
      message: expect.stringContaining("GITHUB_TOKEN") as string,
    });
  });
});
