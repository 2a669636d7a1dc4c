import type { AlertSignature } from "#domain/reporting/alert-quality.ts";
import { alertSummary, type Alert } from "#domain/incident/alert.ts";
import type { BoundedList } from "#domain/reporting/bounded-list.ts";
import { formatUtc, formatUtcDay } from "#domain/values/instant.ts";
import type { Instant } from "#domain/values/language.ts";
import type { IncidentLinks } from "#domain/incident/incident-reference.ts";
import type { IncidentStatistics } from "#domain/reporting/statistics.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { stillFiringHtml } from "#views/alerting/still-firing.ts";
import { shownOf } from "#views/reporting/statistics-export.ts";
import { html, type SafeHtml } from "#views/values/html.ts";
import { incidentLink } from "#views/values/incident-links.ts";
import { renderPage, type PageFrame } from "./page-frame.ts";
import { priorityBadge } from "./incident-list-page.ts";

/** Alerts that cost attention and gave nothing for it. */
export type NoiseView = {
  readonly figures: Pick<IncidentStatistics, "from" | "to" | "total" | "withoutAction" | "withoutRunbook" | "repeats">;
  readonly flapping: readonly Alert[];
  readonly suppressed: readonly Alert[];
  readonly silences: readonly {
    readonly matchers: readonly string[];
    readonly reason: string;
    readonly until: Instant;
  }[];
  /** Canceled incidents whose alerts are silenced until they resolve. */
  readonly falseAlarms: readonly Incident[];
  /** To every incident in the figures and of the alerts. */
  readonly links: IncidentLinks;
};

/** Lines of each list. */
const MAX_SHOWN = 30;

export function noisePage(
  frame: PageFrame,
  { figures, flapping, suppressed, silences, falseAlarms, links }: NoiseView,
): string {
  const { withoutAction: ledToNothing, withoutRunbook, repeats, total } = figures;
  const share = total === 0 ? "–" : `${Math.round((100 * ledToNothing.count) / total)} %`;
  return renderPage(
    frame,
    { title: "Alert noise", place: "/noise" },
    html`<h1>Alert noise</h1><p class="dim">${formatUtcDay(figures.from)} to ${formatUtcDay(figures.to - 1)}: what woke people and told them nothing. Each line is an alert to change, to mute or to delete.</p>
<dl class="figures"><div><dt>Without action</dt><dd>${ledToNothing.count} of ${total}</dd></div><div><dt>Share</dt><dd>${share}</dd></div><div><dt>Came more than once</dt><dd>${repeats.count}</dd></div><div><dt>Without a runbook</dt><dd>${withoutRunbook.count}</dd></div><div><dt>Held back now</dt><dd>${suppressed.length}</dd></div></dl>
<h2>Without action</h2><p class="dim small">The alerts ended them, and no one had acknowledged, written or noted anything.</p>${incidents(ledToNothing, links)}
<div class="plots"><section><h2>Came more than once</h2>${signatures(repeats, links)}</section><section><h2>Without a runbook</h2>${signatures(withoutRunbook, links)}</section></div>
<h2>Flapping</h2>${flapping.length === 0 ? html`<p class="dim">No alert stopped and started again.</p>` : alerts(flapping, links, (alert) => `${alert.flaps} flaps`)}
<h2>Held back now</h2>${silences.length === 0 ? html`<p class="dim">Nothing is muted.</p>` : html`<ul>${silences.map(({ matchers, reason, until }) => html`<li><code>${matchers.join(", ")}</code> until ${formatUtc(until)}: ${reason}</li>`)}</ul>`}${falseAlarms.length === 0 ? null : html`<ul>${falseAlarms.map((each) => html`<li>${incidentLink(each)}: ${stillFiringHtml(each)}</li>`)}</ul>`}${suppressed.length === 0 ? null : alerts(suppressed, links, (alert) => alert.suppressedBecause ?? "")}`,
  );
}

/** The incidents that the page links to by the figures alone. */
export function noisyIncidents({ withoutAction, repeats, withoutRunbook }: NoiseView["figures"]): readonly number[] {
  const last = [...repeats.items.slice(0, MAX_SHOWN), ...withoutRunbook.items.slice(0, MAX_SHOWN)];
  return [...withoutAction.items.slice(-MAX_SHOWN), ...last.map(({ incidents: numbers }) => numbers.at(-1)!)];
}

function incidents({ count, items }: BoundedList<number>, links: IncidentLinks): SafeHtml {
  if (count === 0) return html`<p class="dim">None.</p>`;
  return html`<p>${items.slice(-MAX_SHOWN).map((number) => html`${incidentLink(links(number))} `)}${more(count)}</p>`;
}

function signatures({ count, items }: BoundedList<AlertSignature>, links: IncidentLinks): SafeHtml {
  if (count === 0) return html`<p class="dim">None.</p>`;
  return html`<table><thead><tr><th scope="col">Alert</th><th scope="col" class="num">Incidents</th><th scope="col">Last</th></tr></thead><tbody>${items
    .slice(0, MAX_SHOWN)
    .map(({ signature, count: times, incidents: numbers }) => {
      const last = links(numbers.at(-1)!);
      return html`<tr><td>${signature}</td><td class="num">${times}</td><td>${incidentLink(last)}</td></tr>`;
    })}</tbody></table>${more(count)}`;
}

function alerts(list: readonly Alert[], links: IncidentLinks, label: (alert: Alert) => string): SafeHtml {
  return html`<div class="scroll"><table><thead><tr><th scope="col">Alert</th><th scope="col"></th><th scope="col">Incident</th><th scope="col">Last heard (UTC)</th></tr></thead><tbody>${list
    .slice(0, MAX_SHOWN)
    .map((alert) => {
      return html`<tr><td>${priorityBadge(alert.priority)} ${alertSummary(alert)}</td><td>${label(alert)}</td><td>${alert.incident === null ? "–" : incidentLink(links(alert.incident))}</td><td>${formatUtc(alert.lastSeenAt).slice(0, 16)}</td></tr>`;
    })}</tbody></table></div>${more(list.length)}`;
}

function more(count: number): SafeHtml | null {
  return count > MAX_SHOWN ? html`<span class="dim">${shownOf(MAX_SHOWN, count)}</span>` : null;
}
