import { toRichText } from "#domain/values/rich-text.ts";
import { describe, expect, test } from "vitest";
import { dryRunChat, dryRunPaging, dryRunTickets } from "#integrations/dry-run/dry-run.ts";
import { NO_PORTS, type RunPorts } from "#ports/action-ports.ts";
import type { HttpRequest } from "#ports/http-requests.ts";
import { PortError } from "#ports/port-error.ts";
import type { ProcessRequest } from "#ports/processes.ts";
import type { WorkflowRequest, WorkflowRun } from "#ports/workflows.ts";
import { findRunner, RUNBOOK_ACTIONS, type ActionJob, type ActionResult, type StepIntent } from "#runbooks/index.ts";
import { FakeMetrics } from "#test/support/doubles/ports/fake-measurements.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";

function jobWith(ports: Partial<RunPorts> = {}, now = NOW): ActionJob {
  const people = {
    chat: dryRunChat(
      () => {},
      () => "id",
    ),
    paging: dryRunPaging(() => {}),
    tickets: dryRunTickets(() => {}),
  };
  const when = { clock: () => now, startedAt: NOW, deadline: NOW + 2 * MINUTE, again: false };
  const run = { number: 1, title: "Restart" };
  return {
    ports: { ...NO_PORTS, ...ports },
    people,
    mention: (to) => Promise.resolve(toRichText(to)),
    incident: () => Promise.resolve(null),
    run,
    key: "RUN-1/0",
    ...when,
  };
}
const runsAction = (name: string, intent: StepIntent, ports: Partial<RunPorts> = {}): Promise<ActionResult> =>
  findRunner(name).run(intent, jobWith(ports));

test("every action has a runner, but for the one that people do", () => {
  const performed = [...RUNBOOK_ACTIONS.keys()].filter((name) => name !== "approve");
  expect(performed.map((name) => [name, typeof findRunner(name).run])).toEqual(
    performed.map((name) => [name, "function"]),
  );
  expect(() => findRunner("approve")).toThrow("nobody does approve");
});

test("every action that is declared undoable can be undone", () => {
  const undoable = [...RUNBOOK_ACTIONS.values()].filter((action) => action.undoable).map(({ name }) => name);
  expect(undoable).toEqual(["k8s.autoscaler", "k8s.cordon", "k8s.drain", "k8s.scale"]);
  for (const name of undoable) expect(findRunner(name).undo).not.toBeNull();
});

const deployment = { namespace: "shop", deployment: "shop" };
test.each([
  ["prometheus.query", { query: "up" }, "PROMETHEUS_URL"],
  ["logs.query", { labels: { app: "shop" }, contains: [], without: [], since: 0, limit: 1 }, "LOKI_URL"],
  ["k8s.rolloutPlan", { ...deployment, healthyFor: 0 }, "KUBECONFIG"],
  ["k8s.logs", deployment, "KUBECONFIG"],
  ["k8s.restart", deployment, "KUBECONFIG"],
  ["k8s.cordon", { node: "n" }, "KUBECONFIG"],
  ["http.request", { method: "GET", url: "https://example.com/" }, "automation.hosts in muster.yaml"],
  ["exec", { argv: ["/bin/true"] }, "automation.commands in muster.yaml"],
  ["sql.query", { datasource: "orders", sql: "select 1" }, "automation.datasources.orders in muster.yaml"],
  [
    "sql.call",
    { datasource: "orders", call: "cancel-backends", pids: [] },
    "automation.datasources.orders in muster.yaml",
  ],
  ["github.workflow", { repository: "o/r", workflow: "w.yml" }, "GITHUB_TOKEN"],
] as const)("%s names the missing setting", async (name, intent, setting) => {
  expect(await runsAction(name, intent)).toMatchObject({
    state: "refused",
    says: expect.stringContaining(`set ${setting}`),
  });
});

test("a query without data has no value", async () => {
  const metrics = new FakeMetrics();
  expect(await runsAction("prometheus.query", { query: "pool" }, { metrics })).toEqual({
    state: "done",
    output: { value: null, series: [], noData: true },
  });
  metrics.values.set("pool", 0.9);
  expect(await runsAction("prometheus.query", { query: "pool" }, { metrics })).toMatchObject({
    output: { value: 0.9, noData: false },
  });
});

