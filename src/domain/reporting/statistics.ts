import type { OverdueAction, AlertSignature } from "./alert-quality.ts";
import type { ServiceMonth } from "./error-budget.ts";
import type { BoundedList, ListBounds } from "./bounded-list.ts";
import { DAY_MS } from "#domain/values/duration.ts";
import type { Instant, Priority } from "#domain/values/language.ts";
import { monthOf, monthsOf } from "#domain/values/calendar-month.ts";
import type { PageLoad } from "./page-load.ts";
import type { RemediatedIncidents, VerifiedRun } from "./remediated-incidents.ts";
import type { PercentileSummary } from "#domain/values/percentiles.ts";

// docs/statistics.md describes these definitions; change both.

/** Figures over incidents; times in ms, medians, null where nothing is known. Drills, canceled and merged ones do not count. */
export type FiguresSummary = {
  readonly total: number;
  readonly open: number;
  readonly byPriority: Readonly<Partial<Record<Priority, number>>>;
  readonly pages: number;
  readonly acknowledge: number | null;
  readonly mitigate: number | null;
  readonly resolve: number | null;
};

/** How many of something. */
export type NamedCount = { readonly name: string; readonly count: number };

/** All figures of a period. Times in ms; null where unknown. */
export type IncidentStatistics = FiguresSummary & {
  readonly from: Instant;
  readonly to: Instant;
  /** The default time zone of hours and nights. */
  readonly zone: string;
  /** From the start of an incident, except to acknowledge: from the page. */
  readonly times: {
    readonly detect: PercentileSummary | null;
    readonly acknowledge: PercentileSummary | null;
    readonly mitigate: PercentileSummary | null;
    readonly resolve: PercentileSummary | null;
  };
  /** Incidents of P0 to P2, and the mean time from the beginning of one to that of the next. */
  readonly failures: number;
  readonly betweenFailures: number | null;
  readonly byService: BoundedList<NamedCount>;
  readonly byTeam: BoundedList<NamedCount>;
  /** By the month in which they were opened, in order; a month without one is not listed. */
  readonly byMonth: readonly NamedCount[];
  readonly paging: PageLoad;
  /** The latest, in order. */
  readonly withoutAction: BoundedList<number>;
  readonly withoutRunbook: BoundedList<AlertSignature>;
  readonly repeats: BoundedList<AlertSignature>;
  readonly overdue: BoundedList<OverdueAction>;
  readonly updates: { readonly sent: number; readonly onTime: number };
  /** What runbooks mitigated. */
  readonly remediated: RemediatedIncidents;
  /** Months of services, by name; services with an objective are the first to be listed. `count` is of services. */
  readonly services: BoundedList<ServiceMonth>;
};

/** What is asked: incidents opened in [from, to). `private`: those too that not everyone may see. */
export type StatisticsQuery = {
  readonly from: Instant;
  readonly to: Instant;
  readonly now: Instant;
  readonly service: string | null;
  readonly private: boolean;
  readonly zone: string;
  /** Everyone of the policy by name, each with their own time zone; null where they have none. */
  readonly people?: ReadonlyMap<string, string | null>;
  /** The objective in percent of each service of the policy; null where it has none. */
  readonly slos: ReadonlyMap<string, number | null>;
  /** Runs that helped, of any incident. */
  readonly runs?: readonly VerifiedRun[];
  /** Incidents without a link to a runbook for which the catalog has one. */
  readonly cataloged?: ReadonlySet<number>;
  /** Which part of each list; the beginning when left out. */
  readonly bounds?: ListBounds;
};

/**
 * The stretch whose incidents are needed: budgets are those of whole months, and an alert may report a start within the
 * stretch after its end.
 */
export function requiredPeriod({ from, to }: Pick<StatisticsQuery, "from" | "to">): {
  readonly from: Instant;
  readonly to: Instant;
} {
  return { from: monthOf(from).from, to: monthsOf(from, to).at(-1)!.to + LATE_ALERT_MS };
}
/** The longest time between the start that an alert reports and the opening that still matters, in ms. */
const LATE_ALERT_MS = DAY_MS;

/** Services that are reported even when nothing happened: those of the policy, or the one that is asked for; with their objectives. */
export function namedServices({ service, slos }: Pick<StatisticsQuery, "service" | "slos">): StatisticsQuery["slos"] {
  return service === null ? slos : new Map([[service, slos.get(service) ?? null]]);
}
