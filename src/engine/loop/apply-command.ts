import type { PendingCommand } from "#db/commands.ts";
import type { EffectRequest } from "#db/effects.ts";
import { decideArrangement } from "#domain/alerting/arrangement-decision.ts";
import { decideCommand, recordsRefusal, type IncidentCommand, type SingleCommand } from "#domain/commands/command-registry.ts";
import type { SubmissionBody } from "#domain/commands/submission.ts";
import { decideDeclaration } from "#domain/commands/opening-decisions.ts";
import type { Context } from "#domain/events/decision.ts";
import type { Delivery } from "#domain/values/delivery.ts";
import { definitionOf } from "#domain/events/event-registry.ts";
import { mergeIncident, unmergeAlerts } from "#domain/response/closing.ts";
import { incidentId } from "#domain/values/language.ts";
import { describeEvents } from "#domain/events/timeline.ts";
import { ingestDelivery } from "#engine/alerting/alert-ingestion.ts";
import type { UnitOfWork, CommandChanges } from "./unit-of-work.ts";
import { appendEvents, combineAppended, requestEffect, type EventOrigin, type AppendedEvents } from "./append-events.ts";

/** A pending command as it is understood: a delivery taken apart, or anything else. */
export type ParsedCommand = { readonly command: PendingCommand; readonly delivery: Delivery | null; readonly body: SubmissionBody };

/** What a command changes, and in one word what came of it. */
export type CommandResult = { readonly outcome: CommandChanges; readonly result: string };

const NOTHING: CommandChanges = { alerts: [], moves: [], marks: [], incidents: [], wishes: [], arranged: [] };

/** Decides one command with what is on the desk, which it leaves as it was. */
export function applyCommand({ command, delivery, body }: ParsedCommand, desk: UnitOfWork, ctx: Context, newId: () => string): CommandResult {
  const from: EventOrigin = { command, ctx };
  switch (body.type) {
    case "alerts.deliver": {
      const { alerts, marks, verdicts } = ingestDelivery(
        desk,
        delivery!,
        { source: body.source, seq: command.id, receivedAt: command.recordedAt.getTime() },
        ctx,
      );
      const records = verdicts
        .filter(({ facts }) => facts.length > 0)
        .map(({ stored, facts }) => appendEvents(stored ?? { uid: newId(), state: null }, facts, from));
      return { outcome: { ...NOTHING, alerts, marks, ...combineAppended(records) }, result: "applied" };
    }
    case "digest.due": {
      const channel = ctx.policy.channels.digest ?? ctx.policy.channels.incidents;
      return { outcome: { ...NOTHING, wishes: [requestEffect({ type: "chat.digest", channel, day: body.day }, null, 4)] }, result: "applied" };
    }
    case "week.due": {
      const channel = ctx.policy.channels.digest ?? ctx.policy.channels.incidents;
      return { outcome: { ...NOTHING, wishes: [requestEffect({ type: "chat.week", channel, day: body.day }, null, 4)] }, result: "applied" };
    }
    case "verb.asked":
      return { outcome: NOTHING, result: "answered" };
    case "incident.declare": {
      const number = desk.nextNumber;
      const decision = decideDeclaration(number, body.declaration, String(command.id), ctx);
      if (!decision.ok) return { outcome: { ...NOTHING, wishes: answer(command, null, decision.refusal) }, result: `refused: ${decision.refusal}` };
      const { incidents, wishes } = combineAppended([appendEvents({ uid: newId(), state: null }, decision.facts, from)]);
      const { priority, channelRequested } = incidents[0]!.stored.state;
      const next = channelRequested ? "You will be invited to its channel in a moment." : `A ${priority} gets no channel of its own.`;
      const said = answer(command, number, `${incidentId(number)} is open as ${priority}. ${next}`);
      return { outcome: { ...NOTHING, incidents, wishes: [...wishes, ...said] }, result: `opened ${incidentId(number)}` };
    }
    case "shift.override":
    case "shift.restore":
    case "shift.began":
    case "shift.check":
    case "mute.set":
    case "mute.lift": {
      const { ok, text, changes, effects } = decideArrangement(body, command.id, ctx);
      const said = text === null ? [] : answer(command, null, text);
      if (!ok) return { outcome: { ...NOTHING, wishes: said }, result: `refused: ${text}` };
      return {
        outcome: { ...NOTHING, arranged: changes, wishes: [...effects.map((effect) => requestEffect(effect, null, 2)), ...said] },
        result: text ?? "applied",
      };
    }
    case "incident":
      return body.command.type === "incident.merge" ? merging(desk, body.incident, body.command.into, from) : toOne(desk, body.incident, body.command, from);
  }
}

