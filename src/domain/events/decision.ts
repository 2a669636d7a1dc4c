import type { Alert, AlertChange } from "#domain/incident/alert.ts";
import type { Fact } from "./event-registry.ts";
import { evolveIncident } from "./evolve.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { Actor, Instant, Priority } from "#domain/values/language.ts";
import type { Silence, Override } from "#domain/incident/arrangement.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { RotationVersion } from "#domain/policy/rotation-version.ts";

/**
 * What the core may use besides the incident and the command. `at`: when it happened, when that was reported
 * afterwards.
 */
export type Context = {
  readonly now: Instant;
  readonly at?: Instant;
  readonly actor: Actor;
  readonly policy: Policy;
  /** The overrides of schedules; absent when there are none. */
  readonly overrides?: readonly Override[];
  /** Rotations that count until a hand-off, though the policy has others; absent when there are none. */
  readonly replaced?: readonly RotationVersion[];
  /** A word that no command was given before: part of the keys of the pages that it asks for. Absent or "": none. */
  readonly salt?: string;
  /** Whether an id names a member of the chat. */
  readonly isMember?: (id: string) => boolean;
  /** Whether the pager chooses whom to wake when a page of a team names no one; absent: it does. */
  readonly pagerChooses?: (team: string | null) => boolean;
  /** Alerts that people hold back for a time. */
  readonly silences?: readonly Silence[];
  /** The alerts of an incident that fire; null where they were not looked up. */
  readonly firingAlerts?: (incident: number) => readonly Alert[] | null;
  /** Whom recent pages woke that no one has answered. */
  readonly woken?: readonly PageWaking[];
};

/** A page woke a person, named as in the policy. `priority`: how urgent the page was; null: an earlier version stored it. */
export type PageWaking = { readonly page: string; readonly person: string; readonly priority: Priority | null };

/** Whom facts wake, and by which page: once for each page that names them. */
export function wakingsIn(facts: readonly Fact[]): readonly PageWaking[] {
  return facts.flatMap((fact) =>
    fact.type === "page.requested"
      ? fact.data.people
          .filter((person) => fact.data.held?.includes(person) !== true)
          .map((person) => ({ page: fact.data.key, person, priority: fact.data.priority }))
      : [],
  );
}

/** The keys of the pages that facts answer: whom they woke is awake, and has seen them. */
export function answeredPagesIn(facts: readonly Fact[]): readonly string[] {
  return facts.flatMap((fact) =>
    fact.type === "page.acknowledged"
      ? [fact.data.key, ...fact.data.also]
      : fact.type === "incident.acknowledged"
        ? (fact.data.pages ?? [])
        : [],
  );
}

/** Whom unanswered pages woke recently, after facts that page or answer. */
export function countWakings(woken: readonly PageWaking[], facts: readonly Fact[]): readonly PageWaking[] {
  const wakings = wakingsIn(facts);
  const answered = answeredPagesIn(facts);
  if (wakings.length === 0 && answered.length === 0) return woken;
  return [...woken, ...wakings].filter(({ page }) => !answered.includes(page));
}

/** The context with the people whom facts wake counted: later decisions of the same command take them into account. */
export function withPagesCounted(ctx: Context, facts: readonly Fact[]): Context {
  const before = ctx.woken ?? [];
  const woken = countWakings(before, facts);
  return woken === before ? ctx : { ...ctx, woken };
}

/** A rule of a decision that is made of several, each on what the ones before it have come to. */
export type DecisionStep = (now: Incident, ctx: Context) => readonly Fact[];

/** Decides by several rules in turn: each sees the incident, and who was woken, after the ones before it. */
export function decideInTurn(incident: Incident, ctx: Context, steps: readonly DecisionStep[]): readonly Fact[] {
  const facts: Fact[] = [];
  let now = incident;
  let counting = ctx;
  for (const step of steps) {
    const more = step(now, counting);
    if (more.length === 0) continue;
    facts.push(...more);
    now = applyFacts(now, more, counting);
    counting = withPagesCounted(counting, more);
  }
  return facts;
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
