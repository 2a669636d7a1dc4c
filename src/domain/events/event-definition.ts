import { z } from "zod";
import type { Effect } from "#domain/effects/effect-registry.ts";
import type { TimerChange } from "#domain/incident/timer-change.ts";
import type { ImportedMessage } from "#domain/incident/schemas.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { RestorablePart } from "#domain/incident/restorable-parts.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { Actor, Instant, Milestone, Person } from "#domain/values/language.ts";
import type { TextLike } from "#domain/values/rich-text.ts";
import type { TimelineKind } from "./timeline-kind.ts";

/** Where the proof of an event is: the stored command it came from, and a link where one exists. */
export type Evidence = { readonly command: string; readonly permalink: string | null };

/**
 * The fields of every event. `at` is when it happened, `recordedAt` when Muster recorded it; both are instants in ms.
 */
export type EventEnvelope = {
  readonly seq: number;
  readonly at: Instant;
  readonly recordedAt: Instant;
  readonly actor: Actor;
  readonly evidence: Evidence;
};

type ReadonlyFields<T> = { readonly [K in keyof T]: T[K] extends (infer U)[] ? readonly U[] : T[K] };

/** The data of an event, by its schema, read-only. */
export type EventData<S extends z.ZodRawShape> = ReadonlyFields<z.output<z.ZodObject<S>>>;

/** One event of a type, with its data. */
export type EventOf<T extends string, S extends z.ZodRawShape> = EventEnvelope & {
  readonly type: T;
  readonly data: EventData<S>;
};

/** Any event, for code that treats all alike. */
export type AnyEvent = EventEnvelope & { readonly type: string; readonly data: object };

/**
 * How an event is undone when it came from a person's verb.
 * null: it cannot be, and hides no earlier one that can
 * final: nothing before it that it may have built on can be undone; answers why it cannot be itself · "undoes": it takes a
 * verb back
 * "with its command": the command is taken back elsewhere (a merge: in the one that ended), and nothing that it led to here
 * restores: the fields that it changed, or the entries of fields that several people work on
 * milestone: the one that it sets; when taking it back leaves none, this event never was, for all figures
 * strikes: it wrote something, which is struck out
 * answers: the keys of the pages that it answered, which wait for an answer again
 * withdraws: the key of the page that it asked for, when that page belongs to the verb
 */
export type UndoRule<E> =
  | null
  | "with its command"
  | "undoes"
  | { final(event: E): string }
  | {
      restores(event: E, before: Incident): readonly RestorablePart[];
      readonly milestone: Milestone | null;
      readonly strikes?: true;
      answers?(event: E): readonly string[];
    }
  | { withdraws(event: E, before: Incident): string | null };

/** A line of the timeline that shows a message of the channel. */
export type MessageLine = EventEnvelope & {
  readonly type: string;
  readonly data: { readonly channel: string; readonly message: ImportedMessage };
};

/** A message as the events before have left it: its line, null while it has none, and who marks it by id. */
export type KeptMessage = { readonly line: MessageLine | null; readonly markedBy: readonly string[] };

/** An event about a message of the channel. It shows as that message's line, or as what it changes there. */
export type MessageRule<E> = {
  /** Which message: that it is the same one is known by this key. */
  message(event: E): string;
  /** The message after it. */
  keep(before: KeptMessage, event: E): KeptMessage;
};

/** What waits for a person. */
export type WaitingMatter = {
  /** Those it is addressed to already; none: who has the incident, or is on call. */
  readonly people?: readonly Person[];
  /** The person who has the incident has not reacted. */
  readonly asleep?: boolean;
  /**
   * The other team that it concerns: it is for that team's people, and without a channel of the incident it is posted
   * in theirs.
   */
  readonly team?: string;
};

