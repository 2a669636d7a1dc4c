import { createHash } from "node:crypto";
import { loadAlerts } from "#db/alerts.ts";
import type { QueryExecutor } from "#db/client.ts";
import { incidentsByNumber } from "#db/incidents.ts";
import { isOpen } from "#domain/values/language.ts";
import { maskSecrets, redactSecrets } from "#domain/values/redaction.ts";
import type { JournalLine, Run, RunStep } from "#domain/automation/run.ts";
import { latestAttempt, type RunSurroundings, type StepConditions } from "#domain/automation/run-next.ts";
import type { VerificationSample } from "#domain/automation/run-verification.ts";
import { NO_PORTS, type RunPorts } from "#ports/action-ports.ts";
import { isCompleteReading } from "#ports/metrics-source.ts";
import { PortError } from "#ports/port-error.ts";
import {
  evaluateCondition,
  planRunbook,
  speaksOfStep,
  type ConditionFacts,
  type RunbookPlan,
} from "#runbooks/index.ts";
import type { Engine } from "#engine/base/engine.ts";

export function runPortsOf(engine: Engine): RunPorts {
  return engine.automation?.ports ?? NO_PORTS;
}

/** The plan as it was stored: what the engine decides about is a part of it. */
export function storedPlan(run: Run): RunbookPlan {
  return run.plan as RunbookPlan;
}

/** What conditions speak of: what the steps found so far, each at its last attempt. */
export function conditionFacts(run: Run, journal: readonly JournalLine[], result?: unknown): ConditionFacts {
  const results: Record<string, unknown> = {};
  for (const line of journal)
    if (line.idx >= 0 && line.state === "finished" && latestAttempt(journal, line.idx) === line)
      results[run.plan.steps[line.idx]!.id] = line.outcome?.output ?? {};
  return { params: run.plan.params, labels: run.labels, results, ...(result === undefined ? {} : { result }) };
}

/** What the conditions of a run's steps come to, by what its journal has. */
export function readConditions(run: Run, journal: readonly JournalLine[]): StepConditions {
  const facts = conditionFacts(run, journal);
  return {
    holds(step) {
      if (step.when === null) return true;
      const result = evaluateCondition(step.when, facts);
      return typeof result === "boolean" ? result : result.error;
    },
    speaksOf({ when, approve }) {
      const words = `${when ?? ""} ${approve?.unless ?? ""}`;
      return run.plan.steps.map(({ id }) => id).filter((id) => speaksOfStep(words, id));
    },
  };
}

/** What has become of the incident and of the alert that began it. */
export async function readSurroundings(
  engine: Engine,
  run: Run,
  db: QueryExecutor = engine.connection.db,
): Promise<RunSurroundings> {
  const [incident] = run.incident === null ? [] : await incidentsByNumber(db, [run.incident]);
  const [alert] = run.alert === null ? [] : await loadAlerts(db, [run.alert]);
  return {
    now: engine.clock(),
    incidentOpen: run.incident === null || (incident !== undefined && isOpen(incident.state.status)),
    alertFiring: run.alert === null ? null : alert?.status === "firing",
    ...(alert === undefined ? {} : { alertStretch: `${alert.startsAt}/${alert.flaps}` }),
  };
}

/** What an approval is for: this step of this plan, with what it would do. */
export function stepHash(run: Run, step: RunStep, input: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify([run.planHash, step.id, input]))
    .digest("hex");
}

/** The hash of the plan as it would be made now; null when none would be. */
export function currentPlanHash(engine: Engine, run: Run): string | null {
  const runbook = engine.automation?.catalogue().runbooks.find(({ id }) => id === run.runbook);
  if (runbook === undefined) return null;
  const plan = planRunbook(runbook, run.labels, engine.policy().inventory);
  return plan.ok ? plan.hash : null;
}

/** How many series a measure came to that is to be one number. */
type SeveralSeries = { readonly series: number };

