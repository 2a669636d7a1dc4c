import { applyFacts, type Context } from "#domain/events/decision.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { forecastEscalation, pagesIn, type ForecastPage } from "#domain/paging/forecast.ts";
import type { AlertLabels } from "#domain/values/alert-labels.ts";
import { MUSTER_ACTOR, type Instant } from "#domain/values/language.ts";
import { ingestDelivery } from "#domain/alerting/alert-ingestion.ts";
import type { AlertingMemory } from "#domain/alerting/alerting-memory.ts";

/** What an alert would come to. `incident`: as it opens; null: it opens none. `pages`: in order, the first at once. */
export type AlertForecast = { readonly incident: Incident | null; readonly pages: readonly ForecastPage[] };

/** Nothing fired before. */
const NO_MEMORY: AlertingMemory = {
  nextNumber: 1,
  opened: [],
  findAlert: () => null,
  findIncident: () => null,
  mergeTarget: () => null,
  newestOfKey: () => null,
  gatheringOfService: () => null,
  marksOf: () => new Map(),
};

/**
 * What an alert that begins to fire at `ctx.now` would come to until `until`, as long as no one answers: it is taken in as
 * one that a sender delivers, into a Muster in which nothing fires.
 */
export function forecastAlert(labels: AlertLabels, ctx: Omit<Context, "actor">, until: Instant): AlertForecast {
  const context: Context = { ...ctx, actor: MUSTER_ACTOR };
  const alert = {
    fingerprint: "forecast",
    status: "firing",
    labels,
    annotations: {},
    startsAt: ctx.now,
    endsAt: null,
    generatorUrl: "",
  } as const;
  const { results } = ingestDelivery(
    NO_MEMORY,
    { receiver: "", groupKey: "", externalUrl: "", truncated: 0, alerts: [alert] },
    { source: "forecast", seq: 1, receivedAt: ctx.now },
    context,
  );
  const [opening] = results;
  if (opening === undefined) return { incident: null, pages: [] };
  const incident = applyFacts(opening.incident, opening.facts, context);
  return {
    incident,
    pages: [...pagesIn(opening.facts, incident, ctx, ctx.now), ...forecastEscalation(incident, context, until)],
  };
}
