import { z } from "zod";
import { partOfEscalation } from "#domain/incident/restorable-parts.ts";
import { defineEvent, noConsequences, waitsForNoOne } from "#domain/events/event-definition.ts";
import {
  acknowledgeEffects,
  acknowledgementTimer,
  commandTimer,
  escalationTimer,
  updateTimer,
} from "#domain/events/follow-ups.ts";
import { answerBy, answerPages } from "#domain/events/state-changes.ts";
import { answeredWhere, countedNoun } from "#domain/events/wording.ts";
import { acknowledgedBy, receiveParts, rememberCarried } from "#domain/incident/merged-parts.ts";
import { EscalationSnapshot, instant, PageSnapshots, PersonSchema, TaskSnapshots } from "#domain/incident/schemas.ts";
import { answeredEscalation, changeEscalation, escalationOfPage } from "#domain/incident/team-escalation.ts";
import { incidentId, PAGER_UPDATES, ROLE_TITLES, ROLES } from "#domain/values/language.ts";

// What became of a page that was sent.

/** Someone answered a page. It answers the escalation that the page is part of, and no other. */
export const pageAcknowledged = defineEvent(
  "page.acknowledged",
  {
    key: z.string(),
    to: z.string(),
    /** Keys of further pages of the same escalation, and of the same person, that are answered with it. */
    also: z.array(z.string()),
    /** Of which other team the page is; absent: of the incident's own, or of no escalation. */
    team: z.string().exactOptional(),
    /** The alarm it came from, which needs no notification. */
    alarm: z.string().exactOptional(),
  },
  {
    evolve: (before, event) => {
      const { data } = event;
      const page = before.pages.find(({ key }) => key === data.key);
      const answered = { ...before, pages: answerPages(before, [data.key, ...data.also], event) };
      const escalation = page === undefined ? undefined : escalationOfPage(page);
      return escalation === undefined
        ? answered
        : changeEscalation(answered, escalation, (state) =>
            answeredEscalation(state, answerBy(before, event, data.key)),
          );
    },
    effects: (after, { data }) => acknowledgeEffects(after, [data.key, ...data.also], data),
    timers: (after) => [escalationTimer(after), ...acknowledgementTimer(after)],
    describe: ({ data, actor }) =>
      `${actor.name} acknowledged ${data.to === actor.name ? "their page" : `the page of ${data.to}`}${answeredWhere(data)}`,
    kinds: ["people", "pages"],
    feed: "👀",
    refreshes: true,
    logged: true,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: {
      restores: ({ data }, { pages }) => {
        const page = pages.find(({ key }) => key === data.key);
        const escalation = page === undefined ? undefined : escalationOfPage(page);
        return escalation === undefined ? [] : [partOfEscalation(escalation)];
      },
      milestone: null,
      answers: ({ data }) => [data.key, ...data.also],
    },
  },
);

/** A page counts as unanswered again: the pager gave up on it, or its answer was followed by silence. */
export const pageExpired = defineEvent(
  "page.expired",
  { key: z.string(), to: z.string(), reason: z.string() },
  {
    evolve: (before, { data }) => ({
      ...before,
      pages: before.pages.map((page) =>
        page.key === data.key && ["requested", "sent", "acknowledged"].includes(page.status)
          ? { ...page, status: "expired" }
          : page,
      ),
    }),
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data }) => `The page of ${data.to} has expired: ${data.reason}`,
    kinds: ["pages"],
    feed: "⌛",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: { final: ({ data }) => `The page of ${data.to} has expired: that cannot be undone.` },
  },
);

/** The pager has news of the alarm of a page: news that is older than this, and arrives later, changes nothing. */
export const alarmReported = defineEvent(
  "alarm.reported",
  {
    key: z.string(),
    to: z.string(),
    what: z.enum(PAGER_UPDATES),
    /** When it happened, by the pager's own clock. */
    at: instant,
  },
  {
    evolve: (before, { data: { key, what, at } }) => ({
      ...before,
      pages: before.pages.map((page) => (page.key === key ? { ...page, reported: { what, at } } : page)),
    }),
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data }) => `The page of ${data.to} is ${data.what} in the pager`,
    kinds: ["pages"],
    feed: null,
    refreshes: false,
    logged: false,
    inReply: false,
    inTimeline: false,
    inPostmortem: false,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);

