import { MINUTE_MS, formatDuration } from "#domain/values/duration.ts";
import { formatUtcDay } from "#domain/values/instant.ts";
import type { IncidentLinks } from "#domain/incident/incident-reference.ts";
import { PRIORITIES, type Priority } from "#domain/values/language.ts";
import type { ServiceMonth } from "#domain/reporting/error-budget.ts";
import type { MonthFigures } from "#domain/reporting/monthly-figures.ts";
import type { IncidentStatistics } from "#domain/reporting/statistics.ts";
import { html, type SafeHtml, type HtmlPart } from "#views/values/html.ts";
import { incidentLink } from "#views/values/incident-links.ts";
import { durationOrDash, formatPercent, remediatedText, shownOf } from "#views/reporting/statistics-export.ts";
import { renderPage, type PageFrame } from "./page-frame.ts";
import { barChart, gaugeChart, type ChartBar } from "./charts.ts";

type PeriodQuery = {
  readonly from: string;
  readonly to: string;
  readonly service: string;
  readonly problem: string | null;
};

/** What the incidents of a period add up to; docs/statistics.md defines each figure. */
export function statisticsPage(
  frame: PageFrame,
  figures: IncidentStatistics,
  months: readonly MonthFigures[],
  query: PeriodQuery,
  links: IncidentLinks,
): string {
  const { times, paging, updates } = figures;
  const numbers: readonly (readonly [string, HtmlPart])[] = [
    ["Incidents", figures.total],
    ["Acknowledged (MTTA)", durationOrDash(times.acknowledge?.mean)],
    ["Mitigated (MTTM)", durationOrDash(times.mitigate?.mean)],
    ["Resolved (MTTR)", durationOrDash(times.resolve?.mean)],
    ["Between failures (MTBF)", durationOrDash(figures.betweenFailures)],
    ["Pages, at night", `${paging.total}, ${paging.night}`],
    ["Updates on time", updates.sent === 0 ? "–" : `${updates.onTime} of ${updates.sent}`],
    ["Auto-remediated, verified", remediatedText(figures.remediated.alone.count, figures.remediated.resolved)],
    ["The same with approval", remediatedText(figures.remediated.approved.count, figures.remediated.resolved)],
  ];
  return renderPage(
    frame,
    { title: "Statistics", place: "/statistics" },
    html`<h1>What the incidents add up to</h1>
<form class="row" method="get" action="/statistics"><label>From<input type="date" name="from" value="${query.from}"></label><label>To<input type="date" name="to" value="${query.to}"></label><label>Service<input name="service" value="${query.service}"></label><button>Show</button></form>
${query.problem === null ? null : html`<p class="hot" role="alert">${query.problem}</p>`}
<p class="dim">${formatUtcDay(figures.from)} to ${formatUtcDay(figures.to - 1)}. Drills, canceled and merged incidents do not count.</p>
<dl class="figures">${numbers.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
<div class="plots">
${barChart("by-month", "Incidents by month and priority", months.map(byPriority), "incidents")}
${barChart("times", "Minutes to acknowledge and to resolve, median by month", months.map(timesOf), "min")}
${barChart(
  "hours",
  "Pages by hour of the day",
  paging.byHour.map((value, hour): ChartBar => ({
    name: String(hour).padStart(2, "0"),
    pieces: [{ name: "pages", value, colour: hour >= 22 || hour < 8 ? "c1" : "c3" }],
  })),
  "pages",
)}
${people(figures)}
</div>
<h2>Error budgets</h2>${budgets(figures.services.items)}${cut("services", new Set(figures.services.items.map(({ service }) => service)).size, figures.services.count)}
<h2>Times</h2>${spreads(times)}
<h2>Actions past due</h2>${figures.overdue.count === 0 ? html`<p class="dim">None.</p>` : html`<ul>${figures.overdue.items.map(({ incident, text, due }) => html`<li>${incidentLink(links(incident))} ${text} <span class="hot">due ${due}</span></li>`)}</ul>`}${cut("actions", figures.overdue.items.length, figures.overdue.count)}`,
  );
}

function byPriority({ month, byPriority: counts }: MonthFigures): ChartBar {
  return {
    name: month,
    pieces: PRIORITIES.map((priority: Priority) => ({
      name: priority,
      value: counts[priority] ?? 0,
      colour: priority,
    })),
  };
}

