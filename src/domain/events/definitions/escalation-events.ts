import { z } from "zod";
import { defineEvent, noConsequences, matterOfTeam, waitsForNoOne } from "#domain/events/event-definition.ts";
import { acknowledgementTimer, escalationTimer } from "#domain/events/follow-ups.ts";
import { answerBy, endPages, expirePages } from "#domain/events/state-changes.ts";
import { NO_ONE_ON_CALL, NO_STEP_LEFT, UNANSWERED_ESCALATION } from "#domain/incident/escalation-state.ts";
import { partOfEscalation } from "#domain/incident/restorable-parts.ts";
import { instant, PersonSchema } from "#domain/incident/schemas.ts";
import { answeredEscalation, changeEscalation, stoppedEscalation } from "#domain/incident/team-escalation.ts";
import { formatDuration, MINUTE_MS } from "#domain/values/duration.ts";
import { formatUtcTime } from "#domain/values/instant.ts";

// The search for someone of a team who has the incident: when it begins, goes on, ends and begins again.

/** The team whose escalation it is; absent: the incident's own. */
const TEAM = z.string().exactOptional();

function ofTeam({ team }: { readonly team?: string }): string {
  return team === undefined ? "" : ` for ${team}`;
}

/** "Eve escalated to Dan: no one answers", where a person did; the reason has their name in front. */
function describeEscalation(
  data: { readonly to: string; readonly reason: string; readonly team?: string },
  name: string,
) {
  const byPerson = `${name} escalates`;
  if (!data.reason.startsWith(byPerson)) return `Escalated${ofTeam(data)} to ${data.to}: ${data.reason}`;
  return `${name} escalated${ofTeam(data)} to ${data.to}${data.reason.slice(byPerson.length)}`;
}

/** What is due within this many ms happens now. */
const AT_ONCE_MS = MINUTE_MS / 10;

/** What happens next, by what "next" stores. */
function nextWords(to: string): string {
  if (to === NO_ONE_ON_CALL) return "looks again for someone on call";
  return to === NO_STEP_LEFT ? "calls everyone who was paged" : `pages ${to}`;
}

/** A team is needed: it is called, an alert of its own has joined, or its answer has expired. */
export const escalationStarted = defineEvent(
  "escalation.started",
  {
    team: TEAM,
    reason: z.string(),
    /** Who of it has answered already, in the incident that this one took in. */
    answered: PersonSchema.exactOptional(),
    /** Alerts of the team begin it: it ends with them. Absent: someone asks for the team. */
    alerts: z.literal(true).exactOptional(),
  },
  {
    evolve: (before, event) => {
      const { team = null, answered, alerts } = event.data;
      const started = changeEscalation({ ...before, pages: expirePages(before, team) }, team, () => ({
        ...UNANSWERED_ESCALATION,
        ...(alerts === true ? { ofAlerts: true } : {}),
      }));
      return answered === undefined
        ? started
        : changeEscalation(started, team, (escalation) =>
            answeredEscalation(escalation, { ...answerBy(before, event, null), by: answered }),
          );
    },
    effects: noConsequences,
    timers: (after) => [escalationTimer(after), ...acknowledgementTimer(after)],
    describe: ({ data: { team = "The incident's own team", reason, answered } }) =>
      answered === undefined
        ? `${team} is needed: ${reason}`
        : `${team} is needed, and ${answered.name} has it: ${reason}`,
    kinds: ["pages"],
    feed: "📣",
    refreshes: true,
    logged: true,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: { restores: ({ data }) => [partOfEscalation(data.team ?? null)], milestone: null },
  },
);

/** Every alert of another team resolved, while others fire on: no one of that team is looked for any longer. */
export const escalationEnded = defineEvent(
  "escalation.ended",
  {
    team: z.string(),
    /** Keys of its pages, which end with it. */
    pages: z.array(z.string()),
    /** Who has it and keeps it: only what was new has ended. */
    answered: PersonSchema.exactOptional(),
  },
  {
    evolve: (before, { data: { team, pages, answered } }) => {
      if (answered !== undefined) return changeEscalation(before, team, stoppedEscalation);
      const { [team]: _, ...teamEscalations } = before.teamEscalations;
      return {
        ...before,
        teamEscalations,
        pages: endPages(before.pages, pages),
      };
    },
    effects: (_, { data }) => data.pages.map((key) => ({ type: "page.withdraw", key })),
    timers: (after) => [escalationTimer(after), ...acknowledgementTimer(after)],
    describe: ({ data: { team, answered } }) =>
      answered === undefined
        ? `All alerts of ${team} resolved: no one of ${team} is paged any longer`
        : `All alerts of ${team} resolved: ${answered.name} still has it`,
    kinds: ["pages"],
    feed: "🔕",
    refreshes: true,
    logged: true,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: { restores: ({ data }) => [partOfEscalation(data.team)], milestone: null },
  },
);

