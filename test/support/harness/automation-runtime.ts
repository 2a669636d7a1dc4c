import { loadCatalog, type RunbookCatalog } from "#runbooks/index.ts";
import type { AutomationRuntime } from "#engine/base/run-ports.ts";
import { NO_PORTS, type RunPorts } from "#ports/action-ports.ts";
import type { DataSource } from "#ports/datasource.ts";
import type { MetricsSource, MetricReading } from "#ports/metrics-source.ts";

/** Metrics that a test sets: by a part of the query. What nobody set is no data. */
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

/** A database that counts what was called. Without a memory nobody can tell afterwards, as without the table muster_calls. */
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

/** Runbooks from their texts. @throws when one has a problem */
export async function catalogOf(...texts: readonly string[]): Promise<RunbookCatalog> {
  const files = new Map(texts.map((text) => [`${/^id: (\S+)$/m.exec(text)![1]!}.md`, text]));
  const catalogue = await loadCatalog("runbooks", {
    list: () => Promise.resolve([...files.keys()]),
    read: (name) => Promise.resolve(files.get(name)!),
  });
  if (catalogue.problems.length > 0)
    throw new Error(catalogue.problems.map(({ file, line, message }) => `${file}:${line} ${message}`).join("\n"));
  return catalogue;
}

export function automationRuntimeOf(
  catalogue: RunbookCatalog,
  ports: Partial<RunPorts>,
  secrets: readonly string[] = [],
): AutomationRuntime {
  return { catalogue: () => catalogue, ports: { ...NO_PORTS, ...ports }, secrets: () => secrets };
}

/** A runbook that cancels what blocks a database, when latency is high; `more` stands in the place of its mode and approval. */
export function aRunbookText({
  id = "cancel-blockers",
  mode = "approve",
  approve = "{ from: ['@oncall'], count: 1, expires: 10m }",
  undo = "",
  maxRuns = "3/24h",
  cooldown = "30m",
  steps = "",
} = {}): string {
  return `---
id: ${id}
title: Cancel what blocks
owner: platform
match: ['alertname="HighLatency"']
params:
  service: { from: labels.service, pattern: '^[a-z0-9-]{1,40}$' }
mode: ${mode}
limits: { lock: db/$service, cooldown: ${cooldown}, maxRuns: ${maxRuns}, maxTargets: 1, breaker: { failedVerifies: 1, open: 6h } }
escalate: { after: 10m, to: orders }
---
# Cancel what blocks

## What's happening

Something blocks.

\`\`\`yaml step
id: latency
uses: prometheus.query
with: { query: 'latency{service="$service"}' }
\`\`\`

${steps}

\`\`\`yaml step
id: cancel
uses: sql.call
when: steps.latency.value > 1.0
with: { datasource: orders, call: cancel-backends, pids: [7] }
approve: ${approve}
timeout: 2m
${undo}
\`\`\`

## Verify

\`\`\`yaml verify
promql: latency{service="$service"} < 1
for: 1m
within: 5m
noData: unknown
alertResolved: true
\`\`\`
`;
}
