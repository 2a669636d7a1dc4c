import { incidentId } from "#domain/values/language.ts";
import { definitionOf, type Event } from "./event-registry.ts";
import { describeEvents } from "./timeline.ts";

/**
 * applied: something changed. refused: nothing did, for a reason that the person who asked can act on. failed: the
 * command could not be decided and was put aside. unchanged: it is already as requested, or it was only a question.
 */
export type OutcomeKind = "applied" | "refused" | "failed" | "unchanged";

/** An event that a command caused. A merge, and a delivery of alerts, cause events of several incidents. */
export type CausedEvent = { readonly incident: number; readonly seq: number; readonly type: string };

/** The outcome of a command, stored beside it: a later reader needs no parsing of sentences. */
export type CommandOutcome = {
  readonly kind: OutcomeKind;
  /** For the author, without markup; empty when no person did it. */
  readonly text: string;
  /** The incident it was about, or the one it opened. */
  readonly incident: number | null;
  readonly events: readonly CausedEvent[];
  /** The number of the override or silence that it began or ended. */
  readonly number: number | null;
};

/** The state of a command while its author waits: `pending` when it is stored and not decided yet. */
export type CommandAnswer = Omit<CommandOutcome, "kind"> & { readonly kind: OutcomeKind | "pending" };

/** The answer when a command takes longer than anyone waits. */
export const PENDING_ANSWER: CommandAnswer = {
  kind: "pending",
  text: "Stored; it will be done in a moment.",
  incident: null,
  events: [],
  number: null,
};

/** Whether the answer is no. */
export function isDeclined({ kind }: Pick<CommandAnswer, "kind">): boolean {
  return kind === "refused" || kind === "failed";
}

export function refusedOutcome(
  text: string,
  incident: number | null,
  events: readonly CausedEvent[] = [],
): CommandOutcome {
  return { kind: "refused", text, incident, events, number: null };
}

export function failedOutcome(reason: string): CommandOutcome {
  return { kind: "failed", text: reason, incident: null, events: [], number: null };
}

export function unchangedOutcome(incident: number | null): CommandOutcome {
  return { kind: "unchanged", text: "Nothing to change.", incident, events: [], number: null };
}

/** What a command did to one incident, in the words of its events. `caused`: all events, when it changed another incident too. */
export function appliedOutcome(
  incident: number,
  events: readonly Event[],
  caused: readonly CausedEvent[] = causedEvents(incident, events),
): CommandOutcome {
  const [first] = events;
  if (first === undefined) return unchangedOutcome(incident);
  // An opening names its incident itself.
  const about = first.type === "incident.opened" ? "" : `${incidentId(incident)}: `;
  // What the timeline does not show is bookkeeping: it is the answer only where nothing else is.
  const shown = events.filter((event) => definitionOf(event).inTimeline !== false);
  const text = `${about}${describeEvents(shown.length === 0 ? events : shown)}`;
  return { kind: "applied", text, incident, events: caused, number: null };
}

export function causedEvents(incident: number, events: readonly Event[]): readonly CausedEvent[] {
  return events.map(({ seq, type }) => ({ incident, seq, type }));
}

const WEIGHT: Readonly<Record<OutcomeKind, number>> = { unchanged: 0, applied: 1, refused: 2, failed: 3 };

/** What several commands of one request came to: the answer is no as soon as one of them was declined. */
export function combineOutcomes(outcomes: readonly [CommandOutcome, ...CommandOutcome[]]): CommandOutcome {
  const [first, ...more] = outcomes;
  return more.reduce(
    (all, next) => ({
      kind: WEIGHT[next.kind] > WEIGHT[all.kind] ? next.kind : all.kind,
      text: [all.text, next.text].filter((text) => text !== "").join("\n"),
      incident: all.incident ?? next.incident,
      events: [...all.events, ...next.events],
      number: all.number ?? next.number,
    }),
    first,
  );
}