test("a query of several series has no one value", async () => {
  const metrics = new FakeMetrics();
  const rows = [1, 2].map((value) => ({ labels: { pod: `p${value}` }, value }));
  metrics.query = () => Promise.resolve({ kind: "rows", rows, warnings: [] });
  expect(await runsAction("prometheus.query", { query: "pool" }, { metrics })).toEqual({
    state: "done",
    output: { value: null, series: rows, noData: false },
  });
});

test("a ticket and a note that were not written are not done", async () => {
  expect(await runsAction("ticket", { title: "t", text: "x", labels: [] })).toEqual({
    state: "refused",
    says: "no ticket was opened: no tracker is set up where this team's tickets are",
  });
  expect(await runsAction("pagerduty.note", { text: "x" })).toEqual({
    state: "refused",
    says: "no note was written: the incident has no alarm in the pager, or it is private",
  });
});

test("a message of the chat is found by its link", async () => {
  const job = jobWith();
  const chat = { ...job.people.chat, messageUrl: () => Promise.resolve("https://chat.example/m1") };
  const sends = (how: Partial<typeof chat> = {}) =>
    findRunner("slack.message").run(
      { channel: "ops", text: "hi" },
      { ...job, people: { ...job.people, chat: { ...chat, ...how } } },
    );
  expect(await sends()).toEqual({ state: "done", output: { ts: "id", link: "https://chat.example/m1" } });
  const refusal = new PortError("forbidden", "no", { retryable: false });
  expect(await sends({ messageUrl: () => Promise.reject(refusal) })).toMatchObject({ output: { link: "" } });
});

describe("a request", () => {
  const sent: HttpRequest[] = [];
  const http = {
    send: (request: HttpRequest) => (
      sent.push(request),
      Promise.resolve({ ok: true as const, status: 503, type: "application/json", body: '{"a":1}', cut: false })
    ),
  };
  const attempt = {
    method: "POST",
    url: "https://example.com/",
    headers: {},
    json: { a: 1 },
    expect: [503],
  };

  test("carries the key of its step", async () => {
    expect(await runsAction("http.request", attempt, { http })).toEqual({
      state: "done",
      output: { status: 503, body: { a: 1 } },
    });
    expect(sent.at(-1)).toMatchObject({ key: "RUN-1/0", body: '{"a":1}' });
  });

  test("is sent again and again by http.poll until a field has its value or a bad one", async () => {
    let health: unknown = "Progressing";
    const polled = {
      send: () =>
        Promise.resolve({
          ok: true as const,
          status: 200,
          type: "application/json",
          body: JSON.stringify({ status: { health } }),
          cut: false,
        }),
    };
    const until = { field: "status.health", is: ["Healthy"], failed: ["Degraded"] };
    const look = { url: attempt.url, headers: {}, expect: [200], until, every: 5_000 };
    const waits = { state: "underway", handle: 'status.health is "Progressing"', inMs: 5_000 };
    expect(await runsAction("http.poll", look, { http: polled })).toEqual(waits);
    const follow = findRunner("http.poll").follow!;
    expect(await follow(look, waits.handle, jobWith({ http: polled }))).toEqual(waits);
    health = "Degraded";
    expect(await follow(look, waits.handle, jobWith({ http: polled }))).toMatchObject({
      state: "refused",
      says: 'status.health is "Degraded"',
    });
    health = undefined;
    expect(await follow(look, waits.handle, jobWith({ http: polled }))).toMatchObject({
      handle: "status.health is not there",
    });
    health = "Healthy";
    expect(await follow(look, waits.handle, jobWith({ http: polled }))).toMatchObject({ state: "done" });
    expect(findRunner("http.request").follow).toBeUndefined();
  });

  test("whose answer is unexpected is a failure", async () => {
    expect(await runsAction("http.request", { ...attempt, expect: [200] }, { http })).toMatchObject({
      state: "refused",
      says: 'the answer is 503: {"a":1}',
    });
  });
});

