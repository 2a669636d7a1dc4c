import { alertSummary, type Alert } from "#domain/incident/alert.ts";
import { isDeclined, type CommandAnswer } from "#domain/events/command-outcome.ts";
import type { Incident, Page } from "#domain/incident/incident.ts";
import { awaitsAnswer } from "#domain/paging/escalation-summary.ts";
import { escalationLines, pageStatusText } from "#domain/paging/escalation-text.ts";
import { mayBeAnswered } from "#domain/paging/page-answers.ts";
import { countedNoun } from "#domain/events/wording.ts";
import { formatDuration } from "#domain/values/duration.ts";
import type { IncidentLinks } from "#domain/incident/incident-reference.ts";
import { formatUtc, isUnsetYear } from "#domain/values/instant.ts";
import { incidentId, isOpen, ROLE_TITLES, ROLES, type Instant, type Link } from "#domain/values/language.ts";
import type { RunWithEvents } from "#domain/postmortem/attempted-steps.ts";
import type { TimelineEntry } from "#domain/events/timeline.ts";
import { html, externalLink, timeElement, type SafeHtml, type HtmlPart } from "#views/values/html.ts";
import { incidentPath } from "#domain/incident/incident-path.ts";
import { incidentLink } from "#views/values/incident-links.ts";
import { richHtml } from "#views/values/rich-html.ts";
import { lackNote, postForm, referenceField, renderPage, type PageFrame } from "./page-frame.ts";
import { priorityBadge, nextAction, statusTag } from "./incident-list-page.ts";
import { runLines } from "./run-lines.ts";
import { timelineForm, timelineSection, type TimelineFilter } from "./timeline-section.ts";

export type IncidentView = {
  readonly incident: Incident;
  readonly timeline: readonly TimelineEntry[];
  readonly alerts: readonly Alert[];
  readonly runs: readonly RunWithEvents[];
  /** To the incident that it was merged into. */
  readonly links: IncidentLinks;
  /** As of which state of it and its runs this is. */
  readonly mark: string;
  readonly filter: TimelineFilter;
  /** The answer to the last command from this page. */
  readonly answer: CommandAnswer | null;
  /** Why words of the grammar would be refused to the viewer; null: they would not. */
  readonly refusalOf: (words: string) => string | null;
  /** Makes pressing a button twice pressing it once. */
  readonly key: string;
  readonly now: Instant;
};

/** One incident: state, what happens next, what can be done, timeline, and everything that belongs to it. */
export function incidentPage(frame: PageFrame, view: IncidentView): string {
  const { incident, timeline, alerts, runs, filter, answer: outcome } = view;
  const id = incidentId(incident.number);
  return renderPage(
    frame,
    {
      title: `${id} ${incident.title.slice(0, 80)}`,
      place: "/incidents",
      live: `/live?incident=${id}&mark=${encodeURIComponent(view.mark)}`,
    },
    html`<div id="state" data-region>${outcome === null ? null : html`<p class="panel said ${isDeclined(outcome) ? "refused" : ""}" role="status">${outcome.text}</p>`}
<h1>${priorityBadge(incident.priority)} ${id} ${incident.title}</h1>
<ul class="facts"><li>${statusTag(incident)}</li><li>${incident.plan.sev}</li><li>${incident.resolvedAt === null ? "for" : "took"} <b>${formatDuration(Math.max(0, (incident.resolvedAt ?? view.now) - incident.detectedAt))}</b></li><li><b>${incident.alerts.firing}</b> of ${incident.alerts.total} alerts firing</li><li><a href="${incidentPath(incident, { page: "postmortem" })}">Postmortem</a></li></ul>
${buttons(frame, view)}${resolveForm(frame, view)}
<p class="panel next"><span class="dim">What happens next</span><br>${nextAction(incident)}</p></div>
${verbForm(frame, view)}${lackNote(frame)}
<div class="split"><section aria-labelledby="timeline"><h2 id="timeline">Timeline</h2>${timelineForm(incident, filter)}<div id="entries" data-region>${timelineSection(incident, timeline, filter)}</div></section>
<aside aria-label="About this incident"><div id="about" data-region>${about(frame, view)}${runLines(runs, incident.number)}<h2>Alerts</h2>${alertLines(alerts, incident)}</div></aside></div>`,
  );
}

