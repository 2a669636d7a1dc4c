import { formatIso } from "#domain/values/instant.ts";
import type { LinkedIncident } from "#domain/incident/incident-reference.ts";
import type { Instant } from "#domain/values/language.ts";
import { latestAttempt } from "#domain/automation/run-next.ts";
import { describeRunState } from "#domain/automation/run-text.ts";
import { isRunOver, runId, type JournalLine, type Run } from "#domain/automation/run.ts";
import { html, type SafeHtml } from "#views/values/html.ts";
import { incidentLink } from "#views/values/incident-links.ts";
import { postForm, renderPage, type PageFrame } from "./page-frame.ts";

/** A run as its page shows it. `full`: attempts at steps whose whole output is kept apart. `answer`: what stands in the way of an approval here. */
export type RunView = {
  readonly run: Run;
  /** The one it belongs to; null: none. */
  readonly incident: LinkedIncident | null;
  readonly journal: readonly JournalLine[];
  readonly full: ReadonlySet<string>;
  readonly answer: "may" | "sign-in" | "token";
  /** Why the viewer's approval, and their denial, would be refused; null: it would not. */
  readonly refusals: { readonly approve: string | null; readonly deny: string | null };
  /** With what account people sign in, and where; null: they cannot. */
  readonly signIn: { readonly title: string; readonly path: string; readonly asksAgain: boolean } | null;
  /** Of the form: two sendings of one page are one. */
  readonly key: string;
  readonly now: Instant;
};

/** One run: what it would do, with everything filled in, what was done, and what people are asked. */
export function runPage(frame: PageFrame, view: RunView): string {
  const { run, incident, journal, full } = view;
  const id = runId(run.number);
  return renderPage(
    frame,
    { title: `${id} ${run.plan.title}`, place: "/runbooks" },
    html`<h1>${id} ${run.plan.title}</h1><ul class="facts"><li><span class="tag">${describeRunState(run)}</span></li><li><a href="/runbooks/${encodeURIComponent(run.runbook)}">${run.runbook}</a></li><li>on <code>${run.target}</code></li>${incident === null ? null : html`<li>${incidentLink(incident)}</li>`}${run.reason === "" ? null : html`<li>${run.reason}</li>`}</ul>
${approvalForm(frame, view)}<h2>Steps</h2><ol>${run.plan.steps.map((step, i) => html`<li><b>${step.id}</b> <code>${step.uses}</code>${step.risk === "high" ? html` <span class="tag warn">high risk</span>` : null}${step.when === null ? null : html`<br>when <code>${step.when}</code>`}<pre>${json(step.with)}</pre>${line(latestAttempt(journal, i), run, full)}</li>`)}</ol>`,
  );
}

function line(found: JournalLine | null, run: Run, full: ReadonlySet<string>): SafeHtml | null {
  if (found === null) return null;
  const { state, outcome, idx, attempt } = found;
  const more = full.has(`${idx}:${attempt}`)
    ? html` <a href="/runs/${runId(run.number)}/steps/${idx}/output">the whole output</a>`
    : null;
  const output =
    outcome?.output === undefined
      ? null
      : html`<details><summary>what it found</summary><pre>${json(outcome.output)}</pre></details>`;
  return html`<p><span class="tag">${state}</span> ${outcome?.says ?? ""}${more}</p>${output}`;
}

/** Who may answer a run that asks. */
export function onlyWhoSignIn(way: { readonly title: string } | null): string {
  return `Only people who sign in${way === null ? "" : ` with ${way.title}`} may answer.`;
}

function approvalForm(frame: PageFrame, { run, answer, refusals, signIn, key, now }: RunView): SafeHtml | null {
  const { asked: approval, plan } = run;
  if (run.state !== "waiting-approval" || approval === null || isRunOver(run.state)) return null;
  const step = plan.steps[approval.step]!;
  const targets =
    approval.over === undefined || approval.over.length < 2
      ? null
      : html`<p>One answer for: ${approval.over.map(({ run: each, target }) => `${runId(each)} ${target}`).join(", ")}</p>`;
  const form = (what: "approve" | "deny", label: string): SafeHtml | null =>
    refusals[what] !== null
      ? null
      : postForm(
          frame,
          `/runs/${runId(run.number)}/approval`,
          html`<input type="hidden" name="do" value="${what}"><input type="hidden" name="hash" value="${approval.hash}"><input type="hidden" name="key" value="${key}-${what}"><button class="${what === "approve" ? "primary" : ""}">${label}</button>`,
        );
  const refused = refusals.approve === null ? null : html`<p class="dim" role="note">${refusals.approve}</p>`;
  const back = encodeURIComponent(`/runs/${runId(run.number)}`);
  const ways =
    answer === "token"
      ? html`<p>${onlyWhoSignIn(signIn)}</p>`
      : answer === "sign-in" && signIn !== null && refusals.approve === null
        ? html`<p>This is of high risk: <a class="button primary" href="${signIn.path}?fresh=1&amp;back=${back}">Sign in again to approve</a></p>${signIn.asksAgain ? null : html`<p class="dim">${signIn.title} does not ask for a password again where it is signed in: this proves the browser, not the person.</p>`}${form("deny", "Deny")}`
        : html`${form("approve", "Approve")}${refused}${form("deny", "Deny")}`;
  return html`<section class="panel"><h2>Asks to do ${step.id}</h2><p>Because ${approval.why}. ${approval.from.join(", ") || "Whoever responds"} may approve${now < approval.until ? ` until ${formatIso(approval.until)}` : ": that time is over"}${approval.count > 1 ? `; ${approval.count} people must agree` : ""}${approval.by.length === 0 ? "" : `; ${approval.by.map(({ name }) => name).join(", ")} did`}. For this plan only (${approval.hash.slice(0, 12)}).</p><pre>${json(approval.does ?? step.with)}</pre>${targets}${ways}</section>`;
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 1).slice(0, 20_000);
}
