import type { Incident } from "#domain/incident/incident.ts";
import { formatDuration } from "#domain/values/duration.ts";
import { formatUtc, formatUtcTime } from "#domain/values/instant.ts";
import { incidentId, isOpen, PRIORITIES, STATUSES, type Instant, type Priority } from "#domain/values/language.ts";
import { escalationLines, nextPageText } from "#domain/paging/escalation-text.ts";
import { isEndedWhileFiring, stillFiringHtml } from "#views/alerting/still-firing.ts";
import { richHtml } from "#views/values/rich-html.ts";
import { html, timeElement, type SafeHtml, type HtmlPart } from "#views/values/html.ts";
import { incidentLink } from "#views/values/incident-links.ts";
import { renderPage, type PageFrame } from "./page-frame.ts";

/** What a list of incidents is narrowed to; "" and "all" narrow nothing. */
export type IncidentListFilter = { readonly status: string; readonly priority: string; readonly service: string };

/** What is on fire now, and what was recently. */
export function openIncidentsPage(
  frame: PageFrame,
  open: readonly Incident[],
  recent: readonly Incident[],
  {
    now,
    mark,
    more = false,
    notices = [],
    firing = [],
    putAside = null,
  }: {
    readonly now: Instant;
    readonly mark: string;
    readonly more?: boolean;
    /** What else waits for someone: sections beside the incidents. */
    readonly notices?: readonly SafeHtml[];
    /** Those that ended while alerts of them fire. */
    readonly firing?: readonly Incident[];
    /** What failed for good and waits for a person, in words; null: nothing. */
    readonly putAside?: string | null;
  },
): string {
  return renderPage(
    frame,
    {
      title:
        open.length === 0
          ? firing.length > 0
            ? "Alerts fire"
            : putAside !== null
              ? "Put aside"
              : notices.length === 0
                ? "All quiet"
                : "Needs attention"
          : `${open.length}${more ? "+" : ""} on fire`,
      place: "/",
      live: `/live?mark=${mark}`,
      reload: true,
    },
    html`<div id="fire" data-region><h1>On fire now</h1>${putAside === null ? null : html`<p class="panel hot">${putAside}, and had no effect: <a href="/dead-letters">retry or drop them</a>.</p>`}${
      open.length === 0
        ? firing.length === 0
          ? html`<div class="panel calm">${notices.length === 0 && putAside === null ? html`<strong>Nothing. Sleep well.</strong>` : null}No incident is open.</div>`
          : html`<p class="panel">No incident is open, but alerts fire.</p>`
        : html`<ol class="cards">${open.map((each) => card(each, now))}</ol>${more ? html`<p class="panel">More are open, none of them more urgent: <a href="/incidents?status=open">all that are open</a>.</p>` : null}`
    }${firing.length === 0 ? null : endedButFiring(firing)}
${notices}
<h2>Recent</h2>${recent.length === 0 ? html`<p class="dim">No incident has ended yet.</p>` : table(recent, now)}</div>
<p><a href="/incidents">All incidents</a></p>`,
  );
}

/** Incidents that people ended while alerts of them fire: they are not over. */
function endedButFiring(incidents: readonly Incident[]): SafeHtml {
  return html`<h2>Ended while alerts fire</h2><ul class="panel plain">${incidents.map((each) => {
    return html`<li>${priorityBadge(each.priority)} ${titledLink(each)}<br><span class="small">${stillFiringHtml(each)}</span></li>`;
  })}</ul>`;
}

function titledLink(incident: Incident): SafeHtml {
  return incidentLink(incident, `${incidentId(incident.number)} ${incident.title}`);
}

function card(incident: Incident, now: Instant): SafeHtml {
  return html`<li class="panel card ${incident.priority}"><h3>${priorityBadge(incident.priority)} ${titledLink(incident)}</h3><ul class="facts"><li>${statusTag(incident)}</li><li>for <b>${formatDuration(Math.max(0, now - incident.detectedAt))}</b>, since ${timeElement(incident.detectedAt, formatUtcTime(incident.detectedAt))} UTC</li><li><b>${incident.alerts.firing}</b> of ${incident.alerts.total} firing</li><li>${incident.route.service ?? "no service"}</li><li>Command: ${incident.roles.commander === null ? html`<b class="hot">no one</b>` : html`<b>${incident.roles.commander.name}</b>`}</li></ul><p class="small">${nextAction(incident)}</p></li>`;
}