async function measure(engine: Engine, promql: string): Promise<number | null | SeveralSeries> {
  const { metrics } = runPortsOf(engine);
  if (metrics === null) return null;
  try {
    const reading = await metrics.query(promql, engine.clock());
    // Where a part of the series could not be read, what is left looks well.
    if (!isCompleteReading(reading)) return null;
    if (reading.kind === "rows" && reading.rows.length > 1) return { series: reading.rows.length };
    const value =
      reading.kind === "value"
        ? reading.value
        : reading.kind === "rows" && reading.rows.length === 1
          ? reading.rows[0]!.value
          : null;
    return value !== null && Number.isFinite(value) ? value : null;
  } catch (error) {
    if (error instanceof PortError) return null;
    throw error;
  }
}

/**
 * The measures of the runbook now; null each where there is no data, or no one to ask. `several`: why one that is several
 * series at once measures nothing; absent: none is.
 */
export async function readMeasures(
  engine: Engine,
  run: Run,
): Promise<Pick<VerificationSample, "values" | "traffic" | "several">> {
  const { verify } = run.plan;
  if (verify === null) return { values: [], traffic: null };
  const wanted = verify.minTraffic === null ? verify.promql : [...verify.promql, verify.minTraffic];
  const found = await Promise.all(wanted.map((each) => measure(engine, each.measure)));
  const numbers = found.map((each) => (typeof each === "object" ? null : each));
  const at = found.findIndex((each) => typeof each === "object" && each !== null);
  const several =
    at < 0
      ? {}
      : {
          several: `${wanted[at]!.measure} has ${(found[at] as SeveralSeries).series} series: reduce them with sum, max or min`,
        };
  const values = numbers.slice(0, verify.promql.length);
  return { values, traffic: verify.minTraffic === null ? null : (numbers.at(-1) ?? null), ...several };
}

/** Most that is kept of one step's output, in bytes of JSON. */
const OUTPUT = 65_536;
const TEXT = 16_384;

/** The most that is stored of an output separately, for readers of the whole. */
const MAX_OUTPUT_BYTES = 4 * 1_024 * 1_024;

/** All that a step found, with every secret masked; null when `masked` leaves nothing out. */
export function fullOutput(
  engine: Engine,
  found: Readonly<Record<string, unknown>>,
): { readonly body: string; readonly cut: boolean } | null {
  const output = flatEnough(found);
  const text = JSON.stringify(output, null, 1);
  if (Buffer.byteLength(text) <= TEXT) return null;
  const body = JSON.stringify(cleaned(engine, output, MAX_OUTPUT_BYTES), null, 1);
  return { body: body.slice(0, MAX_OUTPUT_BYTES).toWellFormed(), cut: body.length > MAX_OUTPUT_BYTES };
}

/** What a step found, with every secret masked and cut to size, before it is stored or shown. */
export function maskOutput(
  engine: Engine,
  output: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  let kept = cleaned(engine, flatEnough(output), TEXT);
  for (let round = 0; round < 20 && Buffer.byteLength(JSON.stringify(kept)) > OUTPUT; round++)
    kept = halved(kept) as typeof kept;
  return kept;
}

/** Deeper than anyone reads; what walks through it to its end does not come back. */
const MAX_DEPTH = 100;

/** The value, unless it is nested so deeply that it must be hostile. */
function flatEnough(output: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  let level: readonly unknown[] = [output];
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    level = level.flatMap((each) =>
      typeof each === "object" && each !== null ? (Object.values(each) as unknown[]) : [],
    );
    if (level.length === 0) return output;
  }
  return { cut: `nested more than ${MAX_DEPTH} deep` };
}

function cleaned(
  engine: Engine,
  output: Readonly<Record<string, unknown>>,
  most: number,
): Readonly<Record<string, unknown>> {
  const secrets = engine.automation?.secrets() ?? [];
  return maskSecrets(output, (text) => redactSecrets(text, secrets, most).text);
}

/** Lists and texts to their first half. */
function halved(value: unknown): unknown {
  if (typeof value === "string") return value.length > 200 ? `${value.slice(0, value.length / 2)}…` : value;
  if (Array.isArray(value)) return value.slice(0, Math.ceil(value.length / 2)).map(halved);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, halved(each)]));
}

/** A sentence of the outside world, fit to be stored and shown. */
export function maskText(engine: Engine, text: string): string {
  return redactSecrets(text, engine.automation?.secrets() ?? [], 1_000).text;
}
