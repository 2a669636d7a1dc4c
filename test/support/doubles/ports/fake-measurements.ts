import type { DataSource } from "#ports/datasource.ts";
import type { MetricsSource, MetricReading } from "#ports/metrics-source.ts";

/** Metrics that a test sets: by a part of the query. What no one set is no data. */
export class FakeMetrics implements MetricsSource {
  readonly name = "metrics";
  readonly values = new Map<string, number | null>();
  readonly asked: string[] = [];
  /** Rejects with this instead. */
  error: Error | null = null;
  query(promql: string): Promise<MetricReading> {
    this.asked.push(promql);
    if (this.error !== null) return Promise.reject(this.error);
    const found = [...this.values].find(([part]) => promql.includes(part))?.[1] ?? null;
    return Promise.resolve(
      found === null ? { kind: "noData", warnings: [] } : { kind: "value", value: found, warnings: [] },
    );
  }
  ping(): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * A database that counts what was called. Without a memory it cannot be found out afterwards, as without the table
 * muster_calls.
 */
export class FakeDataSource implements DataSource {
  readonly name = "orders";
  readonly called: string[] = [];
  remembers = true;
  says = "canceled";
  /** Happens within each call, before it is done. */
  during: () => void = () => {};
  /** The next calls reject: before they are done, or after. */
  readonly faults: { readonly error: Error; readonly did: boolean }[] = [];
  query(): Promise<{ rows: readonly { pid: number }[]; cut: boolean }> {
    return Promise.resolve({ rows: [{ pid: 7 }], cut: false });
  }
  call(
    _name: string,
    _args: readonly unknown[],
    key: string,
  ): Promise<
    { ok: true; repeated: boolean; rows: readonly object[]; cut: boolean } & {
      rows: readonly Record<string, unknown>[];
    }
  > {
    this.during();
    const fault = this.faults.shift();
    if (fault !== undefined && !fault.did) return Promise.reject(fault.error);
    this.called.push(key);
    if (fault !== undefined) return Promise.reject(fault.error);
    return Promise.resolve({ ok: true, repeated: false, rows: [{ pid: 7, done: true, says: this.says }], cut: false });
  }
  probeCall(key: string): Promise<"yes" | "no" | "unknown"> {
    return Promise.resolve(this.remembers ? (this.called.includes(key) ? "yes" : "no") : "unknown");
  }
  ping(): Promise<void> {
    return Promise.resolve();
  }
}
