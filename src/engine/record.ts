import type { PendingCommand } from "#db/commands.ts";
import type { Wish } from "#db/effects.ts";
import type { StoredIncident } from "#db/incidents.ts";
import type { Context } from "#domain/decision.ts";
import type { Effect } from "#domain/effect.ts";
import type { Event, Fact } from "#domain/event.ts";
import { evolve } from "#domain/evolve.ts";
import { urgencyOf } from "#domain/language.ts";
import { react } from "#domain/react.ts";
import { webUrl } from "#domain/text.ts";
import type { Outcome } from "./desk.ts";

/** The command that facts come from, and what was known when they were decided. */
export type From = { readonly command: PendingCommand; readonly ctx: Context };

export type Recorded = { readonly incident: Outcome["incidents"][number]; readonly wishes: readonly Wish[] };

/** Facts become events of an incident, with who, when and why; and what must follow from them. */
export function record(before: StoredIncident | { readonly uid: string; readonly state: null }, facts: readonly Fact[], { command, ctx }: From): Recorded {
  let state = before.state;
  const events: Event[] = [];
  const permalink = webUrl(command.evidence ?? "");
  const evidence = { command: permalink === null && command.evidence !== null ? command.evidence : `command ${command.id}`, permalink };
  for (const fact of facts) {
    const event: Event = {
      ...fact,
      seq: (state?.lastEvent ?? 0) + 1,
      at: command.at.getTime(),
      recordedAt: ctx.now,
      actor: command.actor,
      evidence,
    };
    state = evolve(state, event);
    events.push(event);
  }
  if (state === null) throw new Error("bug: recorded no facts");
  const { effects, timers } = react(state, events, ctx.policy);
  const { number, priority } = state;
  return {
    incident: { stored: { uid: before.uid, state }, events, timers },
    wishes: effects.map((effect) => wishFor(effect, number, urgencyOf(priority))),
  };
}

/** What several records change together. */
export function together(records: readonly Recorded[]): Pick<Outcome, "incidents" | "wishes"> {
  return { incidents: records.map(({ incident }) => incident), wishes: records.flatMap(({ wishes }) => wishes) };
}

export function wishFor(effect: Effect, incident: number | null, urgency: number): Wish {
  return { effect, incident, urgency };
}
