import { utc, utcTime } from "#domain/instant.ts";
import { incidentId } from "#domain/language.ts";
import { latest } from "#domain/run-next.ts";
import { helped } from "#domain/run-proof.ts";
import { number } from "#domain/run-text.ts";
import { approvers, type RunToldOf } from "#domain/run-tried.ts";
import { runId, undoOf, type Journalled, type Run, type RunState } from "#domain/run.ts";
import { html, type Html } from "#views/html.ts";

const COLOURS: Readonly<Partial<Record<RunState, string>>> = { succeeded: "good", failed: "hot", unknown: "hot", "waiting-approval": "warn" };

/** Runbooks at work on an incident, the newest first: what each did and found, who let it, and whether it helped. */
export function runLines(runs: readonly RunToldOf[], incident: number): Html | null {
  if (runs.length === 0) return null;
  return html`<h2>Runs</h2>${runs.map((each) => runBox(each, incident))}`;
}

function runBox(told: RunToldOf, incident: number): Html {
  const { run } = told;
  const id = runId(run.number);
  const elsewhere =
    run.incident !== null && run.incident !== incident ? html` <span class="dim">of ${incidentId(run.incident)}, which was merged into this one</span>` : null;
  const record = `/api/runs?incident=${incidentId(run.incident ?? incident)}`;
  return html`<section id="${id.toLowerCase()}" aria-label="${id}"><h3><a href="/runs/${id}">${id}</a> <a href="/runbooks/${encodeURIComponent(run.runbook)}">${run.runbook}</a></h3>
<ul class="facts"><li><span class="tag ${COLOURS[run.state] ?? ""}">${run.state}</span></li><li>${run.mode}</li><li>${run.target}</li><li><a href="${record}">as JSON</a></li></ul>${elsewhere}${run.reason === "" ? null : html`<p class="small">${run.reason}</p>`}${asks(run)}
<ol class="small">${run.plan.steps.flatMap((_, i) => [stepLine(told, i, i), stepLine(told, i, undoOf(i))])}</ol>${proof(run)}</section>`;
}

function asks({ state, asked, plan, number: of }: Run): Html | null {
  if (state !== "waiting-approval" || asked === null) return null;
  const given = asked.by.length === 0 ? "" : `; ${asked.by.map(({ name }) => name).join(" and ")} did`;
  return html`<p class="small"><b>Asks to do ${plan.steps[asked.step]?.id ?? "?"}</b>, because ${asked.why}. ${asked.from.join(", ") || "Whoever responds"} may approve until ${utcTime(asked.until)} UTC${given}: <a href="/runs/${runId(of)}">look at the plan and answer</a>.</p>`;
}

function stepLine({ run, journal, events }: RunToldOf, i: number, idx: number): Html | null {
  const step = run.plan.steps[i]!;
  const line = latest(journal, idx);
  if (line === null) return null;
  const who = idx < 0 ? [] : (approvers(run, events).get(step.id) ?? []);
  return html`<li>${idx < 0 ? "put back " : ""}<b>${step.id}</b> <code>${step.uses}</code>: ${result(run, line)}${line.startedAt === null ? null : html` <span class="dim">${utc(line.startedAt)}</span>`}${who.length === 0 ? null : html` <span class="dim">approved by ${who.join(" and ")}</span>`}</li>`;
}

function result(run: Run, { state, outcome, before, after }: Journalled): Html | string {
  if (state === "skipped") return `left out: ${outcome?.says ?? ""}`;
  if (state === "failed") return outcome?.says ?? "failed";
  if (state === "unknown") return "nobody knows whether it happened";
  if (state !== "finished") return "at work";
  if (before !== null && run.plan.verify !== null) {
    const verdict = after === null ? "done, and not measured yet" : helped(run.plan.verify.promql, before, after);
    const colour = verdict === "helped" ? "good" : verdict === "worse" ? "hot" : "";
    return html`<span class="${colour}">${verdict === "unknown" ? "nobody knows whether it helped" : verdict}</span> (${before.map((was, i) => `${number(was)} → ${after === null ? "…" : number(after[i] ?? null)}`).join(", ")})`;
  }
  const { value, noData } = (outcome?.output ?? {}) as { value?: unknown; noData?: unknown };
  return noData === true ? "no data" : typeof value === "number" ? number(value) : "done";
}

function proof({ state, proof: known }: Run): Html | null {
  return state !== "verifying" || known === null
    ? null
    : html`<p class="small">Verifying: ${known.says}${known.values.length === 0 ? "" : ` (${known.values.map(number).join(", ")})`}</p>`;
}
