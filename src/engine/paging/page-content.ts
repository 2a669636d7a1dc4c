import { listAlerts } from "#db/alerts.ts";
import { alertDescription, alertSummary, type Alert } from "#domain/incident/alert.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { Page, PageCallWords } from "#domain/incident/page.ts";
import { formatIso } from "#domain/values/instant.ts";
import { incidentId } from "#domain/values/language.ts";
import type { Engine } from "#engine/base/engine.ts";
import type { PageRequest } from "#ports/paging.ts";

// What a page carries: what is wrong, who asks, and where to look.

/** Alerts that a page lists; the incident's page has them all. */
const MAX_LISTED = 20;

type PageContent = Pick<PageRequest, "summary" | "source" | "links" | "details">;

/** A page passes people outside of a private incident: it has a link, and nothing else. */
export function privatePageContent({ priority, number }: Incident): PageContent {
  return {
    summary: `${priority} ${incidentId(number)}: private, open the link`,
    source: incidentId(number),
    links: [],
    details: {},
  };
}

/** The one line of a page: first the words of the person who calls, where there is one. */
export function pageSummary({ priority, number, title }: Incident, call: PageCallWords | undefined): string {
  const what = `${priority} ${incidentId(number)}: ${title}`;
  if (call === undefined) return what;
  return `${call.by.name}${call.message === null ? " pages you" : `: ${call.message}`} · ${what}`;
}

/** Who called the people of a page, for the event that it was sent. */
export function callOf(page: Page | undefined): { readonly call?: PageCallWords } {
  return page?.call === undefined ? {} : { call: page.call };
}

/** Everything that a page carries of an incident that everyone may see. */
export async function pageContent(
  state: Incident,
  call: PageCallWords | undefined,
  engine: Pick<Engine, "connection">,
): Promise<PageContent> {
  const { title, route, links, alerts, channel } = state;
  const firing = await firingAlerts(state, engine, MAX_LISTED);
  return {
    summary: pageSummary(state, call),
    source: route.service ?? title,
    links: [
      ...(channel === null || channel.url === "" ? [] : [{ url: channel.url, title: `#${channel.name}` }]),
      ...(links.runbook === null ? [] : [{ url: links.runbook, title: "Runbook" }]),
      ...links.dashboards,
      ...(links.source === null ? [] : [{ url: links.source, title: "Alert source" }]),
    ],
    details: {
      ...(call === undefined ? {} : { called_by: call.by.name, message: call.message }),
      description: describe(state, firing),
      why: state.priorityReason,
      service: route.service,
      team: route.team,
      alerts: { total: alerts.total, firing: alerts.firing },
      firing: firing.map((alert) => ({
        summary: alertSummary(alert),
        description: alertDescription(alert),
        since: formatIso(alert.startsAt),
        labels: alert.labels,
      })),
      runbook: links.runbook ?? "none is linked to this alert",
    },
  };
}

/** What is known beyond the title: the description of the alert that fires, else the words of who declared it; or null. */
export async function pageDescription(state: Incident, engine: Pick<Engine, "connection">): Promise<string | null> {
  return describe(state, await firingAlerts(state, engine, 1));
}

function describe({ summary }: Incident, firing: readonly Alert[]): string | null {
  return firing.map(alertDescription).find((text) => text !== null) ?? summary;
}

async function firingAlerts(
  { number, alerts }: Incident,
  { connection }: Pick<Engine, "connection">,
  limit: number,
): Promise<readonly Alert[]> {
  return alerts.total === 0 ? [] : listAlerts(connection.db, { incident: number, status: "firing", limit });
}