function timesOf(of: MonthFigures): ChartBar {
  const minutes = (ms: number | null): number => (ms ?? 0) / MINUTE_MS;
  const acknowledge = minutes(of.acknowledge);
  // One on top of the other: what is shown above the first is what came after it.
  return {
    name: of.month,
    pieces: [
      { name: "to acknowledge", value: acknowledge, colour: "c0" },
      { name: "from there to resolve", value: Math.max(0, minutes(of.resolve) - acknowledge), colour: "c3" },
    ],
  };
}

/** People in the table of pages. */
const PEOPLE = 12;

/** What is left out of a list, and where the rest is; nothing of a whole one. */
function cut(what: string, shown: number, count: number): SafeHtml | null {
  return shown >= count
    ? null
    : html`<p class="dim">${shownOf(shown, count)} ${what}; the rest: <code>GET /api/stats?cursor=</code></p>`;
}

function people({ paging: { byPerson } }: IncidentStatistics): SafeHtml {
  return html`<figure class="panel"><figcaption>Pages by person</figcaption>${byPerson.count === 0 ? html`<p class="dim">No one was paged.</p>` : html`<table><thead><tr><th scope="col">Who</th><th scope="col" class="num">Pages</th><th scope="col" class="num">At night</th></tr></thead><tbody>${byPerson.items.slice(0, PEOPLE).map(({ name, pages, night }) => html`<tr><td>${name}</td><td class="num">${pages}</td><td class="num">${night}</td></tr>`)}</tbody></table>`}${cut("people", Math.min(PEOPLE, byPerson.items.length), byPerson.count)}</figure>`;
}

const STATES = { ship: "good", "slow down": "warn", freeze: "hot" } as const;

function budgets(services: readonly ServiceMonth[]): SafeHtml {
  const known = services.filter(({ uptime }) => uptime !== null);
  if (known.length === 0)
    return html`<p class="dim">No service has an objective (<code>services.&lt;name&gt;.slo</code> in muster.yaml) or was down.</p>`;
  return html`<div class="scroll"><table><thead><tr><th scope="col">Service</th><th scope="col">Month</th><th scope="col" class="num">Uptime</th><th scope="col" class="num">Objective</th><th scope="col">Budget used</th><th scope="col" class="num">Left</th><th scope="col">So</th></tr></thead><tbody>${known.map(
    ({ service, month, uptime, budget }) => {
      if (budget === null)
        return html`<tr><td>${service}</td><td>${month}</td><td class="num">${formatPercent(uptime)}</td><td class="num dim">none</td><td></td><td></td><td></td></tr>`;
      const share = Number.isFinite(budget.usedShare)
        ? `${Math.floor(budget.usedShare * 100 + 1e-9)} %`
        : "all, and there was none";
      const colour = STATES[budget.state];
      return html`<tr><td>${service}</td><td>${month}</td><td class="num">${formatPercent(uptime)}</td><td class="num">${budget.slo} %</td><td>${gaugeChart(budget.usedShare, colour, `${share} of the budget used`)}<span class="small dim">${share}</span></td><td class="num">${budget.left < 0 ? `−${formatDuration(-budget.left)}` : formatDuration(budget.left)}</td><td><span class="tag ${colour}">${budget.state}</span></td></tr>`;
    },
  )}</tbody></table></div>`;
}

function spreads(times: IncidentStatistics["times"]): SafeHtml {
  return html`<div class="scroll"><table><thead><tr><th scope="col">Time to</th><th scope="col" class="num">Incidents</th><th scope="col" class="num">Mean</th><th scope="col" class="num">Median</th><th scope="col" class="num">90 %</th><th scope="col" class="num">95 %</th></tr></thead><tbody>${Object.entries(times).map(([name, spread]) => html`<tr><th scope="row">${name}</th><td class="num">${spread?.count ?? 0}</td><td class="num">${durationOrDash(spread?.mean)}</td><td class="num">${durationOrDash(spread?.p50)}</td><td class="num">${durationOrDash(spread?.p90)}</td><td class="num">${durationOrDash(spread?.p95)}</td></tr>`)}</tbody></table></div>`;
}