/** What Muster will do by itself, in one sentence. */
export function nextAction(incident: Incident): HtmlPart {
  const { status, quietUntil, updates, ackUntil } = incident;
  if (isEndedWhileFiring(incident)) return stillFiringHtml(incident);
  if (!isOpen(status)) return "Nothing: it is over.";
  if (quietUntil !== null) return html`Resolves at <b>${timeElement(quietUntil)}</b> unless an alert fires before.`;
  const lines = escalationLines(incident);
  if (lines.length > 0) return lines.map((line, i) => html`${i === 0 ? null : html`<br>`}${richHtml(line)}`);
  const next = nextPageText(incident);
  if (next !== null) return html`Muster ${richHtml(next)}.`;
  if (updates.due !== null) return html`An update is owed by <b>${timeElement(updates.due)}</b>.`;
  if (ackUntil !== null)
    return html`The acknowledgement holds until <b>${timeElement(ackUntil)}</b>, and longer with activity.`;
  return "It resolves when its alerts do, or when someone resolves it.";
}

export function priorityBadge(priority: Priority): SafeHtml {
  return html`<span class="badge ${priority}">${priority}</span>`;
}

/** The status, and what is special about an incident. */
export function statusTag(incident: Incident): SafeHtml {
  const { status, drill, private: hidden } = incident;
  const how =
    status === "triggered"
      ? "hot"
      : status === "acknowledged"
        ? "warn"
        : status === "canceled" || status === "merged"
          ? ""
          : "good";
  return html`<span class="tag ${how}">${status}</span>${drill ? html` <span class="tag">drill</span>` : null}${hidden ? html` <span class="tag">private</span>` : null}`;
}

function table(incidents: readonly Incident[], now: Instant): SafeHtml {
  return html`<div class="scroll"><table class="stack"><thead><tr><th scope="col">Incident</th><th scope="col">Priority</th><th scope="col">Title</th><th scope="col">Status</th><th scope="col">Service</th><th scope="col">Commander</th><th scope="col">Started (UTC)</th><th scope="col" class="num">Lasted</th></tr></thead><tbody>${incidents.map(
    (each) =>
      html`<tr><td>${incidentLink(each)}</td><td>${priorityBadge(each.priority)}</td><td class="title">${each.title}</td><td>${statusTag(each)}</td>${orNone(each.route.service)}${orNone(each.roles.commander?.name ?? null)}<td>${timeElement(each.detectedAt, formatUtc(each.detectedAt).slice(0, 16))}</td><td class="num">${formatDuration(Math.max(0, (each.resolvedAt ?? now) - each.detectedAt))}</td></tr>`,
  )}</tbody></table></div>`;
}

/** A cell; on a phone one without anything is left out. */
function orNone(text: string | null): SafeHtml {
  return text === null ? html`<td class="none">–</td>` : html`<td>${text}</td>`;
}

/** All incidents, the newest first, narrowed and page by page. */
export function incidentListPage(
  frame: PageFrame,
  incidents: readonly Incident[],
  {
    filter,
    next: cursor,
    services,
    now,
  }: {
    readonly filter: IncidentListFilter;
    readonly next: number | null;
    readonly services: readonly string[];
    readonly now: Instant;
  },
): string {
  const query = new URLSearchParams({ ...filter, ...(cursor === null ? {} : { before: String(cursor) }) });
  return renderPage(
    frame,
    { title: "Incidents", place: "/incidents" },
    html`<h1>Incidents</h1>
<form class="row" method="get" action="/incidents">
${selectField("Status", "status", ["all", "open", "over", ...STATUSES], filter.status)}
${selectField("Priority", "priority", ["all", ...PRIORITIES], filter.priority)}
<label>Service<input name="service" value="${filter.service}" list="services"></label><datalist id="services">${services.map((name) => html`<option value="${name}"></option>`)}</datalist>
<button>Show</button>
</form>
${incidents.length === 0 ? html`<p class="panel calm">No incident fits.</p>` : table(incidents, now)}
${cursor === null ? null : html`<nav class="pages" aria-label="Older and newer"><a class="button" rel="next" href="/incidents?${query.toString()}">Older</a></nav>`}`,
  );
}

/** A list to choose from in a form. */
export function selectField(label: string, name: string, options: readonly string[], chosen: string): SafeHtml {
  return html`<label>${label}<select name="${name}">${options.map((each) => html`<option${each === chosen ? html` selected` : null}>${each}</option>`)}</select></label>`;
}
