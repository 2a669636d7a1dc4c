import { z } from "zod";
import { defineEvent, unchangedState, noConsequences, waitsForNoOne } from "#domain/events/event-definition.ts";
import { countedNoun, doubtedStarts, someSummaries } from "#domain/events/wording.ts";
import { AlertSnapshots, AlertCountsSchema, EscalationSnapshot, instant } from "#domain/incident/schemas.ts";
import { recheckTimer } from "#domain/events/follow-ups.ts";
import { combineCounts, endPages, endRecheckWhenQuiet } from "#domain/events/state-changes.ts";
import { describeStormServices, extendStorm } from "#domain/incident/storm-state.ts";
import { localClock, richText } from "#domain/values/rich-text.ts";
import { forgetTakenIn, leavePages, rememberTakenIn, withoutWork } from "#domain/incident/merged-parts.ts";
import { incidentId, PRIORITIES } from "#domain/values/language.ts";

// What the alerts of an incident do.

/** `count` alerts began to fire; `added` of them had never belonged to this incident. */
export const alertsFired = defineEvent(
  "alerts.fired",
  { count: z.number(), added: z.number(), again: z.boolean(), earliestStart: instant, alerts: AlertSnapshots },
  {
    evolve: (before, { data }) => ({
      ...before,
      detectedAt: Math.min(before.detectedAt, data.earliestStart),
      alerts: { ...before.alerts, total: before.alerts.total + data.added, firing: before.alerts.firing + data.count },
    }),
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data }) =>
      `${countedNoun(data.count, "alert")} ${data.again ? "reported as firing again" : "firing"}: ${someSummaries(data.alerts)}${doubtedStarts(data.alerts)}`,
    kinds: ["alerts"],
    feed: "🔔",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: "condensed",
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);

export const alertsFlapped = defineEvent(
  "alerts.flapped",
  { count: z.number(), alerts: AlertSnapshots },
  {
    evolve: (before, { data }) => ({
      ...before,
      alerts: { ...before.alerts, flaps: before.alerts.flaps + data.count },
    }),
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data }) =>
      `${countedNoun(data.count, "alert")} stopped and started again: ${someSummaries(data.alerts)}`,
    kinds: ["alerts"],
    feed: null,
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: "condensed",
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);

export const alertsResolved = defineEvent(
  "alerts.resolved",
  { count: z.number(), alerts: AlertSnapshots },
  {
    evolve: (before, { data }) =>
      endRecheckWhenQuiet({
        ...before,
        alerts: { ...before.alerts, firing: Math.max(0, before.alerts.firing - data.count) },
      }),
    effects: noConsequences,
    timers: recheckTimer,
    describe: ({ data }) => `${countedNoun(data.count, "alert")} resolved: ${someSummaries(data.alerts)}`,
    kinds: ["alerts"],
    feed: "🔕",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: "condensed",
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: true,
    undo: null,
  },
);

/** Alerts that still counted as firing here began to fire again in another incident. */
export const alertsMoved = defineEvent(
  "alerts.moved",
  { count: z.number(), to: z.number() },
  {
    evolve: (before, { data }) =>
      endRecheckWhenQuiet({
        ...before,
        alerts: { ...before.alerts, firing: Math.max(0, before.alerts.firing - data.count) },
      }),
    effects: noConsequences,
    timers: recheckTimer,
    describe: ({ data }) => `${countedNoun(data.count, "alert")} went on firing as ${incidentId(data.to)}`,
    kinds: ["alerts"],
    feed: null,
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: "condensed",
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);

/** Alerts are stale: their source should have repeated them and did not, so it is unknown whether they still fire. */
export const alertsStale = defineEvent(
  "alerts.unheard",
  { count: z.number(), since: instant },
  {
    evolve: unchangedState,
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data }) =>
      richText`No news of ${countedNoun(data.count, "alert")} since ${localClock(data.since)}: check the source. Auto-resolve waits until it reports again`,
    kinds: ["alerts"],
    feed: "❓",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);

