import { decideAlertsChanged } from "./alert-changes.ts";
import { applyFacts, type AlertsChanged, type Context } from "#domain/events/decision.ts";
import type { Event, Fact } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { Instant, Priority } from "#domain/values/language.ts";
import { openIncident, type IncidentSeed } from "./opening.ts";
import type { Policy } from "#domain/policy/policy.ts";

// So many things break at once that each on its own would only be noise: one incident gathers what would have been many.

/** The group key of every storm. No alert has it: theirs are lists. */
export const STORM_KEY = "storm";

/** An incident that would have opened, had a storm not gathered its alerts. */
export type GatheredIncident = {
  readonly service: string | null;
  readonly team: string | null;
  readonly priority: Priority;
};

/** Whether a priority counts towards a storm: a P4 disturbs no one. */
export function countsTowardStorm(priority: Priority): boolean {
  return priority !== "P4";
}

/** When incidents opened that count towards a storm, of what was recorded. A storm itself is none of them. */
export function openingsTowardStorm(events: readonly Event[]): readonly Instant[] {
  return events.flatMap((event) =>
    event.type === "incident.opened" && countsTowardStorm(event.data.priority) && event.data.key !== STORM_KEY
      ? [event.recordedAt]
      : [],
  );
}

/** Whether a storm may gather it: a P0 always opens an incident of its own. */
export function mayBeGathered(priority: Priority): boolean {
  return countsTowardStorm(priority) && priority !== "P0";
}

/** Whether one more incident would be too many, of which `recent` were opened recently. */
export function exceedsStormLimit(recent: readonly Instant[], policy: Policy, now: Instant): boolean {
  const { storm } = policy;
  return storm !== null && recent.filter((at) => at > now - storm.within).length >= storm.incidents;
}

/** Whether an incident is a storm that still gathers. */
export function isGatheringStorm(incident: Incident | null, now: Instant): incident is Incident {
  return incident?.storm != null && incident.storm.until > now;
}

/** Opens the incident that gathers the others. It belongs to no service: none of theirs may join it by that. */
export function decideStorm(
  seed: IncidentSeed,
  command: AlertsChanged,
  gathered: readonly GatheredIncident[],
  ctx: Context,
): readonly Fact[] {
  const opened = openIncident(seed, ctx).map((fact): Fact => {
    if (fact.type !== "incident.opened") return fact;
    const { data } = fact;
    const links = { runbook: null, dashboards: [], source: data.links.source };
    return {
      ...fact,
      data: {
        ...data,
        key: STORM_KEY,
        title: "Alert storm: many services at once",
        route: { ...data.route, service: null },
        links,
      },
    };
  });
  const incident = applyFacts(null, opened, ctx);
  const taken = decideAlertsChanged(incident, command, ctx);
  return [...opened, ...taken, ...gatherIntoStorm(applyFacts(incident, taken, ctx), gathered, taken, ctx)];
}

/**
 * Groups further incidents of a storm, and announces it. Their teams were called when their alerts were taken in: each has an
 * escalation of its own there. `taken`: the facts of that.
 */
export function gatherIntoStorm(
  incident: Incident,
  gathered: readonly GatheredIncident[],
  taken: readonly Fact[],
  ctx: Context,
): readonly Fact[] {
  const rule = ctx.policy.storm;
  if (rule === null || gathered.length === 0) return [];
  const { now } = ctx;
  const before = incident.storm;
  const recent = [...(before?.recent ?? []).filter((at) => at > now - rule.within), ...gathered.map(() => now)].slice(
    -rule.incidents,
  );
  const until = before === null || recent.length >= rule.incidents ? now + rule.window : before.until;
  const services: Record<string, number> = {};
  for (const { service } of gathered) services[service ?? "unknown"] = (services[service ?? "unknown"] ?? 0) + 1;
  const teams = taken.flatMap((fact) =>
    fact.type === "page.requested" ? [fact.data.team ?? incident.route.team] : [],
  );
  const paged = [...new Set(teams.filter((team) => team !== null))];
  return [{ type: "storm.gathered", data: { count: gathered.length, services, until, recent, paged } }];
}
