import type { Cluster } from "#ports/cluster.ts";
import type { DataSource } from "#ports/datasource.ts";
import type { HttpRequests } from "#ports/http-requests.ts";
import type { MetricsSource } from "#ports/metrics-source.ts";
import type { ProcessRunner } from "#ports/processes.ts";
import type { WorkflowDispatcher } from "#ports/workflows.ts";
import type { RunbookCatalog } from "#runbooks/index.ts";

/** What runbooks act through; null: not set up. */
export type RunPorts = {
  readonly metrics: MetricsSource | null;
  readonly cluster: Cluster | null;
  readonly http: HttpRequests | null;
  readonly processes: ProcessRunner | null;
  readonly workflows: WorkflowDispatcher | null;
  /** By its name in the policy; null: the policy has none of that name. */
  readonly datasource: (name: string) => DataSource | null;
  /** The value of an environment variable that a runbook names for a Bearer token. */
  readonly secret: (variable: string) => string | null;
};

/** Nothing is set up. */
export const NO_PORTS: RunPorts = {
  metrics: null,
  cluster: null,
  http: null,
  processes: null,
  workflows: null,
  datasource: () => null,
  secret: () => null,
};

/** Runbooks and what they act through. */
export type AutomationRuntime = {
  /** As the files are now. */
  readonly catalogue: () => RunbookCatalog;
  /** The addresses of whoever wrote a file as it is; empty: nobody knows. Absent: nobody keeps people from approving their own. */
  readonly authors?: (file: string) => Promise<readonly string[]>;
  readonly ports: RunPorts;
  /** Values that no output may show. */
  readonly secrets: () => readonly string[];
};