/** Alerts came from another incident in a merge, or its undoing. */
export const alertsAbsorbed = defineEvent(
  "alerts.absorbed",
  {
    from: z.number(),
    alerts: AlertCountsSchema,
    /** They had been ours before. */
    back: z.literal(true).exactOptional(),
    /** The priority of the incident that they come from; absent in what an earlier version stored. */
    priority: z.enum(PRIORITIES).exactOptional(),
  },
  {
    evolve: (before, { data, recordedAt }) => ({
      ...before,
      alerts: combineCounts(before.alerts, data.alerts, 1),
      takenIn: data.back === true ? before.takenIn : rememberTakenIn(before, data, recordedAt),
    }),
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data, actor }) =>
      data.back === true
        ? `${countedNoun(data.alerts.total, "alert")} came back from ${incidentId(data.from)}`
        : `${actor.name} merged ${incidentId(data.from)} into this incident${data.alerts.total === 0 ? "" : `, with ${countedNoun(data.alerts.total, "alert")}`}`,
    kinds: ["alerts"],
    feed: "🔗",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: "with its command",
  },
);

export const alertsReturned = defineEvent(
  "alerts.returned",
  {
    to: z.number(),
    alerts: AlertCountsSchema,
    /** Keys of the pages that go with them. */
    pages: z.array(z.string()).exactOptional(),
    /** Teams that go with them: nothing of theirs is left here. */
    teams: z.array(z.string()).exactOptional(),
    /** The search for the incident's own team as it was before they came, and keys of the pages that were asked for since. */
    search: z.object({ state: EscalationSnapshot, ends: z.array(z.string()) }).exactOptional(),
    /** Since when it is mitigated, which only those alerts had revoked. */
    mitigated: instant.exactOptional(),
  },
  {
    evolve: (before, { data }) =>
      endRecheckWhenQuiet({
        ...before,
        ...withoutWork(before, data.to),
        alerts: combineCounts(before.alerts, data.alerts, -1),
        ...(data.search === undefined ? {} : { escalation: data.search.state }),
        pages: endPages(leavePages(before.pages, data.pages ?? [], data.to), data.search?.ends ?? []),
        teamEscalations: Object.fromEntries(
          Object.entries(before.teamEscalations).filter(([team]) => data.teams?.includes(team) !== true),
        ),
        takenIn: forgetTakenIn(before.takenIn, data.to, data.mitigated !== undefined),
        ...(data.mitigated === undefined ? {} : { status: "mitigated", mitigatedAt: data.mitigated }),
      }),
    effects: (_, { data }) => (data.search?.ends ?? []).map((key) => ({ type: "page.withdraw", key })),
    timers: recheckTimer,
    describe: ({ data, actor }) =>
      `${actor.name} unmerged ${incidentId(data.to)}${data.alerts.total === 0 ? "" : `; ${countedNoun(data.alerts.total, "alert")} went back to it`}${data.mitigated === undefined ? "" : ". What is left is mitigated"}`,
    kinds: ["alerts"],
    feed: "🔗",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);

/** What would have been so many incidents was taken in. */
export const stormGathered = defineEvent(
  "storm.gathered",
  {
    count: z.number(),
    services: z.record(z.string(), z.number()),
    until: instant,
    recent: z.array(instant),
    /** Teams that are paged for it. */
    paged: z.array(z.string()),
  },
  {
    evolve: (before, { data, recordedAt }) => ({ ...before, storm: extendStorm(before.storm, data, recordedAt) }),
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data }) =>
      `${data.count} more ${data.count === 1 ? "incident" : "incidents"} held back by the storm: ${describeStormServices(data)}`,
    kinds: ["alerts"],
    feed: "🌩️",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);

/** `hidden` members of a group were left out of its latest delivery; 0 when the list is complete again. */
export const deliveryTruncated = defineEvent(
  "delivery.truncated",
  { group: z.string(), hidden: z.number() },
  {
    evolve: (before, { data }) => {
      const { [data.group]: _, ...others } = before.truncated;
      return { ...before, truncated: data.hidden === 0 ? others : { ...others, [data.group]: data.hidden } };
    },
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data }) =>
      data.hidden === 0
        ? "The sender lists the whole group again"
        : `The sender left ${countedNoun(data.hidden, "alert")} out of its message: silence proves nothing until the list is whole again`,
    kinds: ["alerts"],
    feed: null,
    refreshes: true,
    logged: false,
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
