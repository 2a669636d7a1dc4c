import { isPageOfEpisode } from "#domain/paging/page-episode.ts";
import { isEffectPending } from "#db/effects.ts";
import { readEvents } from "#db/events.ts";
import type { StoredIncident } from "#db/incidents.ts";
import type { Incident, Page } from "#domain/incident/incident.ts";
import { escalationOfPage } from "#domain/incident/team-escalation.ts";
import { composePageRoute } from "#domain/incident/page-route.ts";
import { incidentId } from "#domain/values/language.ts";
import { describeEvent } from "#domain/events/event-registry.ts";
import type { PageRequest } from "#ports/paging.ts";
import { PortError } from "#ports/port-error.ts";
import type { EffectContext, EffectResult } from "#engine/base/effect-context.ts";
import { reportNothing, type EffectPerformers, type PerformEffect } from "#engine/base/effect-performer.ts";
import { incidentUrl } from "#engine/base/dashboard-links.ts";
import { callOf, pageContent, pageSummary, privatePageContent } from "./page-content.ts";
import { performPageConfirm, pageByMessages } from "./page-delivery.ts";
import { editPageMessages } from "./edited-pages.ts";
import { performPagerRead } from "./pager-events.ts";
import {
  alarmOf,
  askingIncidents,
  forEachAlarm,
  listAlarms,
  listDoubtfulAlarms,
  readPageHome,
} from "./pager-alarms.ts";

/** ms until it is looked again whether a page is on its way. */
const RECHECK_MS = 500;

/** Pages people, unless the page is obsolete: it may have waited for a pager that was down. */
const triggerPage: PerformEffect<"page.trigger"> = async (effect, context) => {
  const { engine } = context;
  const asked = incidentOf(context).stored;
  // A merge may have taken the page elsewhere while it waited: it is asked for in the name of that incident.
  const home = await readPageHome(engine, asked, effect.key);
  const stored = home?.stored ?? asked;
  const { state } = stored;
  const wanted = home?.page;
  if (wanted !== undefined && wanted.status !== "requested") return {};
  const alarm = alarmOf(stored, wanted ?? { key: effect.key });
  const chosen = choosePlace(engine.paging.placeOf(alarm.team), context);
  if (chosen.isNew) return { state: { place: chosen.place }, reschedule: true };
  const via = wanted === undefined ? null : await reinforced(stored, wanted, effect.people, context);
  const sent = { type: "page.sent", key: effect.key, to: effect.to, ...callOf(wanted) } as const;
  if (via !== null) return { commands: [{ ...sent, via }] };
  const request: PageRequest = {
    ...alarm,
    ...(chosen.place === null ? {} : { place: chosen.place }),
    to: effect.to,
    people: effect.people,
    priority: effect.priority,
    incident: incidentId(state.number),
    url: incidentUrl(engine, state),
    ...(state.private ? privatePageContent(state) : await pageContent(state, wanted?.call, engine)),
  };
  if (engine.paging.isDryRun === true) {
    // Logged once, however often its messages are looked for.
    if (context.state !== null) return pageByMessages(effect, context);
    await engine.paging.trigger(request);
    return { state: { logged: true }, reschedule: true };
  }
  let place: string | null;
  try {
    place = await engine.paging.trigger(request);
  } catch (error) {
    const elsewhere = engine.paging.placeOf(alarm.team);
    if (!isRefusal(error) || elsewhere === null || elsewhere === chosen.place) throw error;
    // The place of before is gone, and with it what an earlier attempt may have opened there.
    return { state: { place: elsewhere }, reschedule: true };
  }
  return {
    state: { place },
    commands: [{ ...sent, via: engine.paging.name }],
  };
};

/**
 * Where an alarm is opened. It is written down before the pager is asked (`isNew`), and once an attempt may have opened
 * it there it stays there, whatever the policy is by then: elsewhere it would be a second alarm, and the first has no
 * end.
 */
function choosePlace(
  current: string | null,
  { state, attempt }: EffectContext,
): { readonly place: string | null; readonly isNew: boolean } {
  const known = storedPlace(state);
  if (attempt.unsure && known !== null) return { place: known, isNew: false };
  return { place: current, isNew: current !== null && current !== known };
}

function storedPlace(memo: unknown): string | null {
  return typeof memo === "object" && memo !== null && "place" in memo && typeof memo.place === "string"
    ? memo.place
    : null;
}

function isRefusal(error: unknown): boolean {
  return error instanceof PortError && !error.retryable && !error.mayHaveHappened;
}

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
  // The pager chooses the people of a team without people: only the team's own service can reach them.
  if (open === undefined || (page.apart === true && people.length === 0)) return null;
  // A person who is called by name joins the first step; a further step is a level of its own.
  const level = page.apart === true ? 1 : own.indexOf(page) + 1;
  const message = state.private
    ? privatePageContent(state).summary
    : `${pageSummary(state, page.call)} ${incidentUrl(engine, state)}`;
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
    await forEachAlarm(engine, stored, listDoubtfulAlarms(stored, effect.episode), (alarm) =>
      engine.paging.resolve(alarm).catch((error: unknown) => {
        if (!(error instanceof PortError) || error.retryable) throw error;
      }),
    );
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
  if (await isEffectPending(context.engine.connection.db, askingIncidents(known.stored.state), "page.trigger"))
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
  "page.confirm": { perform: performPageConfirm, failed: reportNothing, delayed: reportNothing },
  "pager.read": { perform: performPagerRead, failed: reportNothing, delayed: reportNothing },
  "page.acknowledge": { perform: acknowledgeAlarms, failed: reportNothing, delayed: reportNothing },
  "page.resolve": { perform: resolveAlarms, failed: reportNothing, delayed: reportNothing },
  "page.withdraw": { perform: withdrawPage, failed: reportNothing, delayed: reportNothing },
  "page.annotate": { perform: annotateAlarms, failed: reportNothing, delayed: reportNothing },
  "chat.pages": { perform: editPageMessages, failed: reportNothing, delayed: reportNothing },
  "page.describe": { perform: describeAlarms, failed: reportNothing, delayed: reportNothing },
} satisfies Partial<EffectPerformers>;