test("a program gets its arguments separately, and the rest of the step's timeout", async () => {
  const requests: ProcessRequest[] = [];
  const end = {
    ok: true as const,
    code: 2 as number | null,
    signal: null,
    stdout: "",
    stderr: "no such node",
    cut: false,
  };
  const processes = { run: (request: ProcessRequest) => (requests.push(request), Promise.resolve(end)) };
  expect(await runsAction("exec", { argv: ["/usr/local/bin/drain", "node; rm -rf"], env: {} }, { processes })).toEqual({
    state: "refused",
    says: "it ended with 2: no such node",
  });
  expect(requests).toEqual([
    { command: "/usr/local/bin/drain", args: ["node; rm -rf"], env: {}, timeoutMs: 2 * MINUTE },
  ]);
});

describe("a workflow", () => {
  const run: WorkflowRun = { id: "77", url: "https://example.com/77", state: "running", conclusion: "" };
  const dispatched: WorkflowRequest[] = [];
  let seen: WorkflowRun | null = null;
  const workflows = {
    name: "fake",
    dispatch: (request: WorkflowRequest) => (
      dispatched.push(request),
      Promise.resolve({ ok: true as const, run: null, repeated: false })
    ),
    find: () => Promise.resolve(seen),
    run: () => Promise.resolve(seen),
  };
  const intent = { repository: "o/r", workflow: "deploy.yml", ref: "main", inputs: {} };
  const { follow, probe } = findRunner("github.workflow");

  test("is started, found by its key, and followed to its end", async () => {
    expect(await runsAction("github.workflow", intent, { workflows })).toMatchObject({
      state: "underway",
      handle: "dispatched",
    });
    expect(await follow!(intent, "dispatched", jobWith({ workflows }))).toMatchObject({
      state: "underway",
      handle: "dispatched",
    });
    seen = run;
    expect(await follow!(intent, "dispatched", jobWith({ workflows }))).toMatchObject({
      state: "underway",
      handle: "77",
    });
    seen = { ...run, state: "completed", conclusion: "success" };
    expect(await follow!(intent, "77", jobWith({ workflows }))).toEqual({
      state: "done",
      output: { conclusion: "success", url: run.url },
    });
    seen = { ...run, state: "completed", conclusion: "failure" };
    expect(await follow!(intent, "77", jobWith({ workflows }))).toMatchObject({ state: "refused" });
  });

  test("is looked for after a crash", async () => {
    seen = null;
    expect(await probe!(intent, jobWith({ workflows }))).toBe("no");
    seen = run;
    expect(await probe!(intent, jobWith({ workflows }))).toBe("yes");
  });
});

test("a wait ends at its stored instant, whichever worker resumes it", async () => {
  const wait = findRunner("wait");
  const intended = await wait.plan!({ for: MINUTE }, jobWith());
  expect(intended).toEqual({ ok: true, intent: { until: NOW + MINUTE, for: MINUTE } });
  expect(await wait.run({ until: NOW + MINUTE }, jobWith({}, NOW + MINUTE - 1))).toMatchObject({
    state: "underway",
    inMs: 1,
  });
  expect(await wait.run({ until: NOW + MINUTE }, jobWith({}, NOW + MINUTE))).toEqual({ state: "done", output: {} });
});

test("a program that only reads is asked as one, and its exit code is an answer", async () => {
  const asked: ProcessRequest[] = [];
  const processes = {
    run: (request: ProcessRequest) => {
      asked.push(request);
      return Promise.resolve({ ok: true, code: 1, signal: null, stdout: "95 %", stderr: "", cut: false } as const);
    },
  };
  const argv = ["/usr/bin/df", "-h"];
  expect(await runsAction("exec", { argv, env: {}, effect: "read" }, { processes })).toMatchObject({
    state: "done",
    output: { exitCode: 1, stdout: "95 %" },
  });
  expect(await runsAction("exec", { argv, env: {}, effect: "change" }, { processes })).toMatchObject({
    state: "refused",
  });
  expect(asked.map(({ reads }) => reads)).toEqual([true, undefined]);
});
