import type { Instant } from "#domain/values/language.ts";

/** The state of a storm. `recent`: the times at which it grouped incidents, within its window. */
export type Storm = {
  readonly until: Instant;
  readonly recent: readonly Instant[];
  readonly total: number;
  /** How many of them each service would have had. */
  readonly services: Readonly<Record<string, number>>;
  /** When each team was last paged for it. */
  readonly paged: Readonly<Record<string, Instant>>;
};

/** What a storm gathered at once: so many that would have been incidents, and the teams that were paged for it. */
export type GatheredIncidents = Pick<Storm, "until" | "recent" | "services"> & {
  readonly count: number;
  readonly paged: readonly string[];
};

/** The storm after it has gathered more. */
export function extendStorm(before: Storm | null, data: GatheredIncidents, at: Instant): Storm {
  const services: Record<string, number> = { ...before?.services };
  for (const [service, count] of Object.entries(data.services))
    if (Object.hasOwn(services, service) || Object.keys(services).length < 100)
      services[service] = (services[service] ?? 0) + count;
  return {
    until: data.until,
    recent: data.recent,
    total: (before?.total ?? 0) + data.count,
    services,
    paged: { ...before?.paged, ...Object.fromEntries(data.paged.map((team) => [team, at])) },
  };
}

/** "payments 5, search 3 and 12 more services": the worst first. */
export function describeStormServices({ services }: Pick<Storm, "services">, shown = 10): string {
  const all = Object.entries(services).toSorted(([, a], [, b]) => b - a);
  const named = all.slice(0, shown).map(([service, count]) => `${service} ${count}`);
  return `${named.join(", ")}${all.length > shown ? ` and ${all.length - shown} more services` : ""}`;
}