/**
 * Something new fires in an incident that someone has: they are notified, and it counts as unanswered until there is
 * activity.
 */
export const attentionRequested = defineEvent(
  "attention.requested",
  {
    /** Who has it; null: it is not known. */
    to: PersonSchema.nullable(),
    reason: z.string(),
    team: TEAM,
  },
  {
    evolve: (before, { data, recordedAt }) =>
      changeEscalation(before, data.team ?? null, (escalation) => ({
        ...escalation,
        unseenSince: escalation.unseenSince ?? recordedAt,
      })),
    effects: (_, { data: { to }, seq }) =>
      to === null ? [] : [{ type: "chat.direct", to, about: { kind: "attention" }, seq }],
    timers: noConsequences,
    describe: ({ data }) =>
      `New alerts fire${ofTeam(data)}${data.to === null ? "" : `; messaged ${data.to.name}`}: ${data.reason}`,
    kinds: ["alerts", "pages"],
    feed: "👉",
    refreshes: true,
    logged: false,
    inReply: false,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: ({ data }) => ({ people: data.to === null ? [] : [data.to], ...matterOfTeam(data.team) }),
    wakesRuns: false,
    undo: null,
  },
);

/** There was activity: the acknowledgement holds until then. */
export const acknowledgementExtended = defineEvent(
  "acknowledgement.extended",
  {
    until: instant,
    /** Whose answer; absent: that of the incident's own team. */
    team: z.string().exactOptional(),
  },
  {
    evolve: (before, { data: { until, team }, recordedAt }) => {
      // Activity that is dated ahead is of before the clock was set back; from here on it counts from now.
      const { heardAt: lastActiveAt } = before;
      const after = { ...before, heardAt: lastActiveAt === null ? null : Math.min(lastActiveAt, recordedAt) };
      const changed = changeEscalation(after, team ?? null, ({ answered, ...rest }) => {
        if (answered === null) return { ...rest, answered };
        // The end of the own answer is kept with the incident.
        const end = team === undefined ? {} : { until };
        return { ...rest, answered: { ...answered, ...end, at: Math.min(answered.at, recordedAt) } };
      });
      return team === undefined ? { ...changed, ackUntil: until } : changed;
    },
    effects: noConsequences,
    timers: (after) => acknowledgementTimer(after),
    describe: ({ data }) => `Activity: the acknowledgement holds until ${formatUtcTime(data.until)} UTC`,
    kinds: ["pages"],
    feed: null,
    refreshes: false,
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

export const escalationArmed = defineEvent(
  "escalation.armed",
  { step: z.number(), to: z.string(), due: instant, team: TEAM },
  {
    evolve: (before, { data }) =>
      changeEscalation(before, data.team ?? null, ({ unstaffed, ...escalation }) => ({
        ...escalation,
        // A step was paged: someone is there.
        ...(unstaffed === undefined || data.step > 0 ? {} : { unstaffed }),
        step: data.step,
        next: { to: data.to, at: data.due },
      })),
    effects: noConsequences,
    timers: (after) => [escalationTimer(after)],
    describe: ({ data, at }) =>
      data.due - at < AT_ONCE_MS
        ? `Next${ofTeam(data)}: ${nextWords(data.to)} now`
        : `Next${ofTeam(data)}: ${nextWords(data.to)} at ${formatUtcTime(data.due)} UTC (in ${formatDuration(data.due - at)}) unless someone acknowledges`,
    kinds: ["pages"],
    feed: null,
    refreshes: true,
    logged: false,
    inReply: false,
    inTimeline: true,
    inPostmortem: false,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);

export const escalationAdvanced = defineEvent(
  "escalation.advanced",
  { step: z.number(), to: z.string(), reason: z.string(), team: TEAM },
  {
    evolve: (before, { data }) =>
      changeEscalation(before, data.team ?? null, (escalation) => ({ ...escalation, step: data.step, next: null })),
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data, actor }) => describeEscalation(data, actor.name),
    kinds: ["pages"],
    feed: "⏫",
    refreshes: true,
    logged: true,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: { final: ({ data }) => `An escalation cannot be undone: ${data.to} was paged.` },
  },
);

export const escalationExhausted = defineEvent(
  "escalation.exhausted",
  {
    reason: z.string(),
    team: TEAM,
    /** The people of its steps, who are called where they see it; absent in what an earlier version stored. */
    people: z.array(PersonSchema).exactOptional(),
  },
  {
    evolve: (before, { data }) =>
      changeEscalation(before, data.team ?? null, (escalation) => ({
        ...escalation,
        step: 0,
        next: null,
        rounds: escalation.rounds + 1,
      })),
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data }) => `No one is left to page${ofTeam(data)}: ${data.reason}`,
    kinds: ["pages"],
    feed: "⚠️",
    refreshes: true,
    logged: true,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: ({ data }) => ({ asleep: true, people: data.people ?? [], ...matterOfTeam(data.team) }),
    wakesRuns: false,
    undo: null,
  },
);
