import { applyFacts, type Context } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { isOpen, type Instant } from "#domain/values/language.ts";

/** Nothing fires and nothing is hidden: resolve after the policy's quiet time, unless something fires before. */
export function planAutoResolve(incident: Incident, ctx: Context): readonly Fact[] {
  if (!isOpen(incident.status)) return [];
  const silent =
    incident.alerts.total > 0 && incident.alerts.firing === 0 && Object.keys(incident.truncated).length === 0;
  if (!silent) return incident.quietUntil === null ? [] : [{ type: "quiet.ended", data: {} }];
  if (incident.quietUntil !== null || incident.plan.quiet === null) return [];
  if (incident.plan.quiet === 0) return [RESOLVED_BY_ALERTS];
  return [{ type: "quiet.began", data: { until: ctx.now + incident.plan.quiet } }];
}

/** A fact that brings or takes alerts, with what follows: it may be quiet now, or no longer. */
export function withQuietPlan(incident: Incident, fact: Fact, ctx: Context): readonly Fact[] {
  return [fact, ...planAutoResolve(applyFacts(incident, [fact], ctx), ctx)];
}

/** The quiet period that ends at `due` has passed: resolve, unless an alert fires again or a later period has begun. */
export function autoResolve(incident: Incident, due: Instant): readonly Fact[] {
  if (!isOpen(incident.status) || incident.quietUntil !== due || incident.alerts.firing > 0) return [];
  return [RESOLVED_BY_ALERTS];
}

/** A quiet period that ends later than its own plan asks for, since the clock was set back, begins again. */
export function restoreQuiet({ status, quietUntil, plan }: Incident, { now }: Context): readonly Fact[] {
  if (!isOpen(status) || quietUntil === null || plan.quiet === null || quietUntil - now <= plan.quiet) return [];
  return [{ type: "quiet.began", data: { until: now + plan.quiet } }];
}

const RESOLVED_BY_ALERTS: Fact = { type: "incident.resolved", data: { by: "alerts", reason: null, firing: 0 } };