/** Every answer about one event. Each answer is required: a new event does not compile before all of them are given. */
export type EventAnswers<E> = {
  /** The incident after it. Events are facts: nothing is refused here. */
  evolve(before: Incident, event: E): Incident;
  /** The effects that follow, in the same transaction; `after` is the incident after all events of the command. */
  effects(after: Incident, event: E, policy: Policy): readonly Effect[];
  /** The timers that it sets or clears. */
  timers(after: Incident, event: E, policy: Policy): readonly TimerChange[];
  /** What happened, in one sentence: the line of the timeline, in plain words. Where a chat shows it, times are the reader's. */
  describe(event: E): TextLike;
  /** Under which kinds the timeline's filter finds it. */
  readonly kinds: readonly [TimelineKind, ...TimelineKind[]];
  /** The emoji of its line in the channel's feed; null: only the card and the timeline show it. */
  readonly feed: string | null;
  /** Whether the card, the topic and the announcements are brought up to date at once. */
  readonly refreshes: boolean;
  /** Whether the process logs it. */
  readonly logged: boolean;
  /** Whether it is part of the answer to its author. Routine consequences would only bury the rest. */
  readonly inReply: boolean;
  /** Whether the timeline shows it as a line of its own; of an event about a message, how it shows in the message. */
  readonly inTimeline: boolean | MessageRule<E>;
  /**
   * Whether a postmortem's timeline shows it; the API's timeline has the bookkeeping too. condensed: a message of
   * alerts; of many such in a row only the first and the last are shown.
   */
  readonly inPostmortem: boolean | "condensed";
  /** Whether the page of a postmortem reads differently afterwards. */
  readonly rewritesPostmortem: boolean;
  /**
   * The wait for the next update. starts: a new wait begins when it happened · moves: the wait is counted again from where it
   * was, by the plan · answered: a wait that ran out before anyone answered starts again · null: it stays as it is
   */
  readonly updateSla: "starts" | "moves" | "answered" | null;
  /**
   * What waits for a person after it: they are called where they are, with or without a channel of the incident's own. null:
   * nothing waits, and never after this event.
   */
  waitsFor(event: E, incident: Incident): WaitingMatter | null;
  /** Whether the runs of the incident look again at once: what they wait for may have happened, or they have lost their reason. */
  readonly wakesRuns: boolean;
  readonly undo: UndoRule<E>;
};

/** One event of the domain: its stored name, the schema of its data, and every answer about it. */
export type EventDefinition<T extends string, S extends z.ZodRawShape> = EventAnswers<EventOf<T, S>> & {
  readonly type: T;
  readonly data: z.ZodObject<S>;
  /** The schema of the fact as it is stored: the border of the database and of what effects report. */
  readonly stored: z.ZodObject<{ type: z.ZodLiteral<T>; data: z.ZodObject<S> }>;
};

/** Any definition, with its event's type forgotten. */
export type AnyEventDefinition = EventAnswers<AnyEvent> & { readonly type: string; readonly data: z.ZodObject };

/** Defines an event. `type` is stored and never changes; `shape` only grows, by fields that old rows may lack. */
export function defineEvent<const T extends string, S extends z.ZodRawShape>(
  type: T,
  shape: S,
  answers: EventAnswers<EventOf<NoInfer<T>, NoInfer<S>>>,
): EventDefinition<T, S> {
  const data = z.object(shape);
  return { type, data, stored: z.object({ type: z.literal(type), data }), ...answers };
}

/** For an event after which the incident waits for who has it. */
export function waitsForHolder(): WaitingMatter {
  return {};
}

/** What waits for the people of a team; none named: of the incident's own. */
export function matterOfTeam(team: string | null | undefined): WaitingMatter {
  return team == null ? {} : { team };
}

/** For an event after which nothing waits for a person. */
export function waitsForNoOne(): null {
  return null;
}

/** For an event that changes nothing of the state. */
export function unchangedState(before: Incident): Incident {
  return before;
}

/** For an event from which nothing follows: no effects, or no timers. */
export function noConsequences(): readonly never[] {
  return [];
}
