import type { PendingCommand } from "#db/commands.ts";
import type { EffectRequest } from "#db/effects.ts";
import type { StoredIncident } from "#db/incidents.ts";
import {
  decideArrangement,
  isArrangement,
  type ArrangementCommand,
} from "#domain/alerting/arrangements/arrangement-registry.ts";
import {
  decideCommand,
  recordsRefusal,
  type IncidentCommand,
  type SingleCommand,
} from "#domain/commands/command-registry.ts";
import type { SubmissionBody } from "#domain/commands/submission.ts";
import { decideDeclaration } from "#domain/commands/opening-decisions.ts";
import type { Effect } from "#domain/effects/effect-registry.ts";
import type { Declaration } from "#domain/incident/declaration.ts";
import type { Context } from "#domain/events/decision.ts";
import type { Delivery } from "#domain/deliveries/delivery.ts";
import { definitionOf } from "#domain/events/event-registry.ts";
import { isApiActor } from "#domain/values/api-actor.ts";
import { hasOwnChannel } from "#domain/incident/own-channel.ts";
import { incidentId } from "#domain/values/language.ts";
import { describeEvents } from "#domain/events/timeline.ts";
import {
  appliedOutcome,
  causedEvents,
  refusedOutcome,
  unchangedOutcome,
  type CausedEvent,
  type CommandOutcome,
} from "#domain/events/command-outcome.ts";
import { ingestDelivery } from "#domain/alerting/alert-ingestion.ts";
import { withUnanswered } from "#domain/paging/escalation-text.ts";
import type { WorkingSet } from "#engine/base/working-set.ts";
import type { CommandChanges } from "#engine/base/command-changes.ts";
import {
  appendEvents,
  combineAppended,
  requestEffect,
  type EventOrigin,
  type AppendedEvents,
} from "#engine/base/append-events.ts";
import { appendUnmerge, decideMerge, findMergeTarget, homeOfCommand, mergedElsewhereText } from "./merged-incidents.ts";

/** A pending command as it is understood: a delivery taken apart, or anything else. */
export type ParsedCommand = {
  readonly command: PendingCommand;
  readonly delivery: Delivery | null;
  readonly body: SubmissionBody;
};

/** What a command changes, and what it comes to. */
export type CommandResult = { readonly changes: CommandChanges; readonly outcome: CommandOutcome };

const NO_CHANGES: CommandChanges = { alerts: [], moves: [], marks: [], incidents: [], effects: [], arranged: [] };

/** Decides one command with what is in the working set, which it leaves as it was. */
export function applyCommand(
  { command, delivery, body }: ParsedCommand,
  unit: WorkingSet,
  ctx: Context,
  newId: () => string,
): CommandResult {
  const from: EventOrigin = { command, ctx };
  if (isArrangement(body)) return arrange(body, from);
  switch (body.type) {
    case "alerts.deliver":
      return ingest(unit, body.source, delivery!, from, newId);
    case "digest.due":
      return requestDigest(ctx, (channel) => ({ type: "chat.digest", channel, day: body.day }));
    case "week.due":
      return requestDigest(ctx, (channel) => ({ type: "chat.week", channel, day: body.day }));
    case "pager.event": {
      const effect = requestEffect({ type: "pager.read", id: body.id, raw: body.raw }, null, 1);
      return { changes: { ...NO_CHANGES, effects: [effect] }, outcome: silentOutcome([]) };
    }
    case "verb.asked":
      return { changes: NO_CHANGES, outcome: unchangedOutcome(null) };
    case "incident.declare":
      return declare(unit, body.declaration, from, newId);
    case "incident":
      return body.command.type === "incident.merge"
        ? merging(unit, body.incident, body.command, from)
        : toOne(unit, homeOfCommand(unit, body.incident, body.command), body.command, from);
  }
}

function ingest(
  unit: WorkingSet,
  source: string,
  delivery: Delivery,
  from: EventOrigin,
  newId: () => string,
): CommandResult {
  const { command, ctx } = from;
  const at = { source, seq: command.id, receivedAt: command.recordedAt.getTime() };
  const { alerts, marks, results } = ingestDelivery(unit, delivery, at, ctx);
  const records = results
    .filter(({ facts }) => facts.length > 0)
    .map(({ incident, facts }) =>
      appendEvents(incident === null ? { uid: newId(), state: null } : unit.incident(incident.number)!, facts, from),
    );
  return {
    changes: { ...NO_CHANGES, alerts, marks, ...combineAppended(records) },
    outcome: silentOutcome(causedBy(records)),
  };
}

