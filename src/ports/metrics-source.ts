import type { Instant } from "#domain/values/language.ts";

export type MetricSample = { readonly labels: Readonly<Record<string, string>>; readonly value: number };

/**
 * The result of a query at an instant. `noData`: no series, or none with a number in it (0/0): never read it as a pass.
 * `value` is for queries without labels, `rows` for all others. `warnings` are the source's own words about its answer.
 */
export type MetricReading = { readonly warnings: readonly string[] } & (
  | { readonly kind: "value"; readonly value: number }
  | { readonly kind: "rows"; readonly rows: readonly MetricSample[] }
  | { readonly kind: "noData" }
);

/** Whether nothing is missing in an answer. What PromQL itself remarks is about the question. */
export function isCompleteReading({ warnings }: Pick<MetricReading, "warnings">): boolean {
  return warnings.every((warning) => warning.startsWith("PromQL "));
}

/** A store of metrics. Rejects with PortError and nothing else; never retries by itself. */
export interface MetricsSource {
  readonly name: string;
  query(promql: string, at: Instant): Promise<MetricReading>;
  /** One real request: rejects when the store cannot be used. */
  ping(): Promise<void>;
}
