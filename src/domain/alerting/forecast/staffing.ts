import { applyFacts, type Context } from "#domain/events/decision.ts";
import { scheduleGaps } from "#domain/oncall/oncall.ts";
import { pageFirstStep } from "#domain/paging/escalation.ts";
import { forecastEscalation, pagesIn, type ForecastPage } from "#domain/paging/forecast.ts";
import { DAY_MS, HOUR_MS } from "#domain/values/duration.ts";
import { formatUtc } from "#domain/values/instant.ts";
import { MUSTER_ACTOR, PRIORITIES, type Instant, type Priority } from "#domain/values/language.ts";
import { openIncident } from "#domain/alerting/opening.ts";

/** How far ahead holes of schedules are looked at, in ms. */
const LOOKAHEAD_MS = 90 * DAY_MS;

/** The input of a question about staffing; `pagerChooses`: as in a decision. */
export type StaffingContext = Omit<Context, "actor" | "now"> & {
  readonly pagerChooses: (team: string | null) => boolean;
};

/** Whom an incident of a team pages within an hour when it opens at a priority at an instant. */
function forecastPriority(
  team: string | null,
  priority: Priority,
  ctx: StaffingContext,
  at: Instant,
): readonly ForecastPage[] {
  const context: Context = { ...ctx, now: at, actor: MUSTER_ACTOR };
  const labels: Record<string, string> = team === null ? {} : { team };
  const worst = {
    fingerprint: "staffing",
    status: "firing",
    labels,
    annotations: {},
    startsAt: at,
    endsAt: null,
    generatorUrl: "",
  } as const;
  const opened = openIncident({ number: 1, worst, classified: { priority, reason: "", unmapped: false } }, context);
  const incident = applyFacts(null, opened, context);
  const facts = pageFirstStep(incident, "", context);
  const after = applyFacts(incident, facts, context);
  return [...pagesIn(facts, incident, ctx, at), ...forecastEscalation(after, context, at + HOUR_MS)];
}

/** The priorities that page, and at which no page of a team's incident would reach anyone at an instant. */
export function unstaffedPriorities(team: string | null, ctx: StaffingContext, at: Instant): readonly Priority[] {
  return PRIORITIES.filter(
    (priority) =>
      ctx.policy.priorities[priority].page !== "none" &&
      !ctx.pagerChooses(team) &&
      forecastPriority(team, priority, ctx, at).every(({ people }) => people.length === 0),
  );
}

/** Teams, and incidents without one, that page no one now or in the next hole of their schedule: a sentence each, with what to do. */
export function staffingWarnings(
  ctx: StaffingContext,
  now: Instant,
  aheadMs: number = LOOKAHEAD_MS,
): readonly string[] {
  const { policy, overrides = [], replaced } = ctx;
  const roster = { policy, overrides, ...(replaced === undefined ? {} : { replaced }) };
  const teams: readonly (string | null)[] = [
    ...Object.keys(policy.teams),
    ...(policy.defaultTeam === undefined ? [null] : []),
  ];
  return teams.flatMap((team) => {
    const schedule = team === null ? undefined : policy.teams[team]!.schedule;
    const gap = schedule === undefined ? undefined : scheduleGaps(roster, schedule, now, now + Math.max(1, aheadMs))[0];
    for (const at of [now, ...(gap === undefined || gap.from <= now ? [] : [gap.from])]) {
      const priorities = unstaffedPriorities(team, ctx, at);
      if (priorities.length > 0)
        return [
          `${team === null ? "alerts without a team" : `teams.${team}`}: ${priorities.join(", ")} page no one ${at === now ? "now" : `from ${formatUtc(at)}`}: no one is on call, no step of the escalation has anyone, and no pager chooses anyone; ${team === null ? "set defaultTeam" : "give it oncall people, an escalation with people, or a pagerduty key"}`,
        ];
    }
    return [];
  });
}
