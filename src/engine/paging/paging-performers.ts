import { isPageOfEpisode } from "#domain/paging/page-episode.ts";
import { listAlerts } from "#db/alerts.ts";
import { isEffectPending } from "#db/effects.ts";
import { readEvents } from "#db/events.ts";
import type { StoredIncident } from "#db/incidents.ts";
import { alertSummary } from "#domain/incident/alert.ts";
import type { Incident, Page } from "#domain/incident/incident.ts";
import { escalationOfPage } from "#domain/incident/team-escalation.ts";
import { composePageRoute } from "#domain/incident/page-route.ts";
import { formatIso } from "#domain/values/instant.ts";
import { incidentId } from "#domain/values/language.ts";
import { describeEvent } from "#domain/events/event-registry.ts";
import type { PageRequest } from "#ports/paging.ts";
import { PortError } from "#ports/port-error.ts";
import type { Engine } from "#engine/base/engine.ts";
import type { EffectContext, EffectResult } from "#engine/base/effect-context.ts";
import { reportNothing, type EffectPerformers, type PerformEffect } from "#engine/base/effect-performer.ts";
import { incidentUrl } from "#engine/base/dashboard-links.ts";
import { confirmPage, pageByMessages } from "./page-delivery.ts";
import { readPagerEvent } from "./pager-events.ts";
import { alarmOf, forEachAlarm, listAlarms } from "./pager-alarms.ts";

/** ms until it is looked again whether a page is on its way. */
const RECHECK_MS = 500;
/** Alerts that a page lists; the incident's page has them all. */
const MAX_LISTED = 20;

/** Pages people, unless the page is obsolete: it may have waited for a pager that was down. */
const triggerPage: PerformEffect<"page.trigger"> = async (effect, context) => {
  const { stored, engine } = incidentOf(context);
  const { state } = stored;
  const wanted = state.pages.find(({ key }) => key === effect.key);
  if (wanted !== undefined && wanted.status !== "requested") return {};
  const via = wanted === undefined ? null : await reinforced(stored, wanted, effect.people, context);
  if (via !== null) return { commands: [{ type: "page.sent", key: effect.key, to: effect.to, via }] };
  const request: PageRequest = {
    ...alarmOf(stored, wanted ?? { key: effect.key }),
    to: effect.to,
    people: effect.people,
    priority: effect.priority,
    incident: incidentId(state.number),
    url: incidentUrl(engine, state),
    ...(state.private ? privatePageContent(state) : await pageContent(state, engine)),
  };
  if (engine.paging.isDryRun === true) {
    // Logged once, however often its messages are looked for.
    if (context.state !== null) return pageByMessages(effect, context);
    await engine.paging.trigger(request);
    return { state: { logged: true }, reschedule: true };
  }
  const place = await engine.paging.trigger(request);
  return {
    state: { place },
    commands: [{ type: "page.sent", key: effect.key, to: effect.to, via: engine.paging.name }],
  };
};

/**
 * Calls people to the alarm that the pager has open already; answers by which way, or null when that cannot be done, for
 * whatever reason: then an alarm of their own wakes them, and two alarms are better than someone asleep.
 */
async function reinforced(
  { state, uid }: StoredIncident,
  page: Page,
  people: readonly string[],
  { engine, attempt }: EffectContext,
): Promise<string | null> {
  const own = state.pages.filter((each) => isEscalationPage(each, page, state));
  const open = own.find(({ key, status }) => key !== page.key && ["sent", "acknowledged", "expired"].includes(status));
  // The on-call people of a team without people: only its own service knows them.
  if (open === undefined || (page.apart === true && people.length === 0)) return null;
  // A person who is called by name joins the first step; a further step is a level of its own.
  const level = page.apart === true ? 1 : own.indexOf(page) + 1;
  const message = state.private
    ? privatePageContent(state).summary
    : `${state.priority} ${incidentId(state.number)}: ${state.title} ${incidentUrl(engine, state)}`;
  try {
    if (!(await engine.paging.reinforce(alarmOf({ uid, state }, open), { people, level, message, key: attempt.key })))
      return null;
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    engine.log.warn(
      { effect: attempt.key, reason: error.message },
      "could not add people to the open alarm; they get an alarm of their own",
    );
    return null;
  }
  return composePageRoute(engine.paging.name, people.length === 0 ? "escalation" : "responder request");
}

/** Pages that share one alarm: of one episode, priority and team, and none that failed. */
function isEscalationPage(each: Page, page: Page, incident: Incident): boolean {
  return (
    each.status !== "failed" &&
    (each.apart !== true || each.key === page.key) &&
    each.team === page.team &&
    each.priority === page.priority &&
    isPageOfEpisode(each, incident)
  );
}

type PageContent = Pick<PageRequest, "summary" | "source" | "links" | "details">;

/** A page passes people outside of a private incident: it has a link, and nothing else. */
function privatePageContent({ priority, number }: Incident): PageContent {
  return {
    summary: `${priority} ${incidentId(number)}: private, open the link`,
    source: incidentId(number),
    links: [],
    details: {},
  };
}