function requestDigest({ policy }: Context, effect: (channel: string) => Effect): CommandResult {
  const channel = policy.channels.digest ?? policy.channels.incidents;
  return { changes: { ...NO_CHANGES, effects: [requestEffect(effect(channel), null, 4)] }, outcome: silentOutcome([]) };
}

function declare(unit: WorkingSet, declaration: Declaration, from: EventOrigin, newId: () => string): CommandResult {
  const { command, ctx } = from;
  const number = unit.nextNumber;
  const decision = decideDeclaration(number, declaration, String(command.id), ctx);
  if (!decision.ok) return refuseAll(command, decision.refusal);
  const opened = appendEvents({ uid: newId(), state: null }, decision.facts, from);
  const { incidents, effects } = combineAppended([opened]);
  const { priority, channelRequested } = incidents[0]!.stored.state;
  const next = channelRequested
    ? "You will be invited to its channel in a moment."
    : `A ${priority} gets no channel of its own.`;
  const replies = answer(command, number, `${incidentId(number)} is open as ${priority}. ${next}`);
  return {
    changes: { ...NO_CHANGES, incidents, effects: [...effects, ...replies] },
    outcome: appliedOutcome(number, opened.incident.events),
  };
}

function arrange(body: ArrangementCommand, { command, ctx }: EventOrigin): CommandResult {
  const decision = decideArrangement(body, command.id, ctx);
  if (!decision.ok) return refuseAll(command, decision.refusal);
  const { text, number, changes, effects } = decision;
  const replies = text === null ? [] : answer(command, null, text);
  return {
    changes: {
      ...NO_CHANGES,
      arranged: changes,
      effects: [...effects.map((effect) => requestEffect(effect, null, 2)), ...replies],
    },
    outcome: { ...silentOutcome([]), text: text ?? "", number },
  };
}

/** A refusal about no incident: an answer for its author. */
function refuseAll(command: PendingCommand, refusal: string): CommandResult {
  return {
    changes: { ...NO_CHANGES, effects: answer(command, null, refusal) },
    outcome: refusedOutcome(refusal, null),
  };
}

function toOne(unit: WorkingSet, number: number, command: SingleCommand, from: EventOrigin): CommandResult {
  const stored = unit.incident(number);
  if (stored === null) return unknown(from, number);
  const decision = decideCommand(stored.state, command, from.ctx);
  if (!decision.ok) return refused(unit, number, command, decision.refusal, from);
  if (decision.facts.length === 0) return { changes: NO_CHANGES, outcome: unchangedOutcome(number) };
  const mergeTarget = findMergeTarget(unit, stored.state, decision.facts);
  if (mergeTarget?.state.status === "merged")
    return refused(unit, number, command, mergedElsewhereText(stored.state, mergeTarget.state), from);
  const records =
    mergeTarget === null
      ? [appendEvents(stored, decision.facts, from)]
      : appendUnmerge(unit, stored, mergeTarget, decision.facts, from);
  const moves = mergeTarget === null ? [] : [{ from: mergeTarget.state.number, to: number, back: true }];
  const { incidents, effects } = combineAppended(records);
  return {
    changes: { ...NO_CHANGES, moves, incidents, effects: [...effects, ...echo(from, records[0]!)] },
    // The door answered a refused person; the timeline keeps it.
    outcome:
      command.type === "verb.refused"
        ? refusedOutcome(command.reason, number, causedBy(records))
        : outcomeOf(records, from.ctx),
  };
}

type MergeCommand = Extract<IncidentCommand, { type: "incident.merge" }>;

