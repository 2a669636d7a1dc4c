import type { AlertSignature } from "#domain/reporting/alert-quality.ts";
import { alertSummary, type Alert } from "#domain/incident/alert.ts";
import { formatUtc, formatUtcDay } from "#domain/values/instant.ts";
import { incidentId, type Instant } from "#domain/values/language.ts";
import type { IncidentStatistics } from "#domain/reporting/statistics.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { stillFiringHtml } from "#views/alerting/still-firing.ts";
import { html, type SafeHtml } from "#views/values/html.ts";
import { renderPage, type PageFrame } from "./page-frame.ts";
import { priorityBadge } from "./incident-list-page.ts";

/** Alerts that cost attention and gave nothing for it. */
export type NoiseView = {
  readonly figures: IncidentStatistics;
  readonly flapping: readonly Alert[];
  readonly suppressed: readonly Alert[];
  readonly silences: readonly {
    readonly matchers: readonly string[];
    readonly reason: string;
    readonly until: Instant;
  }[];
  /** Canceled incidents whose alerts are silenced until they resolve. */
  readonly falseAlarms: readonly Incident[];
};

/** Lines of each list. */
const MAX_SHOWN = 30;

export function noisePage(
  frame: PageFrame,
  { figures, flapping, suppressed, silences, falseAlarms }: NoiseView,
): string {
  const { withoutAction: ledToNothing, withoutRunbook, repeats, total } = figures;
  const share = total === 0 ? "–" : `${Math.round((100 * ledToNothing.length) / total)} %`;
  return renderPage(
    frame,
    { title: "Alert noise", place: "/noise" },
    html`<h1>Alert noise</h1><p class="dim">${formatUtcDay(figures.from)} to ${formatUtcDay(figures.to - 1)}: what woke people and told them nothing. Each line is an alert to change, to mute or to delete.</p>
<dl class="figures"><div><dt>Led to nothing</dt><dd>${ledToNothing.length} of ${total}</dd></div><div><dt>Share</dt><dd>${share}</dd></div><div><dt>Came more than once</dt><dd>${repeats.length}</dd></div><div><dt>Without a runbook</dt><dd>${withoutRunbook.length}</dd></div><div><dt>Held back now</dt><dd>${suppressed.length}</dd></div></dl>
<h2>Led to nothing</h2><p class="dim small">The alerts ended them, and nobody had acknowledged, written or noted anything.</p>${incidents(ledToNothing)}
<div class="plots"><section><h2>Came more than once</h2>${signatures(repeats)}</section><section><h2>Without a runbook</h2>${signatures(withoutRunbook)}</section></div>
<h2>Flapping</h2>${flapping.length === 0 ? html`<p class="dim">No alert stopped and started again.</p>` : alerts(flapping, (alert) => `${alert.flaps} flaps`)}
<h2>Held back now</h2>${silences.length === 0 ? html`<p class="dim">Nothing is muted.</p>` : html`<ul>${silences.map(({ matchers, reason, until }) => html`<li><code>${matchers.join(", ")}</code> until ${formatUtc(until)}: ${reason}</li>`)}</ul>`}${falseAlarms.length === 0 ? null : html`<ul>${falseAlarms.map((each) => html`<li><a href="/incidents/${incidentId(each.number)}">${incidentId(each.number)}</a>: ${stillFiringHtml(each)}</li>`)}</ul>`}${suppressed.length === 0 ? null : alerts(suppressed, (alert) => alert.suppressedBecause ?? "")}`,
  );
}

function incidents(numbers: readonly number[]): SafeHtml {
  if (numbers.length === 0) return html`<p class="dim">None.</p>`;
  return html`<p>${numbers.slice(0, MAX_SHOWN).map((number) => html`<a href="/incidents/${incidentId(number)}">${incidentId(number)}</a> `)}${more(numbers.length)}</p>`;
}

function signatures(list: readonly AlertSignature[]): SafeHtml {
  if (list.length === 0) return html`<p class="dim">None.</p>`;
  return html`<table><thead><tr><th scope="col">Alert</th><th scope="col" class="num">Incidents</th><th scope="col">Last</th></tr></thead><tbody>${list
    .slice(0, MAX_SHOWN)
    .map(({ signature, incidents: numbers }) => {
      const last = incidentId(Math.max(...numbers));
      return html`<tr><td>${signature}</td><td class="num">${numbers.length}</td><td><a href="/incidents/${last}">${last}</a></td></tr>`;
    })}</tbody></table>${more(list.length)}`;
}

function alerts(list: readonly Alert[], label: (alert: Alert) => string): SafeHtml {
  return html`<div class="scroll"><table><thead><tr><th scope="col">Alert</th><th scope="col"></th><th scope="col">Incident</th><th scope="col">Last heard (UTC)</th></tr></thead><tbody>${list
    .slice(0, MAX_SHOWN)
    .map((alert) => {
      const id = alert.incident === null ? null : incidentId(alert.incident);
      return html`<tr><td>${priorityBadge(alert.priority)} ${alertSummary(alert)}</td><td>${label(alert)}</td><td>${id === null ? "–" : html`<a href="/incidents/${id}">${id}</a>`}</td><td>${formatUtc(alert.lastSeenAt).slice(0, 16)}</td></tr>`;
    })}</tbody></table></div>${more(list.length)}`;
}

function more(count: number): SafeHtml | null {
  return count > MAX_SHOWN ? html`<span class="dim">and ${count - MAX_SHOWN} more</span>` : null;
}