function toOne(desk: UnitOfWork, number: number, wish: SingleCommand, from: EventOrigin): CommandResult {
  const stored = desk.incident(number);
  if (stored === null) return unknown(from, number);
  const decision = decideCommand(stored.state, wish, from.ctx);
  if (!decision.ok) return refused(desk, number, wish, decision.refusal, from);
  if (decision.facts.length === 0) return { outcome: NOTHING, result: "applied" };
  const recorded = appendEvents(stored, decision.facts, from);
  const records: AppendedEvents[] = [recorded];
  const moves: CommandChanges["moves"][number][] = [];
  // A merge that is taken back concerns the other one too.
  const survivor = stored.state.status === "merged" && recorded.incident.stored.state.status !== "merged" ? desk.incident(stored.state.mergedInto ?? 0) : null;
  if (survivor !== null) {
    const alerts = desk.mergedFrom(number);
    records[0] = appendEvents(stored, [...decision.facts, { type: "alerts.absorbed", data: { from: survivor.state.number, alerts, back: true } }], from);
    records.push(appendEvents(survivor, unmergeAlerts(survivor.state, number, alerts, from.ctx), from));
    moves.push({ from: survivor.state.number, to: number, back: true });
  }
  const { incidents, wishes } = combineAppended(records);
  return { outcome: { ...NOTHING, moves, incidents, wishes: [...wishes, ...echo(from.command, records[0]!)] }, result: "applied" };
}

function merging(desk: UnitOfWork, number: number, into: number, from: EventOrigin): CommandResult {
  const stored = desk.incident(number);
  if (stored === null) return unknown(from, number);
  const survivor = desk.incident(into);
  const { ending, going } = mergeIncident(stored.state, survivor?.state ?? null, into, from.ctx);
  if (!ending.ok || survivor === null) return refused(desk, number, { type: "incident.merge", into }, ending.ok ? "" : ending.refusal, from);
  const records = [appendEvents(stored, ending.facts, from), appendEvents(survivor, going, from)];
  const { incidents, wishes } = combineAppended(records);
  return {
    outcome: { ...NOTHING, moves: [{ from: number, to: into, back: false }], incidents, wishes: [...wishes, ...echo(from.command, records[0]!)] },
    result: "applied",
  };
}

function unknown({ command }: EventOrigin, number: number): CommandResult {
  const refusal = `There is no ${incidentId(number)}.`;
  return { outcome: { ...NOTHING, wishes: answer(command, null, refusal) }, result: `refused: ${refusal}` };
}

/** A refusal is an answer for whoever asked, and a line of the timeline when it tells something. */
function refused(desk: UnitOfWork, number: number, wish: IncidentCommand, refusal: string, from: EventOrigin): CommandResult {
  if (!recordsRefusal(wish)) return { outcome: { ...NOTHING, wishes: answer(from.command, number, refusal) }, result: `refused: ${refusal}` };
  const recorded = appendEvents(desk.incident(number)!, [{ type: "command.refused", data: { command: wish.type, reason: refusal } }], from);
  const { incidents, wishes } = combineAppended([recorded]);
  return { outcome: { ...NOTHING, incidents, wishes: [...wishes, ...answer(from.command, number, refusal)] }, result: `refused: ${refusal}` };
}

/** What happened, for somebody who is not where the incident tells it anyway. */
function echo(command: PendingCommand, { incident: { stored, events } }: AppendedEvents): readonly EffectRequest[] {
  const { channel, number } = stored.state;
  if (command.replyTo === null || (command.replyTo.channel !== null && command.replyTo.channel === channel?.id)) return [];
  const told = events.filter((event) => definitionOf(event).inReply);
  return told.length === 0 ? [] : answer(command, number, `${incidentId(number)}: ${describeEvents(told)}`);
}

function answer(command: PendingCommand, incident: number | null, text: string): readonly EffectRequest[] {
  // Somebody without a place in the chat asks for the outcome themselves.
  if (command.replyTo === null || (command.replyTo.channel === null && !command.replyTo.url && command.actor.id.startsWith("api:"))) return [];
  return [requestEffect({ type: "chat.whisper", to: command.replyTo, text, command: String(command.id) }, incident, command.urgency)];
}
