import { alertSummary } from "#domain/incident/alert.ts";
import type { Declaration } from "#domain/incident/declaration.ts";
import type { Context } from "#domain/events/decision.ts";
import { rosterOf } from "#domain/oncall/oncall.ts";
import { labelValue } from "#domain/values/alert-labels.ts";
import type { AlertObservation } from "#domain/deliveries/delivery.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import type { Link } from "#domain/values/language.ts";
import { groupKey } from "./grouping.ts";
import { resolveRoute } from "./routing.ts";
import type { ClassifiedPriority } from "#domain/policy/severity.ts";
import { oneLine, cleanParagraphs, webUrl } from "#domain/values/text.ts";

/** What a new incident is made of: its number, and the alert that is the worst of those that open it. */
export type IncidentSeed = {
  readonly number: number;
  readonly worst: AlertObservation;
  readonly classified: ClassifiedPriority;
};

/** The facts that open an incident for an alert, besides the alert itself: it is taken in like any later one. */
export function openIncident(seed: IncidentSeed, ctx: Context): readonly Fact[] {
  const { policy } = ctx;
  const { worst, classified } = seed;
  const routed = resolveRoute(rosterOf(ctx), worst.labels, ctx.now);
  return [
    {
      type: "incident.opened",
      data: {
        number: seed.number,
        key: groupKey(policy, worst.labels),
        title: titleOf(worst, routed.service),
        priority: classified.priority,
        priorityReason: classified.reason,
        unmapped: classified.unmapped,
        plan: policy.priorities[classified.priority],
        route: routed,
        drill: labelValue(worst.labels, "drill") === "true",
        private: false,
        detectedAt: worst.startsAt,
        links: {
          runbook:
            webUrl(labelValue(worst.annotations, "runbook_url")) ??
            webUrl(labelValue(worst.annotations, "runbook")) ??
            routed.runbook,
          dashboards: [...annotatedDashboard(worst), ...routed.dashboards],
          source: webUrl(worst.generatorUrl),
        },
      },
    },
  ];
}

/** The facts that open an incident which a person declares. Its key is its own: no alert joins it by key, only by its service. */
export function declareIncident(number: number, declaration: Declaration, id: string, ctx: Context): readonly Fact[] {
  const { policy, actor } = ctx;
  const priority = declaration.priority ?? policy.unknownSeverity;
  const routed = resolveRoute(
    rosterOf(ctx),
    declaration.service === null ? {} : { service: oneLine(declaration.service, 200) },
    ctx.now,
  );
  return [
    {
      type: "incident.opened",
      data: {
        number,
        key: `declared ${id}`,
        title: oneLine(declaration.title, 150),
        priority,
        priorityReason:
          declaration.priority === null
            ? `declared by ${actor.name}, who named no priority`
            : `declared by ${actor.name}`,
        unmapped: false,
        plan: policy.priorities[priority],
        route: routed,
        drill: declaration.drill,
        private: declaration.private,
        detectedAt: ctx.now,
        declared: {
          by: { id: actor.id, name: actor.name },
          summary: declaration.summary === null ? null : cleanParagraphs(declaration.summary, 2_000) || null,
          page: declaration.page,
        },
        links: { runbook: routed.runbook, dashboards: routed.dashboards, source: null },
      },
    },
  ];
}

function annotatedDashboard(alert: AlertObservation): Link[] {
  const url =
    webUrl(labelValue(alert.annotations, "dashboard_url")) ?? webUrl(labelValue(alert.annotations, "dashboard"));
  return url === null ? [] : [{ title: "Dashboard", url }];
}

function titleOf(alert: AlertObservation, service: string | null): string {
  const summary = oneLine(alertSummary(alert), 150);
  return service === null || summary.toLowerCase().includes(service.toLowerCase())
    ? summary
    : oneLine(`${service}: ${summary}`, 150);
}
