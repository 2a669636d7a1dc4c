import { z } from "zod";
import { defineEvent, unchangedState, noConsequences } from "#domain/events/event-definition.ts";
import { instant } from "#domain/incident/schemas.ts";
import { type Incident } from "#domain/incident/incident.ts";
import { formatDuration } from "#domain/values/duration.ts";
import { formatUtcTime } from "#domain/values/instant.ts";
import { runId } from "#domain/automation/run.ts";
import { formatMeasuredValue } from "#domain/automation/run-text.ts";
import { MEASURED_EFFECTS } from "#domain/automation/run-verification.ts";
import type { Effect } from "#domain/effects/effect-registry.ts";

// What an incident learns of its runs. All are shown in the run's card, and change nothing of the incident's state.

const ofRun = { run: z.number(), runbook: z.string() };
type OfRun = { readonly run: number; readonly runbook: string };

const ANSWERS = { happened: "it happened", again: "it did not happen, run it", stop: "stop" };

function nameRun({ run, runbook }: OfRun): string {
  return `${runId(run)} (${runbook})`;
}

function runCardEffects(_: Incident, { data }: { readonly data: OfRun }): readonly Effect[] {
  return [{ type: "chat.run", run: data.run }];
}

function measuredChange({
  before,
  after,
}: {
  readonly before: readonly (number | null)[];
  readonly after: readonly (number | null)[];
}): string {
  const some = before.map(
    (previous, i) => `${formatMeasuredValue(previous)} → ${formatMeasuredValue(after[i] ?? null)}`,
  );
  return some.length === 0 ? "" : ` (${some.join(", ")})`;
}

/** The diagnosis is there, and nothing was changed. */
export const runSuggested = defineEvent(
  "run.suggested",
  { ...ofRun, says: z.string() },
  {
    evolve: unchangedState,
    effects: runCardEffects,
    timers: noConsequences,
    describe: ({ data }) => `${nameRun(data)} looked: ${data.says}`,
    kinds: ["runs"],
    feed: null,
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

/** People are asked to approve a step. */
export const runRequested = defineEvent(
  "run.requested",
  { ...ofRun, step: z.string(), why: z.string(), from: z.array(z.string()), count: z.number(), until: instant },
  {
    evolve: unchangedState,
    effects: runCardEffects,
    timers: noConsequences,
    describe: ({ data }) =>
      `${nameRun(data)} asks to ${data.step}, because ${data.why}: ${data.from.join(", ") || "anybody"} may approve until ${formatUtcTime(data.until)} UTC${data.count > 1 ? `, ${data.count} people` : ""}`,
    kinds: ["runs"],
    feed: "🙋",
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

export const runApproved = defineEvent(
  "run.approved",
  { ...ofRun, step: z.string(), left: z.number() },
  {
    evolve: unchangedState,
    effects: runCardEffects,
    timers: noConsequences,
    describe: ({ data, actor }) =>
      `${actor.name} approved ${data.step} of ${nameRun(data)}${data.left === 0 ? "" : `, ${data.left} more needed`}`,
    kinds: ["runs"],
    feed: "👍",
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

export const runStarted = defineEvent(
  "run.started",
  { ...ofRun, step: z.string(), what: z.string(), approvedBy: z.array(z.string()) },
  {
    evolve: unchangedState,
    effects: runCardEffects,
    timers: noConsequences,
    describe: ({ data }) =>
      `${nameRun(data)} began to change something: ${data.what}${data.approvedBy.length === 0 ? "" : `, approved by ${data.approvedBy.join(" and ")}`}`,
    kinds: ["runs"],
    feed: "🛠️",
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

/** A step that changed something, and what that did to the measure. */
export const stepFinished = defineEvent(
  "step.finished",
  {
    ...ofRun,
    step: z.string(),
    what: z.string(),
    effect: z.enum(MEASURED_EFFECTS),
    before: z.array(z.number().nullable()),
    after: z.array(z.number().nullable()),
  },
  {
    evolve: unchangedState,
    effects: runCardEffects,
    timers: noConsequences,
    describe: ({ data }) =>
      `${nameRun(data)} did ${data.step}: ${data.effect === "unknown" ? "nobody knows whether it helped" : data.effect}${measuredChange(data)}`,
    kinds: ["runs"],
    feed: "📏",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: true,
    updateSla: null,
    wakesRuns: false,
    undo: null,
  },
);

/** It has not helped in the time that its runbook gives it. */
export const runOverdue = defineEvent(
  "run.overdue",
  { ...ofRun, after: z.number(), state: z.string(), page: z.string() },
  {
    evolve: unchangedState,
    effects: runCardEffects,
    timers: noConsequences,
    describe: ({ data }) =>
      `${nameRun(data)} has not helped within ${formatDuration(data.after)} (${data.state.replace("-", " for ")}): ${data.page} is paged`,
    kinds: ["runs"],
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

export const runUnknown = defineEvent(
  "run.unknown",
  { ...ofRun, step: z.string(), reason: z.string() },
  {
    evolve: unchangedState,
    effects: runCardEffects,
    timers: noConsequences,
    describe: ({ data }) =>
      `${nameRun(data)} does not know whether ${data.step} happened (${data.reason}): say so, nothing is done until then`,
    kinds: ["runs"],
    feed: "❓",
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

/** A person answered whether a step happened. */
export const runSettled = defineEvent(
  "run.settled",
  { ...ofRun, step: z.string(), answer: z.enum(["happened", "again", "stop"]) },
  {
    evolve: unchangedState,
    effects: runCardEffects,
    timers: noConsequences,
    describe: ({ data, actor }) => `${actor.name} says of ${data.step} in ${nameRun(data)}: ${ANSWERS[data.answer]}`,
    kinds: ["runs"],
    feed: "🗳️",
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

export const runSucceeded = defineEvent(
  "run.succeeded",
  { ...ofRun, says: z.string() },
  {
    evolve: unchangedState,
    effects: runCardEffects,
    timers: noConsequences,
    describe: ({ data }) => `${nameRun(data)} helped, and that is verified: ${data.says}`,
    kinds: ["runs"],
    feed: "✅",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: true,
    updateSla: null,
    wakesRuns: false,
    undo: null,
  },
);

/** `page`: whom to page for it, null for no one. */
export const runFailed = defineEvent(
  "run.failed",
  { ...ofRun, reason: z.string(), page: z.string().nullable() },
  {
    evolve: unchangedState,
    effects: runCardEffects,
    timers: noConsequences,
    describe: ({ data }) => `${nameRun(data)} did not help: ${data.reason}`,
    kinds: ["runs"],
    feed: "⚠️",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: true,
    updateSla: null,
    wakesRuns: false,
    undo: null,
  },
);

export const runCanceled = defineEvent(
  "run.canceled",
  { ...ofRun, reason: z.string() },
  {
    evolve: unchangedState,
    effects: runCardEffects,
    timers: noConsequences,
    describe: ({ data }) => `${nameRun(data)} was stopped: ${data.reason}`,
    kinds: ["runs"],
    feed: "🛑",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: true,
    updateSla: null,
    wakesRuns: false,
    undo: null,
  },
);