/** What one press does, by what the incident is; each sends words of the grammar. */
function buttons(frame: PageFrame, { incident, key, refusalOf }: IncidentView): SafeHtml {
  const { status, roles } = incident;
  const open = isOpen(status);
  const every: readonly (readonly [words: string, label: string, style?: string])[] = [
    ...(awaitsAnswer(incident) ? ([["ack", "Acknowledge", "primary"]] as const) : []),
    ...(open && roles.commander === null
      ? ([["ic", "Take command", status === "triggered" ? "" : "primary"]] as const)
      : []),
    ...(open && roles.scribe === null ? ([["role scribe", "Be scribe"]] as const) : []),
    ...(status === "triggered" || status === "acknowledged" ? ([["mitigate", "Mitigated"]] as const) : []),
    ...(open && incident.alerts.firing === 0 ? ([["resolve", "Resolve"]] as const) : []),
    ...(status === "triggered" ? ([["escalate", "Escalate"]] as const) : []),
    ...(status === "resolved"
      ? ([
          ["reopen", "Re-open"],
          ["close", "Close"],
        ] as const)
      : []),
  ];
  const offered = every.filter(([words]) => refusalOf(words) === null);
  const missing = frame.lacks === null ? [...new Set(every.flatMap(([words]) => refusalOf(words) ?? []))] : [];
  const pressed = offered.map(
    ([words, label, style]) => html`<button name="text" value="${words}" class="${style ?? ""}">${label}</button>`,
  );
  return html`${offered.length === 0 ? null : verbsForm(frame, incident, key, html`${pressed}`, "actions")}${missing.length === 0 ? null : html`<p class="small dim" role="note">${missing.join(" ")}</p>`}`;
}

/** A form that sends words about the incident. */
function verbsForm(
  frame: PageFrame,
  incident: Incident,
  key: string,
  fields: SafeHtml,
  style: string,
): SafeHtml | null {
  const hidden = html`${referenceField(incident)}<input type="hidden" name="key" value="${key}">`;
  return postForm(frame, incidentPath(incident, { page: "verbs" }), html`${hidden}${fields}`, style);
}

/** The end of an incident whose alerts fire, or whose end someone owes the reason of: it asks why. */
function resolveForm(frame: PageFrame, { incident, key, refusalOf }: IncidentView): SafeHtml | null {
  const { status, alerts, reasonOwedBy } = incident;
  if ((!(isOpen(status) && alerts.firing > 0) && reasonOwedBy === null) || refusalOf("resolve") !== null) return null;
  const why =
    reasonOwedBy === null
      ? `Why it is over although ${countedNoun(alerts.firing, "alert")} still ${alerts.firing === 1 ? "fires" : "fire"}`
      : "Why it was ended while alerts fired";
  const fields = html`<input type="hidden" name="about" value="resolve"><label class="wide">${why}<input name="text" required maxlength="1000" autocomplete="off"></label><button>${reasonOwedBy === null ? "Resolve" : "Give the reason"}</button>`;
  return verbsForm(frame, incident, `${key}-resolve`, fields, "row");
}

/** A form for every other verb of the grammar. */
function verbForm(frame: PageFrame, { incident, key }: IncidentView): SafeHtml | null {
  const fields = html`<label class="wide">What to do, as typed in the chat. Times are UTC<input name="text" required maxlength="4000" autocomplete="off" placeholder="note the pool is exhausted · update … · severity P1 … · page …"></label><button>Do it</button>`;
  return verbsForm(frame, incident, `${key}-said`, fields, "row");
}

function about(frame: PageFrame, view: IncidentView): SafeHtml {
  const { incident } = view;
  const { acknowledgedAt, mitigatedAt, resolvedAt, channel, summary, mergedInto, route } = incident;
  const facts: readonly (readonly [string, HtmlPart])[] = [
    ["Why " + incident.priority, incident.priorityReason],
    ["Service", `${route.service ?? "unknown"}, team ${route.team ?? "none"}`],
    ["Why there", route.reason],
    ["Started", timeElement(incident.detectedAt)],
    [
      "Acknowledged",
      acknowledgedAt === null
        ? "not yet"
        : html`${timeElement(acknowledgedAt)} by ${incident.acknowledgedBy?.name ?? "someone"}`,
    ],
    ...(mitigatedAt === null ? [] : [["Mitigated", timeElement(mitigatedAt)] as const]),
    ["Resolved", resolvedAt === null ? "not yet" : timeElement(resolvedAt)],
    ...(summary === null ? [] : [["Summary", summary] as const]),
    ...(mergedInto === null ? [] : [["Merged into", incidentLink(view.links(mergedInto))] as const]),
    ["Channel", channel === null ? "–" : externalLink(channel.url, `#${channel.name}`)],
    ["Links", links(incident)],
    [
      "Tickets",
      incident.tickets.length === 0 ? "none" : incident.tickets.map(({ key, url }) => html`${externalLink(url, key)} `),
    ],
  ];
  const roles = ROLES.map(
    (role) => [ROLE_TITLES[role], incident.roles[role]?.name ?? html`<span class="dim">no one</span>`] as const,
  );
  return html`<h2>About</h2>${pairs(facts)}<h2>Roles</h2>${pairs(roles)}${escalationSection(incident)}<h2>Pages</h2>${pageLines(frame, view)}${taskLines(incident)}`;
}