function merging(unit: WorkingSet, number: number, merge: MergeCommand, from: EventOrigin): CommandResult {
  const { into: targetNumber } = merge;
  const stored = unit.incident(number);
  if (stored === null) return unknown(from, number);
  const mergeTarget = unit.incident(targetNumber);
  const { ending: merged, going: targetFacts } = decideMerge(stored, mergeTarget, targetNumber, from.ctx);
  if (!merged.ok || mergeTarget === null) {
    const refusal = merged.ok ? "" : merged.refusal;
    return merge.told === undefined
      ? refused(unit, number, merge, refusal, from)
      : recordPagerText(stored, `${merge.told}. Not merged here: ${refusal}`, from);
  }
  const records = [appendEvents(stored, merged.facts, from), appendEvents(mergeTarget, targetFacts, from)];
  const { incidents, effects } = combineAppended(records);
  return {
    changes: {
      ...NO_CHANGES,
      moves: [{ from: number, to: targetNumber, back: false }],
      incidents,
      effects: [...effects, ...echo(from, records[0]!)],
    },
    outcome: outcomeOf(records, from.ctx),
  };
}

/** What the pager did there and cannot be done here: a line of the timeline. */
function recordPagerText(stored: StoredIncident, text: string, from: EventOrigin): CommandResult {
  const recorded = appendEvents(stored, [{ type: "pager.told", data: { text } }], from);
  return { changes: { ...NO_CHANGES, ...combineAppended([recorded]) }, outcome: outcomeOf([recorded], from.ctx) };
}

function unknown({ command }: EventOrigin, number: number): CommandResult {
  const refusal = `There is no ${incidentId(number)}.`;
  return refuseAll(command, refusal);
}

/** A refusal is an answer for its author, and a line of the timeline when it matters to others. */
function refused(
  unit: WorkingSet,
  number: number,
  command: IncidentCommand,
  refusal: string,
  from: EventOrigin,
): CommandResult {
  if (!recordsRefusal(command))
    return {
      changes: { ...NO_CHANGES, effects: answer(from.command, number, refusal) },
      outcome: refusedOutcome(refusal, number),
    };
  const recorded = appendEvents(
    unit.incident(number)!,
    [{ type: "command.refused", data: { command: command.type, reason: refusal } }],
    from,
  );
  const { incidents, effects } = combineAppended([recorded]);
  return {
    changes: { ...NO_CHANGES, incidents, effects: [...effects, ...answer(from.command, number, refusal)] },
    outcome: refusedOutcome(refusal, number, causedBy([recorded])),
  };
}

/** What became of the incident that was meant, which is the first; another one may have changed with it. */
function outcomeOf(records: readonly AppendedEvents[], ctx: Context): CommandOutcome {
  const { stored, events } = records[0]!.incident;
  const outcome = appliedOutcome(stored.state.number, events, causedBy(records));
  return { ...outcome, text: withUnanswered(outcome.text, stored.state, events, ctx) };
}

/** Of a command that no person waits for. */
function silentOutcome(events: readonly CausedEvent[]): CommandOutcome {
  return { kind: "applied", text: "", incident: null, events, number: null };
}

function causedBy(records: readonly AppendedEvents[]): readonly CausedEvent[] {
  return records.flatMap(({ incident: { stored, events } }) => causedEvents(stored.state.number, events));
}

/** The events, for a person who does not read them in the incident's channel: they are elsewhere, or its feed has none of them. */
function echo(
  { command, ctx }: EventOrigin,
  { incident: { stored, events } }: AppendedEvents,
): readonly EffectRequest[] {
  const { channel, number } = stored.state;
  if (command.replyTo === null) return [];
  const isThere = command.replyTo.channel !== null && command.replyTo.channel === channel?.id;
  // An offer of command is posted with all that the next commander must know.
  const isShown = events.some((event) => definitionOf(event).feed !== null || event.type === "handoff.offered");
  if (isThere && isShown && hasOwnChannel(stored.state)) return [];
  const replyEvents = events.filter((event) => definitionOf(event).inReply);
  // A `page` has no other answer.
  const text = `${incidentId(number)}: ${describeEvents(replyEvents.length === 0 ? events : replyEvents)}`;
  return answer(command, number, withUnanswered(text, stored.state, events, ctx));
}

function answer(command: PendingCommand, incident: number | null, text: string): readonly EffectRequest[] {
  // Someone without a place in the chat asks for the outcome themselves.
  if (
    command.replyTo === null ||
    (command.replyTo.channel === null && !command.replyTo.url && isApiActor(command.actor))
  )
    return [];
  return [
    requestEffect(
      { type: "chat.whisper", to: command.replyTo, text, command: String(command.id) },
      incident,
      command.urgency,
    ),
  ];
}
