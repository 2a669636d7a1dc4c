import { z } from "zod";
import {
  defineEvent,
  unchangedState,
  noConsequences,
  type EventAnswers,
  type EventDefinition,
  type EventOf,
  waitsForHolder,
  waitsForNoOne,
} from "#domain/events/event-definition.ts";
import { instant } from "#domain/incident/schemas.ts";
import { type Incident } from "#domain/incident/incident.ts";
import { formatDuration } from "#domain/values/duration.ts";
import { localClock, richText } from "#domain/values/rich-text.ts";
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

/** What all events of runs answer alike so far; each takes it by its own words, and answers otherwise behind it. */
const RUN_ANSWERS = {
  evolve: unchangedState,
  effects: runCardEffects,
  timers: noConsequences,
  kinds: ["runs"],
  refreshes: true,
  logged: false,
  inReply: true,
  inTimeline: true,
  inPostmortem: true,
  updateSla: null,
  waitsFor: waitsForNoOne,
  wakesRuns: false,
  undo: null,
} as const;

type RunAnswers<E extends { readonly data: object }> = EventAnswers<E> & {
  /** Whether a person must do something now: then it is also reported where a merged incident goes on. */
  callsPeople(fact: Pick<E, "data">): boolean;
};

type OfRunShape<S extends z.ZodRawShape> = typeof ofRun & S;
type RunEventDefinition<T extends string, S extends z.ZodRawShape> = EventDefinition<T, OfRunShape<S>> &
  RunAnswers<EventOf<T, OfRunShape<S>>>;

/** Defines an event of a run: each names its run, and has one answer more. */
function defineRunEvent<const T extends string, S extends z.ZodRawShape>(
  type: T,
  shape: S,
  answers: RunAnswers<EventOf<NoInfer<T>, OfRunShape<NoInfer<S>>>>,
): RunEventDefinition<T, S> {
  return { ...defineEvent<T, OfRunShape<S>>(type, { ...ofRun, ...shape }, answers), ...answers };
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
export const runSuggested = defineRunEvent(
  "run.suggested",
  { says: z.string() },
  {
    ...RUN_ANSWERS,
    describe: ({ data }) => `${nameRun(data)} looked: ${data.says}`,
    feed: null,
    rewritesPostmortem: false,
    callsPeople: () => false,
  },
);

/** People are asked to approve a step. */
export const runRequested = defineRunEvent(
  "run.requested",
  { step: z.string(), why: z.string(), from: z.array(z.string()), count: z.number(), until: instant },
  {
    ...RUN_ANSWERS,
    describe: ({ data }) =>
      richText`${nameRun(data)} asks to ${data.step}, because ${data.why}: ${data.from.join(", ") || "anybody"} may approve until ${localClock(data.until)}${data.count > 1 ? `, ${data.count} people` : ""}`,
    feed: "🙋",
    rewritesPostmortem: false,
    waitsFor: waitsForHolder,
    callsPeople: () => false,
  },
);

export const runApproved = defineRunEvent(
  "run.approved",
  { step: z.string(), left: z.number() },
  {
    ...RUN_ANSWERS,
    describe: ({ data, actor }) =>
      `${actor.name} approved ${data.step} of ${nameRun(data)}${data.left === 0 ? "" : `, ${data.left} more needed`}`,
    feed: "👍",
    rewritesPostmortem: false,
    callsPeople: () => false,
  },
);

export const runStarted = defineRunEvent(
  "run.started",
  { step: z.string(), what: z.string(), approvedBy: z.array(z.string()) },
  {
    ...RUN_ANSWERS,
    describe: ({ data }) =>
      `${nameRun(data)} began to change something: ${data.what}${data.approvedBy.length === 0 ? "" : `, approved by ${data.approvedBy.join(" and ")}`}`,
    feed: "🛠️",
    rewritesPostmortem: false,
    callsPeople: () => false,
  },
);

/** A step that changed something, and what that did to the measure. */
export const stepFinished = defineRunEvent(
  "step.finished",
  {
    step: z.string(),
    what: z.string(),
    effect: z.enum(MEASURED_EFFECTS),
    before: z.array(z.number().nullable()),
    after: z.array(z.number().nullable()),
  },
  {
    ...RUN_ANSWERS,
    describe: ({ data }) =>
      `${nameRun(data)} did ${data.step}: ${data.effect === "unknown" ? "nobody knows whether it helped" : data.effect}${measuredChange(data)}`,
    feed: "📏",
    rewritesPostmortem: true,
    callsPeople: () => false,
  },
);

/** It has not helped in the time that its runbook gives it. */
export const runOverdue = defineRunEvent(
  "run.overdue",
  { after: z.number(), state: z.string(), page: z.string() },
  {
    ...RUN_ANSWERS,
    describe: ({ data }) =>
      `${nameRun(data)} has not helped within ${formatDuration(data.after)} (${data.state.replace("-", " for ")}): ${data.page} is paged`,
    feed: "⏰",
    rewritesPostmortem: false,
    waitsFor: waitsForHolder,
    callsPeople: () => true,
  },
);

export const runUnknown = defineRunEvent(
  "run.unknown",
  { step: z.string(), reason: z.string() },
  {
    ...RUN_ANSWERS,
    describe: ({ data }) =>
      `${nameRun(data)} does not know whether ${data.step} happened (${data.reason}): say so, nothing is done until then`,
    feed: "❓",
    rewritesPostmortem: false,
    waitsFor: waitsForHolder,
    callsPeople: () => true,
  },
);

/** A person answered whether a step happened. */
export const runSettled = defineRunEvent(
  "run.settled",
  { step: z.string(), answer: z.enum(["happened", "again", "stop"]) },
  {
    ...RUN_ANSWERS,
    describe: ({ data, actor }) => `${actor.name} says of ${data.step} in ${nameRun(data)}: ${ANSWERS[data.answer]}`,
    feed: "🗳️",
    rewritesPostmortem: false,
    callsPeople: () => true,
  },
);

export const runSucceeded = defineRunEvent(
  "run.succeeded",
  { says: z.string() },
  {
    ...RUN_ANSWERS,
    describe: ({ data }) => `${nameRun(data)} helped, and that is verified: ${data.says}`,
    feed: "✅",
    rewritesPostmortem: true,
    callsPeople: () => false,
  },
);

/** `page`: whom to page for it, null for no one. */
export const runFailed = defineRunEvent(
  "run.failed",
  { reason: z.string(), page: z.string().nullable() },
  {
    ...RUN_ANSWERS,
    describe: ({ data }) => `${nameRun(data)} did not help: ${data.reason}`,
    feed: "⚠️",
    rewritesPostmortem: true,
    waitsFor: waitsForHolder,
    callsPeople: ({ data }) => data.page !== null,
  },
);

export const runCanceled = defineRunEvent(
  "run.canceled",
  { reason: z.string() },
  {
    ...RUN_ANSWERS,
    describe: ({ data }) => `${nameRun(data)} was stopped: ${data.reason}`,
    feed: "🛑",
    rewritesPostmortem: true,
    callsPeople: () => false,
  },
);