function pairs(facts: readonly (readonly [string, HtmlPart])[]): SafeHtml {
  return html`<dl class="pairs">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

/** Where each escalation stands; nothing where one sentence at the top is enough. */
function escalationSection(incident: Incident): SafeHtml | null {
  const lines = escalationLines(incident);
  return lines.length === 0
    ? null
    : html`<h2>Escalations</h2><ul>${lines.map((line) => html`<li>${richHtml(line)}</li>`)}</ul>`;
}

/** Every page, with what became of it. One that waits for an answer can be acknowledged there. */
function pageLines(frame: PageFrame, { incident, key, refusalOf }: IncidentView): SafeHtml {
  const { pages, status } = incident;
  if (pages.length === 0) return html`<p class="dim">No one was paged.</p>`;
  const acknowledge = (page: Page, at: number): SafeHtml | null =>
    isOpen(status) && mayBeAnswered(page) && refusalOf("ack") === null
      ? verbsForm(
          frame,
          incident,
          `${key}-page${at}`,
          html`<button name="text" value="ack ${page.key}" aria-label="Acknowledge the page of ${page.to}">Acknowledge</button>`,
          "beside",
        )
      : null;
  const line = (page: Page, at: number): SafeHtml =>
    html`<li><b>${page.to}</b>, ${page.priority}: <span class="${page.status === "failed" ? "hot" : ""}">${pageStatusText(page)}</span> <span class="dim">${timeElement(page.requestedAt)}${page.via === null ? "" : ` via ${page.via}`}</span> ${acknowledge(page, at)}</li>`;
  return html`<ul>${pages.map(line)}</ul>`;
}

function taskLines({ tasks }: Incident): SafeHtml | null {
  if (tasks.length === 0) return null;
  return html`<h2>Tasks</h2><ul>${tasks.map((task) => html`<li>${task.doneAt === null ? null : task.dropped === undefined ? html`<span class="good">done</span> ` : html`<span class="dim">dropped</span> `}${task.id}: ${task.text} <span class="dim">${task.kind}${task.owner === null ? "" : `, ${task.owner.name}`}${task.due === null ? "" : `, due ${task.due}`}${task.dropped === undefined ? null : `, ${task.dropped}`}</span></li>`)}</ul>`;
}

function links({ links: { runbook, dashboards, source } }: Incident): HtmlPart {
  const all: readonly Link[] = [
    ...(runbook === null ? [] : [{ title: "Runbook", url: runbook }]),
    ...dashboards,
    ...(source === null ? [] : [{ title: "Alert source", url: source }]),
  ];
  return all.length === 0
    ? "none"
    : all.map(({ title, url }, i) => html`${i === 0 ? null : " · "}${externalLink(url, title)}`);
}

/** Its reported times that cannot be true. */
function reportedTimes({ reportedStartsAt, reportedEndsAt }: Alert): string {
  const reported = [
    ...(reportedStartsAt === null
      ? []
      : [isUnsetYear(reportedStartsAt) ? "no start" : `a start at ${formatUtc(reportedStartsAt)}`]),
    ...(reportedEndsAt === null ? [] : [`an end at ${formatUtc(reportedEndsAt)}`]),
  ];
  return reported.length === 0 ? "" : ` (receipt; the source reports ${reported.join(" and ")})`;
}

function alertLines(alerts: readonly Alert[], { alerts: { total } }: Incident): SafeHtml {
  return html`${alerts.map(
    (alert) =>
      html`<details id="a-${alert.source}-${alert.fingerprint}"><summary>${priorityBadge(alert.priority)} <span class="${alert.status === "firing" ? "hot" : "good"}">${alert.status}</span> ${alertSummary(alert)}</summary><p class="small dim">since ${timeElement(alert.startsAt)}${reportedTimes(alert)}, last heard ${timeElement(alert.lastSeenAt)}, ${alert.flaps} flaps</p><ul class="small">${Object.entries(alert.labels).map(([name, value]) => html`<li>${name}="${value}"</li>`)}</ul></details>`,
  )}${total > alerts.length ? html`<p class="dim">and ${total - alerts.length} more</p>` : null}`;
}