async function pageContent(state: Incident, engine: Engine): Promise<PageContent> {
  const { priority, number, title, route, links, alerts, channel } = state;
  const firing =
    alerts.total === 0
      ? []
      : await listAlerts(engine.connection.db, { incident: number, status: "firing", limit: MAX_LISTED });
  return {
    summary: `${priority} ${incidentId(number)}: ${title}`,
    source: route.service ?? title,
    links: [
      ...(channel === null || channel.url === "" ? [] : [{ url: channel.url, title: `#${channel.name}` }]),
      ...(links.runbook === null ? [] : [{ url: links.runbook, title: "Runbook" }]),
      ...links.dashboards,
      ...(links.source === null ? [] : [{ url: links.source, title: "Alert source" }]),
    ],
    details: {
      why: state.priorityReason,
      service: route.service,
      team: route.team,
      alerts: { total: alerts.total, firing: alerts.firing },
      firing: firing.map((alert) => ({
        summary: alertSummary(alert),
        since: formatIso(alert.startsAt),
        labels: alert.labels,
      })),
      runbook: links.runbook ?? "none is linked to this alert",
    },
  };
}

/** Exactly the page that was answered; an earlier version asked for all of an episode. */
const acknowledgeAlarms: PerformEffect<"page.acknowledge"> = (effect, context) =>
  afterItsPages(context, async ({ stored, engine }) => {
    const page = stored.state.pages.find(({ key }) => key === effect.page);
    const alarms =
      effect.page === undefined
        ? listAlarms(stored, effect.episode, effect.except)
        : page === undefined
          ? []
          : [alarmOf(stored, page)].filter(({ dedupKey }) => dedupKey !== effect.except);
    await forEachAlarm(engine, stored, alarms, (alarm) => engine.paging.acknowledge(alarm));
  });

const resolveAlarms: PerformEffect<"page.resolve"> = (effect, context) =>
  afterItsPages(context, async ({ stored, engine }) => {
    const alarms = listAlarms(stored, effect.episode, effect.except);
    await forEachAlarm(engine, stored, alarms, (alarm) => engine.paging.resolve(alarm));
  });

const withdrawPage: PerformEffect<"page.withdraw"> = (effect, context) =>
  afterItsPages(context, async ({ stored, engine }) => {
    const page = stored.state.pages.find(({ key }) => key === effect.key);
    const alarms = page === undefined ? [] : [alarmOf(stored, page)];
    await forEachAlarm(engine, stored, alarms, (alarm) => engine.paging.resolve(alarm));
  });

/** The event's text, as a note on the alarm. */
const annotateAlarms: PerformEffect<"page.annotate"> = async (effect, context) => {
  const { stored, engine, attempt } = incidentOf(context);
  const [event] = await readEvents(engine.connection.db, stored.state.number, effect.seq - 1, 1);
  const page = stored.state.pages.findLast(
    (each) => escalationOfPage(each) === null && each.status !== "failed" && each.status !== "canceled",
  );
  if (event !== undefined && page !== undefined && !stored.state.private)
    await engine.paging.annotate(alarmOf(stored, page), describeEvent(event), attempt.key);
  return {};
};

/** Where people meet and how bad it is, on the pager's page of each alarm. */
const describeAlarms: PerformEffect<"page.describe"> = (_, context) =>
  afterItsPages(context, async ({ stored, engine }) => {
    const { state } = stored;
    const { channel, priority } = state;
    const link =
      channel === null || channel.url === "" || state.private ? null : { title: `#${channel.name}`, url: channel.url };
    const alarms = listAlarms(stored, state.episode, undefined);
    await forEachAlarm(engine, stored, alarms, (alarm) => engine.paging.describe(alarm, { link, priority }));
  });

type ContextWithIncident = EffectContext & { readonly stored: StoredIncident };

/** Waits while a page of the incident is on its way: the pager must learn of an alarm before it learns of its end. */
async function afterItsPages(
  context: EffectContext,
  run: (context: ContextWithIncident) => Promise<void>,
): Promise<EffectResult> {
  const known = incidentOf(context);
  if (await isEffectPending(context.engine.connection.db, known.stored.state.number, "page.trigger"))
    return { reschedule: { inMs: RECHECK_MS } };
  await run(known);
  return {};
}

function incidentOf(context: EffectContext): ContextWithIncident {
  if (context.stored === null) throw new Error(`bug: ${context.attempt.key} without an incident`);
  return { ...context, stored: context.stored };
}

export const pagingPerformers = {
  "page.trigger": {
    perform: triggerPage,
    failed: ({ key, to }, reason) => [{ type: "page.failed", key, to, reason }],
    // A late page: people must see that.
    delayed: ({ key, to }, reason) => [{ type: "page.delayed", key, to, reason }],
  },
  "page.confirm": { perform: confirmPage, failed: reportNothing, delayed: reportNothing },
  "pager.read": { perform: readPagerEvent, failed: reportNothing, delayed: reportNothing },
  "page.acknowledge": { perform: acknowledgeAlarms, failed: reportNothing, delayed: reportNothing },
  "page.resolve": { perform: resolveAlarms, failed: reportNothing, delayed: reportNothing },
  "page.withdraw": { perform: withdrawPage, failed: reportNothing, delayed: reportNothing },
  "page.annotate": { perform: annotateAlarms, failed: reportNothing, delayed: reportNothing },
  "page.describe": { perform: describeAlarms, failed: reportNothing, delayed: reportNothing },
} satisfies Partial<EffectPerformers>;
