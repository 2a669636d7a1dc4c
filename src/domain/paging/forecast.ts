import { applyFacts, type Context } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { escalationOf, nextDeadline } from "#domain/incident/team-escalation.ts";
import { MUSTER_ACTOR, type Instant } from "#domain/values/language.ts";
import { escalateWhenDue } from "./escalation.ts";
import { resolveEscalationPolicy } from "./escalation-steps.ts";

/**
 * A page that Muster will ask for while no one answers. `people`: by their names in the policy; no one: the pager's own
 * policy decides. `team`: of which other team's escalation; null: the incident's own. `round`: how often every step was
 * paged before, from 0.
 */
export type ForecastPage = {
  readonly at: Instant;
  readonly to: string;
  readonly people: readonly string[];
  readonly team: string | null;
  readonly reason: string;
  readonly round: number;
};

/** More turns than this are no forecast: what is arranged and who is on call changes before. */
const MAX_TURNS = 60;

/** The pages that facts of an instant ask for. `before`: the incident without them. */
export function pagesIn(
  facts: readonly Fact[],
  before: Incident,
  { policy }: Pick<Context, "policy">,
  at: Instant,
): readonly ForecastPage[] {
  return facts.flatMap((fact) =>
    fact.type === "page.requested"
      ? [
          {
            at,
            to: fact.data.to,
            people: fact.data.people,
            team: fact.data.team ?? null,
            reason: fact.data.reason,
            round: roundOf(facts, before, fact.data.team ?? null, policy),
          },
        ]
      : [],
  );
}

function roundOf(facts: readonly Fact[], before: Incident, team: string | null, policy: Context["policy"]): number {
  const steps = resolveEscalationPolicy(before, before.plan, policy, team).length;
  const armed = facts.findLast((fact) => fact.type === "escalation.armed" && (fact.data.team ?? null) === team);
  const step = armed?.type === "escalation.armed" ? Math.max(0, armed.data.step - 1) : 0;
  return (escalationOf(before, team)?.rounds ?? 0) + Math.floor(step / steps);
}

/**
 * Whom an incident's escalation will page until `until`, when no one answers and nothing else happens. It is no second
 * opinion: each step is decided by what decides it when it is due.
 */
export function forecastEscalation(incident: Incident, ctx: Context, until: Instant): readonly ForecastPage[] {
  const pages: ForecastPage[] = [];
  let now = incident;
  for (let turn = 0; turn < MAX_TURNS; turn++) {
    const due = nextDeadline(now);
    if (due === null || due > until) break;
    const { at: _, ...rest } = ctx;
    const then: Context = { ...rest, now: Math.max(due, ctx.now), actor: MUSTER_ACTOR };
    const facts = escalateWhenDue(now, due, then);
    if (facts.length === 0) break;
    pages.push(...pagesIn(facts, now, ctx, then.now));
    now = applyFacts(now, facts, then);
  }
  return pages;
}
