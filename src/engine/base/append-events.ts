import type { PendingCommand } from "#db/commands.ts";
import type { EffectRequest } from "#db/effects.ts";
import type { StoredIncident } from "#db/incidents.ts";
import type { Context } from "#domain/events/decision.ts";
import type { Effect } from "#domain/effects/effect-registry.ts";
import type { Event, Fact } from "#domain/events/event-registry.ts";
import { evolveIncident } from "#domain/events/evolve.ts";
import { priorityRank } from "#domain/values/language.ts";
import { deriveSideEffects } from "#domain/events/side-effects.ts";
import { webUrl } from "#domain/values/text.ts";
import type { CommandChanges } from "./command-changes.ts";

/** The command that facts come from, and what was known when they were decided. */
export type EventOrigin = { readonly command: PendingCommand; readonly ctx: Context };

export type AppendedEvents = {
  readonly incident: CommandChanges["incidents"][number];
  readonly effects: readonly EffectRequest[];
};

/** Facts become events of an incident, with who, when and why; and what must follow from them. */
export function appendEvents(
  before: StoredIncident | { readonly uid: string; readonly state: null },
  facts: readonly Fact[],
  { command, ctx }: EventOrigin,
): AppendedEvents {
  let state = before.state;
  const events: Event[] = [];
  const permalink = webUrl(command.evidence ?? "");
  const evidence = {
    command: permalink === null && command.evidence !== null ? command.evidence : `command ${command.id}`,
    permalink,
  };
  for (const fact of facts) {
    const event: Event = {
      ...fact,
      seq: (state?.lastEvent ?? 0) + 1,
      at: command.at.getTime(),
      recordedAt: ctx.now,
      actor: command.actor,
      evidence,
    };
    state = evolveIncident(state, event);
    events.push(event);
  }
  if (state === null) throw new Error("bug: recorded no facts");
  const { effects, timers } = deriveSideEffects(state, events, ctx.policy, before.state);
  const { number, priority } = state;
  return {
    incident: { stored: { uid: before.uid, state }, events, timers },
    effects: effects.map((effect) => requestEffect(effect, number, priorityRank(priority))),
  };
}

/** What several records change together. */
export function combineAppended(records: readonly AppendedEvents[]): Pick<CommandChanges, "incidents" | "effects"> {
  return { incidents: records.map(({ incident }) => incident), effects: records.flatMap(({ effects }) => effects) };
}

export function requestEffect(effect: Effect, incident: number | null, urgency: number): EffectRequest {
  return { effect, incident, urgency };
}
