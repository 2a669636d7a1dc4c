import type { SqlArgument } from "#ports/datasource.ts";
import { isCompleteReading } from "#ports/metrics-source.ts";
import { PortError } from "#ports/port-error.ts";
import type { HttpRequest } from "#ports/http-requests.ts";
import type { WorkflowRun } from "#ports/workflows.ts";
import { actionDone, notSetUp, actionRefused, type StepIntent, type ActionResult, type RunJob, intentText, type ActionRunner } from "./action-runner.ts";

const LOOK_MS = 10_000;

/** Asks for a value; no series and no number are no data. */
const query: ActionRunner = {
  async run(intent, { ports, engine }) {
    if (ports.metrics === null) return notSetUp("Prometheus", "PROMETHEUS_URL");
    const reading = await ports.metrics.query(intentText(intent, "query"), engine.clock());
    if (!isCompleteReading(reading)) return actionDone({ value: null, series: [], noData: true });
    if (reading.kind === "value") return actionDone({ value: reading.value, series: [{ labels: {}, value: reading.value }], noData: false });
    if (reading.kind === "noData") return actionDone({ value: null, series: [], noData: true });
    const series = reading.rows.slice(0, 100);
    return actionDone({ value: series[0]?.value ?? null, series, noData: series.length === 0 });
  },
};

const request: ActionRunner = {
  async run(intent, { ports, key }) {
    if (ports.http === null) return notSetUp("HTTP", "automation.hosts in muster.yaml");
    const variable = intent["bearerEnv"] === undefined ? null : intentText(intent, "bearerEnv");
    const bearer = variable === null ? null : ports.secret(variable);
    if (variable !== null && bearer === null) return notSetUp("the token of the request", variable);
    const body = intent["json"] === undefined ? {} : { body: JSON.stringify(intent["json"]) };
    const answer = await ports.http.send({
      method: intentText(intent, "method") as HttpRequest["method"],
      url: intentText(intent, "url"),
      headers: {
        ...(intent["headers"] as Record<string, string> | undefined),
        ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
        ...(intent["json"] === undefined ? {} : { "content-type": "application/json" }),
      },
      ...body,
      key,
    });
    if (!answer.ok) return actionRefused(answer.says);
    if (!(intent["expect"] as number[] | undefined)?.includes(answer.status))
      return actionRefused(`the answer is ${answer.status}: ${answer.body.slice(0, 300)}`);
    return actionDone({ status: answer.status, body: parsed(answer.type, answer.body) });
  },
};

function parsed(type: string, body: string): unknown {
  if (!/\bjson\b/i.test(type)) return body;
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return body;
  }
}

const exec: ActionRunner = {
  async run(intent, { ports, deadline, engine }) {
    if (ports.processes === null) return notSetUp("exec", "automation.commands in muster.yaml");
    const [command = "", ...args] = intent["argv"] as readonly string[];
    const end = await ports.processes.run({
      command,
      args,
      env: (intent["env"] as Record<string, string> | undefined) ?? {},
      timeoutMs: Math.max(1_000, deadline - engine.clock()),
    });
    if (!end.ok) return actionRefused(end.says);
    if (end.code !== 0) return actionRefused(`it ended with ${end.signal ?? String(end.code)}: ${(end.stderr || end.stdout).slice(0, 500)}`);
    return actionDone({ exitCode: 0, stdout: end.stdout, stderr: end.stderr });
  },
};

async function inDatasource(
  intent: StepIntent,
  { ports }: RunJob,
  ask: (source: NonNullable<ReturnType<RunJob["ports"]["datasource"]>>) => Promise<ActionResult>,
): Promise<ActionResult> {
  const name = intentText(intent, "datasource");
  const source = ports.datasource(name);
  return source === null ? notSetUp(`the data source ${name}`, `automation.datasources.${name} in muster.yaml`) : ask(source);
}

const sqlQuery: ActionRunner = {
  run: (intent, job) =>
    inDatasource(intent, job, async (source) => {
      const { rows, cut } = await source.query(intentText(intent, "sql"), (intent["args"] as SqlArgument[] | undefined) ?? []);
      return actionDone({ rows, cut });
    }),
};

const sqlCall: ActionRunner = {
  run: (intent, job) =>
    inDatasource(intent, job, async (source) => {
      const called = await source.call(intentText(intent, "call"), [intent["pids"] as number[]], job.key);
      return called.ok ? actionDone({ rows: called.rows }) : actionRefused(called.says);
    }),
  probe: async (intent, { ports, key }) => (await ports.datasource(intentText(intent, "datasource"))?.probeCall(key)) ?? "unknown",
};

const workflow: ActionRunner = {
  async run(intent, { ports, key, startedAt }) {
    if (ports.workflows === null) return notSetUp("GitHub Actions", "GITHUB_TOKEN");
    const { repository, workflow: name, ref, inputs } = intent as { repository: string; workflow: string; ref: string; inputs: Record<string, string> };
    const asked = await ports.workflows.dispatch({ repository, workflow: name, ref, inputs, key, since: startedAt });
    return asked.ok ? { state: "underway", handle: asked.run?.id ?? "dispatched", inMs: LOOK_MS } : actionRefused(asked.says);
  },
  async follow(intent, handle, { ports, key, startedAt }) {
    if (ports.workflows === null) return notSetUp("GitHub Actions", "GITHUB_TOKEN");
    const where = { repository: intentText(intent, "repository"), workflow: intentText(intent, "workflow") };
    const known = typeof handle === "string" && handle !== "dispatched" ? handle : null;
    const found: WorkflowRun | null = known === null ? await ports.workflows.find(where, key, startedAt) : await ports.workflows.run(where, known);
    if (found === null && known !== null) throw new PortError("not_found", "the workflow run is not there any more", { retryable: false });
    if (found?.state !== "completed") return { state: "underway", handle: found?.id ?? "dispatched", inMs: LOOK_MS };
    return found.conclusion === "success"
      ? actionDone({ conclusion: found.conclusion, url: found.url })
      : actionRefused(`the workflow ended with ${found.conclusion}: ${found.url}`);
  },
  async probe(intent, { ports, key, startedAt }) {
    if (ports.workflows === null) return "unknown";
    const where = { repository: intentText(intent, "repository"), workflow: intentText(intent, "workflow") };
    return (await ports.workflows.find(where, key, startedAt)) === null ? "no" : "yes";
  },
};

/** Nobody waits: the run is looked at again when the time has come. */
const wait: ActionRunner = {
  intend: (input, { engine }) => Promise.resolve({ ok: true, intent: { until: engine.clock() + Number(input["for"]) } }),
  run(intent, { engine }) {
    const left = Number(intent["until"]) - engine.clock();
    return Promise.resolve(left <= 0 ? actionDone({}) : { state: "underway", handle: "waiting", inMs: left });
  },
  follow: (intent, _, job) => wait.run(intent, job),
};

export const DATA_RUNNERS: Readonly<Record<string, ActionRunner>> = {
  "prometheus.query": query,
  "http.request": request,
  exec,
  "sql.query": sqlQuery,
  "sql.call": sqlCall,
  "github.workflow": workflow,
  wait,
};
