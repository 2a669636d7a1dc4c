import { AggregatorRegistry } from "prom-client";
import type { MetricCounts } from "./worker-link.ts";

/** The label that separates the metrics of Node itself (memory, CPU, event loop) by process. */
export const WORKER_LABEL = { process: "worker" } as const;

/** The metrics of several processes as the text of one: values of the same name and labels are added up. */
export function formatMetricSums(parts: readonly MetricCounts[]): Promise<string> {
  return sumsOf(parts).metrics();
}

/**
 * What a process that has ended leaves to its successor, so that no counter goes back when it begins at 0: Prometheus
 * would take the sum for one that was reset. What was measured of the process itself ends with it.
 */
export async function inheritCounts(parts: readonly MetricCounts[]): Promise<MetricCounts> {
  const all = await sumsOf(parts).getMetricsAsJSON();
  return all.flatMap((metric) => {
    if (!["counter", "histogram"].includes(String(metric.type))) return [];
    const values = metric.values.filter(({ labels }) => labels["process"] !== WORKER_LABEL.process);
    return values.length === 0 ? [] : [{ ...metric, values }];
  });
}

function sumsOf(parts: readonly MetricCounts[]): ReturnType<typeof AggregatorRegistry.aggregate> {
  return AggregatorRegistry.aggregate(
    parts.map((part) => part.map((metric) => Object.assign({}, metric, { aggregator: "sum" as const }))),
  );
}