/**
 * Pages came along from another incident in a merge, or back from one: with their alarms, their answers, and how far each
 * team was looked for. They are answered here from now on.
 */
export const pagesCarried = defineEvent(
  "pages.carried",
  {
    from: z.number(),
    /** As they are here. */
    pages: PageSnapshots,
    /** Escalations as they are here with what came along; `team` absent: that of the incident's own team. */
    escalations: z.array(z.object({ team: z.string().exactOptional(), state: EscalationSnapshot })),
    /** Whose answer makes the incident acknowledged. */
    acknowledged: PersonSchema.exactOptional(),
    /** They had been ours before. */
    back: z.literal(true).exactOptional(),
  },
  {
    evolve: (before, { data, at }) => {
      const came = receiveParts(before, data);
      const received = data.back === true ? came : rememberCarried(came, data.from, data.pages);
      return data.acknowledged === undefined ? received : acknowledgedBy(received, data.acknowledged, at);
    },
    effects: (after) => (after.pages.length > 0 ? [{ type: "page.describe" }] : []),
    timers: (after, event) => [
      escalationTimer(after),
      ...acknowledgementTimer(after),
      ...(event.data.acknowledged === undefined
        ? []
        : [{ timer: "ticket", at: null } as const, updateTimer(after), commandTimer(event, after)]),
    ],
    describe: ({ data: { from, pages, acknowledged, back } }) =>
      [
        `${countedNoun(pages.length, "page")} ${back === true ? "came back from" : "came along from"} ${incidentId(from)}${pages.length === 0 ? "" : `: ${[...new Set(pages.map(({ to }) => to))].join("; ")}`}`,
        ...(acknowledged === undefined ? [] : [`${acknowledged.name} has it`]),
      ].join(". "),
    kinds: ["pages"],
    feed: "📟",
    refreshes: true,
    logged: true,
    inReply: true,
    inTimeline: true,
    inPostmortem: false,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);

/** The people of an incident that was merged come along: their roles where no one has them here, and their open tasks. */
export const workCarried = defineEvent(
  "work.carried",
  {
    from: z.number(),
    people: z.array(PersonSchema),
    roles: z.array(z.object({ role: z.enum(ROLES), person: PersonSchema })),
    /** As they are here, with numbers of this incident. */
    tasks: TaskSnapshots,
    /** Who followed the other one; absent: no one, and in what an earlier version stored. */
    subscribers: z.array(PersonSchema).exactOptional(),
  },
  {
    evolve: (before, { data: { from, people, roles, tasks, subscribers = [] }, at }) => ({
      ...before,
      subscribers: [...before.subscribers, ...subscribers],
      guests: [...before.guests, ...people.map((person) => ({ person, from }))],
      roles: { ...before.roles, ...Object.fromEntries(roles.map(({ role, person }) => [role, person])) },
      rolesSince: { ...before.rolesSince, ...Object.fromEntries(roles.map(({ role }) => [role, at])) },
      tasks: [...before.tasks, ...tasks],
      lastTask: Math.max(before.lastTask, ...tasks.map(({ id }) => id)),
      takenIn: before.takenIn.map((each) => (each.from === from ? { ...each, roles } : each)),
    }),
    effects: noConsequences,
    timers: (after, event) =>
      event.data.roles.some(({ role }) => role === "commander") ? [commandTimer(event, after)] : [],
    describe: ({ data: { from, people, roles, tasks } }) => {
      const parts = [
        ...roles.map(({ role, person }) => `${person.name} is ${ROLE_TITLES[role]}`),
        ...(tasks.length === 0 ? [] : [countedNoun(tasks.length, "open task")]),
        ...(people.length === 0 ? [] : [`invited: ${people.map(({ name }) => name).join(", ")}`]),
      ];
      return `From ${incidentId(from)}: ${parts.join(" · ")}`;
    },
    kinds: ["people", "roles", "tasks"],
    feed: "🤝",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: true,
    updateSla: "answered",
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);
