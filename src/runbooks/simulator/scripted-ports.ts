import type { DatabaseConnection } from "#db/client.ts";
import type { RunPorts } from "#engine/automation/run-ports.ts";
import type { DataSource, SqlArgument, SqlRow } from "#ports/datasource.ts";
import type { MetricsSource, MetricReading, MetricSample } from "#ports/metrics-source.ts";
import type { WorkflowRun } from "#ports/workflows.ts";
import { answerField, type ScriptedAnswer } from "./scripted-answers.ts";
import { scriptedCluster } from "./scripted-cluster.ts";
import type { CaseScript } from "./case-script.ts";

/** Everything a runbook acts through, answering what a case has written down. */
export function scriptedPorts(script: CaseScript, connection: DatabaseConnection): RunPorts {
  return {
    metrics: scriptedMetrics(script),
    cluster: scriptedCluster(script),
    datasource: (name) => scriptedSource(name, script, connection),
    http: {
      async send() {
        const { answer } = await script.answer("http.request");
        const says = refused(answer);
        if (says !== null) return { ok: false, refusal: "not-allowed", says };
        const body = answerField(answer, "body");
        const text = typeof body === "string";
        return {
          ok: true,
          status: Number(answerField(answer, "status")),
          type: text ? "text/plain" : "application/json",
          body: text ? body : JSON.stringify(body),
          cut: false,
        };
      },
    },
    processes: {
      async run() {
        const { answer } = await script.answer("exec");
        const says = refused(answer);
        if (says !== null) return { ok: false, refusal: "not-allowed", says };
        return {
          ok: true,
          code: Number(answerField(answer, "exitCode")),
          signal: null,
          stdout: text(answer, "stdout"),
          stderr: text(answer, "stderr"),
          cut: false,
        };
      },
    },
    workflows: scriptedWorkflows(script),
    secret: () => "a token of the test",
  };
}

function refused(answer: ScriptedAnswer): string | null {
  const says = answerField(answer, "refused");
  return typeof says === "string" ? says : null;
}

function text(answer: ScriptedAnswer, name: string): string {
  const found = answerField(answer, name);
  return typeof found === "string" ? found : "";
}

function scriptedMetrics(script: CaseScript): MetricsSource {
  const reading = (answer: ScriptedAnswer): MetricReading => {
    if (typeof answer === "number") return { kind: "value", value: answer, warnings: [] };
    if (Array.isArray(answer)) return { kind: "rows", rows: answer as MetricSample[], warnings: [] };
    return { kind: "noData", warnings: [] };
  };
  return {
    name: "test",
    async query(promql, at) {
      const work = await script.work();
      const asker = script.askerOf("prometheus.query", work);
      // A step may ask just what its runbook verifies: then it is its own question.
      const own = asker?.step.uses === "prometheus.query" || (asker?.key.endsWith(".guard") === true && script.peek(asker.key) !== undefined);
      const measured = own || work === null ? null : script.measure(work, promql, at);
      return reading(measured ?? script.take(asker?.key ?? "prometheus.query", "prometheus.query"));
    },
    ping: () => Promise.resolve(),
  };
}

/** Statements are tried on a real PostgreSQL first: what it does not take is wrong, whatever the case says comes back. */
function scriptedSource(name: string, script: CaseScript, { pool }: DatabaseConnection): DataSource {
  let called = false;
  const tried = async (sql: string, args: readonly SqlArgument[], rows: readonly SqlRow[], key: string): Promise<void> => {
    try {
      const { fields } = await pool.query(`select * from (${sql.replace(/;\s*$/, "")}) as asked limit 0`, [...args]);
      const columns = fields.map((field) => field.name);
      const other = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((column) => !columns.includes(column));
      if (other.length > 0) script.wrong(["answers", key], `the statement of ${key} finds no ${other.join(", ")}`, `it finds ${columns.join(", ")}`);
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      // Tables and functions of its own are not here.
      if (code === "42P01" || (code === "42883" && message.startsWith("function"))) return;
      script.wrong(["answers", key], `PostgreSQL does not take the statement of ${key}: ${message}`, "mend it in the runbook");
    }
  };
  return {
    name,
    async query(sql, args) {
      const { answer, key } = await script.answer("sql.query");
      await tried(sql, args, answer as SqlRow[], key);
      return { rows: answer as SqlRow[], cut: false };
    },
    async call() {
      const { answer } = await script.answer("sql.call");
      const says = refused(answer);
      if (says !== null) return { ok: false, refusal: "not-allowed", says };
      called = true;
      return { ok: true, repeated: false, rows: Array.isArray(answer) ? (answer as SqlRow[]) : [], cut: false };
    },
    // It is asked when there was no answer: then nobody knows.
    probeCall: () => Promise.resolve(called ? "yes" : "unknown"),
    ping: () => Promise.resolve(),
  };
}

function scriptedWorkflows(script: CaseScript): RunPorts["workflows"] {
  let ended: WorkflowRun | null = null;
  return {
    name: "test",
    async dispatch() {
      const { answer } = await script.answer("github.workflow");
      const says = refused(answer);
      if (says !== null) return { ok: false, refusal: "rejected", says };
      ended = { id: "1", url: "https://github.example/actions/runs/1", state: "completed", conclusion: String(answer) };
      return { ok: true, run: ended, repeated: false };
    },
    find: () => Promise.resolve(ended),
    run: () => Promise.resolve(ended),
  };
}
