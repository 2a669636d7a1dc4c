import type { Alert } from "#domain/alert.ts";
import { alertSummary } from "#domain/alert.ts";
import type { Incident } from "#domain/incident.ts";
import { duration, iso, utc } from "#domain/instant.ts";
import { incidentId, isOpen, ROLE_TITLES, ROLES, type Link } from "#domain/language.ts";
import type { TimelineEntry } from "#domain/timeline.ts";
import { html, Html, type Part } from "./html.ts";

const STYLE = `
:root{color-scheme:light dark;--bg:#fff;--fg:#1c1e21;--dim:#5b6169;--line:#d9dce0;--link:#0b57d0;--hot:#b3261e}
@media(prefers-color-scheme:dark){:root{--bg:#16181b;--fg:#e6e8ea;--dim:#a4abb3;--line:#3a3f45;--link:#8ab4f8;--hot:#f2b8b5}}
body{margin:0 auto;max-width:70rem;padding:1rem;background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,sans-serif}
a{color:var(--link)}h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid var(--line)}
th{color:var(--dim);font-weight:600}.dim{color:var(--dim)}.hot{color:var(--hot);font-weight:600}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}
pre{white-space:pre-wrap;overflow-wrap:anywhere}.scroll{overflow-x:auto}`;

function page(title: string, body: Html): string {
  return html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${title} · Muster</title><style>${new Html(STYLE)}</style></head><body><p><a href="/">Muster</a></p><main>${body}</main></body></html>`
    .text;
}

/** All incidents, open ones first. */
export function listPage(incidents: readonly Incident[], now: number): string {
  const open = incidents.filter(({ status }) => isOpen(status));
  const rest = incidents.filter(({ status }) => !isOpen(status));
  const rows = (list: readonly Incident[]): Html[] =>
    list.map(
      (each) =>
        html`<tr><td><a href="/incidents/${incidentId(each.number)}">${incidentId(each.number)}</a></td><td class="${each.priority < "P2" && isOpen(each.status) ? "hot" : ""}">${each.priority}</td><td>${each.status}</td><td>${each.title}</td><td>${each.route.service ?? "–"}</td><td>${each.alerts.firing}/${each.alerts.total}</td><td>${each.roles.commander?.name ?? "–"}</td><td>${utc(each.detectedAt)}<br><span class="dim">${each.resolvedAt === null ? `for ${duration(now - each.detectedAt)}` : `took ${duration(each.resolvedAt - each.detectedAt)}`}</span></td></tr>`,
    );
  const table = (list: readonly Incident[]): Html =>
    html`<div class="scroll"><table><thead><tr><th>Id</th><th>Priority</th><th>Status</th><th>Title</th><th>Service</th><th>Firing</th><th>Commander</th><th>Since (UTC)</th></tr></thead><tbody>${rows(list)}</tbody></table></div>`;
  return page(
    "Incidents",
    html`<h1>On fire now</h1>${open.length === 0 ? html`<p>Nothing. Sleep well.</p>` : table(open)}<h2>Before</h2>${rest.length === 0 ? html`<p class="dim">No incident has ended yet.</p>` : table(rest)}`,
  );
}

/** One incident: state, roles, pages, alerts, timeline. */
export function incidentPage(incident: Incident, timeline: readonly TimelineEntry[], alerts: readonly Alert[]): string {
  const id = incidentId(incident.number);
  const { next } = incident.escalation;
  const facts: [string, Part][] = [
    ["Priority", `${incident.priority} (${incident.plan.sev}): ${incident.priorityReason}`],
    ["Status", incident.status],
    ["Service", `${incident.route.service ?? "unknown"}, team ${incident.route.team ?? "none"}`],
    ["Why there", incident.route.reason],
    ["Alerts", `${incident.alerts.firing} firing of ${incident.alerts.total}, ${incident.alerts.flaps} flaps`],
    ["Started", utc(incident.detectedAt)],
    ["Acknowledged", incident.acknowledgedAt === null ? "not yet" : `${utc(incident.acknowledgedAt)} by ${incident.acknowledgedBy?.name ?? "somebody"}`],
    ["Resolved", incident.resolvedAt === null ? "not yet" : utc(incident.resolvedAt)],
    [
      "What happens next",
      next !== null
        ? `pages ${next.to} at ${utc(next.at)}`
        : incident.quietUntil !== null
          ? `resolves at ${utc(incident.quietUntil)} unless an alert fires`
          : "–",
    ],
    [
      "Channel",
      incident.channel === null
        ? "–"
        : incident.channel.url === ""
          ? `#${incident.channel.name}`
          : html`<a href="${incident.channel.url}">#${incident.channel.name}</a>`,
    ],
    ...ROLES.map((role): [string, Part] => [ROLE_TITLES[role], incident.roles[role]?.name ?? "unassigned"]),
    [
      "Pages",
      incident.pages.length === 0 ? "none" : incident.pages.map((each) => html`${each.to}: ${each.status} (${each.priority}, ${utc(each.requestedAt)})<br>`),
    ],
    ["Links", linksOf(incident)],
  ];
  return page(
    id,
    html`<h1>${id} ${incident.title}</h1><dl>${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
<p><a href="/incidents/${id}/postmortem">Postmortem draft</a></p>
<h2>Timeline</h2><div class="scroll"><table><thead><tr><th>Time (UTC)</th><th>What</th><th>Who</th><th>Evidence</th></tr></thead><tbody>${timeline.map((entry) => html`<tr><td><time datetime="${iso(entry.at)}">${utc(entry.at).slice(0, 19)}</time></td><td>${entry.summary}</td><td>${entry.actor}</td><td class="dim">${entry.permalink === null ? entry.source : html`<a href="${entry.permalink}" rel="noreferrer">source</a>`}</td></tr>`)}</tbody></table></div>
<h2>Alerts</h2><div class="scroll"><table><thead><tr><th>Status</th><th>Priority</th><th>Alert</th><th>Since (UTC)</th><th>Last heard (UTC)</th></tr></thead><tbody>${alerts.map((alert) => html`<tr><td>${alert.status}</td><td>${alert.priority}</td><td>${alertSummary(alert)}<br><span class="dim">${Object.entries(alert.labels).map(([name, value]) => `${name}="${value}" `)}</span></td><td>${utc(alert.startsAt)}</td><td>${utc(alert.lastSeenAt)}</td></tr>`)}</tbody></table></div>`,
  );
}

/** The draft as it is. */
export function postmortemPage(id: string, markdown: string): string {
  return page(
    `${id} postmortem`,
    html`<h1>${id} postmortem</h1><p><a href="/incidents/${id}">Incident</a> · <a href="/api/incidents/${id}/postmortem">Markdown</a></p><pre>${markdown}</pre>`,
  );
}

export function messagePage(title: string, message: string): string {
  return page(title, html`<h1>${title}</h1><p>${message}</p>`);
}

function linksOf(incident: Incident): Part {
  const { runbook, dashboards, source } = incident.links;
  const all: Link[] = [
    ...incident.tickets.map(({ key, url }) => ({ title: `Ticket ${key}`, url })),
    ...(runbook === null ? [] : [{ title: "Runbook", url: runbook }]),
    ...dashboards,
    ...(source === null ? [] : [{ title: "Alert source", url: source }]),
  ];
  return all.length === 0 ? "none" : all.map(({ title, url }) => html`<a href="${url}" rel="noreferrer">${title}</a> `);
}
