import { formatUtc, formatUtcTime } from "#domain/values/instant.ts";
import { incidentId } from "#domain/values/language.ts";
import { latestAttempt } from "#domain/automation/run-next.ts";
import { measureEffect } from "#domain/automation/run-verification.ts";
import { describeRunState, formatMeasuredValue } from "#domain/automation/run-text.ts";
import { stepApprovers, type RunWithEvents } from "#domain/postmortem/attempted-steps.ts";
import { runId, undoLineIndex, type JournalLine, type Run, type RunState } from "#domain/automation/run.ts";
import { html, type SafeHtml } from "#views/values/html.ts";

const COLOURS: Readonly<Partial<Record<RunState, string>>> = {
  succeeded: "good",
  failed: "hot",
  unknown: "hot",
  "waiting-approval": "warn",
};

/** Runbooks at work on an incident, the newest first: what each did and found, who let it, and whether it helped. */
export function runLines(runs: readonly RunWithEvents[], incident: number): SafeHtml | null {
  if (runs.length === 0) return null;
  return html`<h2>Runs</h2>${runs.map((each) => runBox(each, incident))}`;
}

function runBox(shownRun: RunWithEvents, incident: number): SafeHtml {
  const { run } = shownRun;
  const id = runId(run.number);
  const elsewhere =
    run.incident !== null && run.incident !== incident
      ? html` <span class="dim">of ${incidentId(run.incident)}, which was merged into this one</span>`
      : null;
  const record = `/api/runs?incident=${incidentId(run.incident ?? incident)}`;
  return html`<section id="${id.toLowerCase()}" aria-label="${id}"><h3><a href="/runs/${id}">${id}</a> <a href="/runbooks/${encodeURIComponent(run.runbook)}">${run.runbook}</a></h3>
<ul class="facts"><li><span class="tag ${COLOURS[run.state] ?? ""}">${describeRunState(run)}</span></li><li>${run.mode}</li><li>${run.target}</li><li><a href="${record}">as JSON</a></li></ul>${elsewhere}${run.reason === "" ? null : html`<p class="small">${run.reason}</p>`}${approvalNotice(run)}
<ol class="small">${run.plan.steps.flatMap((_, i) => [stepLine(shownRun, i, i), stepLine(shownRun, i, undoLineIndex(i))])}</ol>${proof(run)}</section>`;
}

function approvalNotice({ state, asked: approval, plan, number: of }: Run): SafeHtml | null {
  if (state !== "waiting-approval" || approval === null) return null;
  const given = approval.by.length === 0 ? "" : `; ${approval.by.map(({ name }) => name).join(" and ")} did`;
  return html`<p class="small"><b>Asks to do ${plan.steps[approval.step]?.id ?? "?"}</b>, because ${approval.why}. ${approval.from.join(", ") || "Whoever responds"} may approve until ${formatUtcTime(approval.until)} UTC${given}: <a href="/runs/${runId(of)}">look at the plan and answer</a>.</p>`;
}

function stepLine({ run, journal, events }: RunWithEvents, i: number, idx: number): SafeHtml | null {
  const step = run.plan.steps[i]!;
  const line = latestAttempt(journal, idx);
  if (line === null) return null;
  const person = idx < 0 ? [] : (stepApprovers(run, events).get(step.id) ?? []);
  return html`<li>${idx < 0 ? "put back " : ""}<b>${step.id}</b> <code>${step.uses}</code>: ${result(run, line)}${line.startedAt === null ? null : html` <span class="dim">${formatUtc(line.startedAt)}</span>`}${person.length === 0 ? null : html` <span class="dim">approved by ${person.join(" and ")}</span>`}</li>`;
}

function result(run: Run, { state, outcome, before, after }: JournalLine): SafeHtml | string {
  if (state === "skipped") return `left out: ${outcome?.says ?? ""}`;
  if (state === "failed") return outcome?.says ?? "failed";
  if (state === "unknown") return `nobody knows whether it happened: ${outcome?.says ?? ""}`;
  if (state !== "finished") return "at work";
  if (before !== null && run.plan.verify !== null) {
    const verification =
      after === null ? "done, and not measured yet" : measureEffect(run.plan.verify.promql, before, after);
    const colour = verification === "helped" ? "good" : verification === "worse" ? "hot" : "";
    return html`<span class="${colour}">${verification === "unknown" ? "nobody knows whether it helped" : verification}</span> (${before.map((previous, i) => `${formatMeasuredValue(previous)} → ${after === null ? "…" : formatMeasuredValue(after[i] ?? null)}`).join(", ")})`;
  }
  const { value, noData } = (outcome?.output ?? {}) as { value?: unknown; noData?: unknown };
  return noData === true ? "no data" : typeof value === "number" ? formatMeasuredValue(value) : "done";
}

function proof({ state, proof: known }: Run): SafeHtml | null {
  return state !== "verifying" || known === null
    ? null
    : html`<p class="small">Verifying: ${known.says}${known.values.length === 0 ? "" : ` (${known.values.map(formatMeasuredValue).join(", ")})`}</p>`;
}
