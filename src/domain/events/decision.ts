import type { AlertChange } from "#domain/incident/alert.ts";
import type { Fact } from "./event-registry.ts";
import { evolveIncident } from "./evolve.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { Actor, Instant } from "#domain/values/language.ts";
import type { Silence, Override } from "#domain/incident/arrangement.ts";
import type { Policy } from "#domain/policy/policy.ts";

/** What the core may know besides the incident and the command. `at`: when it happened, when that was told afterwards. */
export type Context = {
  readonly now: Instant;
  readonly at?: Instant;
  readonly actor: Actor;
  readonly policy: Policy;
  /** The overrides of schedules; absent when there are none. */
  readonly overrides?: readonly Override[];
  /** Whether an id names a member of the chat. */
  readonly isMember?: (id: string) => boolean;
  /** Alerts that people hold back for a time. */
  readonly silences?: readonly Silence[];
  /** How often each person was woken recently, by their name in the policy. */
  readonly woken?: ReadonlyMap<string, number>;
};

/** Whom facts wake, and by which page: once for each page that names them. */
export function wakingsIn(facts: readonly Fact[]): readonly { readonly page: string; readonly person: string }[] {
  return facts.flatMap((fact) =>
    fact.type === "page.requested" ? fact.data.people.map((person) => ({ page: fact.data.key, person })) : [],
  );
}

/** How often each person was woken recently, with whom facts wake. */
export function countWakings(woken: ReadonlyMap<string, number>, facts: readonly Fact[]): ReadonlyMap<string, number> {
  const wakings = wakingsIn(facts);
  if (wakings.length === 0) return woken;
  const counted = new Map(woken);
  for (const { person } of wakings) counted.set(person, (counted.get(person) ?? 0) + 1);
  return counted;
}

/** The context with whom facts wake counted: what is decided next in the same command knows of it. */
export function withPagesCounted(ctx: Context, facts: readonly Fact[]): Context {
  const before = ctx.woken ?? new Map<string, number>();
  const woken = countWakings(before, facts);
  return woken === before ? ctx : { ...ctx, woken };
}

/** The alerts of one delivery that belong to one incident, with what became of each. */
export type AlertsChanged = {
  readonly type: "alerts.changed";
  readonly changes: readonly AlertChange[];
  readonly group: string;
  readonly hidden: number;
};

/** Facts to record, or a refusal in words for the person who asked. */
export type Decision =
  | { readonly ok: true; readonly facts: readonly Fact[] }
  | { readonly ok: false; readonly refusal: string };

export function acceptDecision(facts: readonly Fact[]): Decision {
  return { ok: true, facts };
}

export function refuseDecision(refusal: string): Decision {
  return { ok: false, refusal };
}

/** The incident after `facts`, as if they had been recorded: what a decision in several steps looks at. */
export function applyFacts(incident: Incident | null, facts: readonly Fact[], ctx: Context): Incident {
  let after = incident;
  for (const fact of facts)
    after = evolveIncident(after, {
      ...fact,
      seq: (after?.lastEvent ?? 0) + 1,
      at: ctx.now,
      recordedAt: ctx.now,
      actor: ctx.actor,
      evidence: { command: "", permalink: null },
    });
  if (after === null) throw new Error("bug: folded nothing onto nothing");
  return after;
}
