import { z } from "zod";
import { defineEvent, unchangedState, noConsequences } from "#domain/events/event-definition.ts";
import { updateTimer, watchingChannels } from "#domain/events/follow-ups.ts";
import { PersonSchema, instant } from "#domain/incident/schemas.ts";
import { updatesAfterPost, updatesAfterReminder } from "#domain/events/update-sla.ts";
import { formatUtcTime } from "#domain/values/instant.ts";
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
      `The update that was promised for ${formatUtcTime(data.due)} UTC is overdue: ${data.owed.name} was reminded`,
    kinds: ["people", "notes"],
    feed: "⏰",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
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
    evolve: (before, { data }) => ({ ...before, tasks: [...before.tasks, { ...data, doneAt: null }] }),
    effects: noConsequences,
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
    wakesRuns: false,
    undo: { restores: () => ["tasks"], milestone: null, strikes: true },
  },
);

export const taskDone = defineEvent(
  "task.done",
  { id: z.number() },
  {
    evolve: (before, { data, at }) => ({
      ...before,
      tasks: before.tasks.map((task) => (task.id === data.id ? { ...task, doneAt: at } : task)),
    }),
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data, actor }) => `Task ${data.id} is done, says ${actor.name}`,
    kinds: ["people", "tasks"],
    feed: "☑️",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: true,
    updateSla: null,
    wakesRuns: false,
    undo: { restores: () => ["tasks"], milestone: null },
  },
);
