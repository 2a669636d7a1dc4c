import { z } from "zod";
import { defineEvent, unchangedState, noConsequences, waitsForNoOne } from "#domain/events/event-definition.ts";
import { updateTimer, watchingChannels } from "#domain/events/follow-ups.ts";
import { PersonSchema, instant } from "#domain/incident/schemas.ts";
import { updatesAfterPost, updatesAfterReminder } from "#domain/events/update-sla.ts";
import { isOwn } from "#domain/events/wording.ts";
import { formatUtcTime } from "#domain/values/instant.ts";
import { localClock, richText } from "#domain/values/rich-text.ts";
import { AUDIENCES, TASK_KINDS } from "#domain/values/language.ts";

// What people write down: notes, updates, tasks.

export const noteAdded = defineEvent(
  "note.added",
  { text: z.string() },
  {
    evolve: unchangedState,
    effects: // People who were paged read it there too.
      (after, { actor, seq }) =>
        actor.kind === "person" && after.pages.some(({ sentAt }) => sentAt !== null)
          ? [{ type: "page.annotate", seq }]
          : [],
    timers: noConsequences,
    describe: ({ data, actor }) => `${actor.name}: ${data.text}`,
    kinds: ["people", "notes"],
    feed: "📝",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: true,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: { restores: () => [], milestone: null, strikes: true },
  },
);

export const updatePosted = defineEvent(
  "update.posted",
  { text: z.string(), audience: z.enum(AUDIENCES) },
  {
    evolve: (before, { at }) => ({ ...before, updates: updatesAfterPost(before, at) }),
    effects: (after, { seq }, policy) =>
      watchingChannels(after, policy).map((channel) => ({ type: "chat.relay", channel, seq })),
    timers: (after) => [updateTimer(after)],
    describe: ({ data, actor }) =>
      `${data.audience === "customer" ? "Customers were told" : "Update"} by ${actor.name}: ${data.text}`,
    kinds: ["people", "notes"],
    feed: "📣",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: true,
    updateSla: "starts",
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: { restores: () => ["updates"], milestone: null, strikes: true },
  },
);

export const updateOverdue = defineEvent(
  "update.overdue",
  { due: instant, owed: PersonSchema, reminder: z.number() },
  {
    evolve: (before, { data, recordedAt }) => ({
      ...before,
      updates: updatesAfterReminder(before, data.reminder, recordedAt),
    }),
    effects: (_, { data, seq }) => [{ type: "chat.direct", to: data.owed, about: { kind: "update-owed" }, seq }],
    timers: (after) => [updateTimer(after)],
    describe: ({ data }) =>
      richText`The update due at ${localClock(data.due)} is overdue: ${data.owed.name} was reminded`,
    kinds: ["people", "notes"],
    feed: "⏰",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: ({ data }) => ({ people: [data.owed] }),
    wakesRuns: false,
    undo: null,
  },
);

export const taskAdded = defineEvent(
  "task.added",
  {
    id: z.number(),
    kind: z.enum(TASK_KINDS),
    text: z.string(),
    owner: PersonSchema.nullable(),
    due: z.string().nullable(),
  },
  {
    evolve: (before, { data }) => ({
      ...before,
      tasks: [...before.tasks, { ...data, doneAt: null }],
      lastTask: Math.max(before.lastTask, data.id),
    }),
    // A task of their own is no news.
    effects: (_, { data: { owner, id }, actor, seq }) =>
      owner === null || isOwn(owner, actor)
        ? []
        : [{ type: "chat.direct", to: owner, about: { kind: "task", task: id }, seq }],
    timers: noConsequences,
    describe: ({ data }) =>
      `${data.kind === "task" ? "Task" : "Follow-up"} ${data.id}: ${data.text}${data.owner === null ? "" : `, ${data.owner.name}`}${data.due === null ? "" : `, due ${data.due}`}`,
    kinds: ["people", "tasks"],
    feed: "☐",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: true,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: { restores: ({ data }) => [`tasks.${data.id}`], milestone: null, strikes: true },
  },
);

export const taskDone = defineEvent(
  "task.done",
  {
    id: z.number(),
    /** It will not be done: why, and by whom it was dropped. */
    dropped: z.string().exactOptional(),
  },
  {
    evolve: (before, { data: { id, dropped }, at }) => ({
      ...before,
      tasks: before.tasks.map((task) =>
        task.id === id ? { ...task, doneAt: at, ...(dropped === undefined ? {} : { dropped }) } : task,
      ),
    }),
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data, actor }) =>
      data.dropped === undefined
        ? `${actor.name} finished task ${data.id}`
        : `Task ${data.id} was dropped: ${data.dropped}`,
    kinds: ["people", "tasks"],
    feed: "☑️",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: true,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: { restores: ({ data }) => [`tasks.${data.id}`], milestone: null },
  },
);

/** Someone has seen a reminder and will act later: the next one comes at `until`. */
export const nudgeSnoozed = defineEvent(
  "nudge.snoozed",
  { until: instant, what: z.array(z.enum(["update", "command"])) },
  {
    evolve: (before, { data: { until, what } }) =>
      what.includes("update") ? { ...before, updates: { ...before.updates, remindAt: until } } : before,
    effects: noConsequences,
    timers: (after, { data: { until, what } }) => [
      ...(what.includes("update") ? [updateTimer(after)] : []),
      ...(what.includes("command") ? [{ timer: "command", at: until } as const] : []),
    ],
    describe: ({ data, actor }) => `${actor.name} snoozed reminders until ${formatUtcTime(data.until)} UTC`,
    kinds: ["people"],
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
