import type { Chat } from "./chat.ts";
import type { Cluster } from "./cluster.ts";
import type { DataSource } from "./datasource.ts";
import type { HttpRequests } from "./http-requests.ts";
import type { LogStore } from "./log-store.ts";
import type { MetricsSource } from "./metrics-source.ts";
import type { Paging } from "./paging.ts";
import type { ProcessRunner } from "./processes.ts";
import type { Tickets } from "./tickets.ts";
import type { WorkflowDispatcher } from "./workflows.ts";

/** What runbooks act through; null: not set up. */
export type RunPorts = {
  readonly metrics: MetricsSource | null;
  readonly cluster: Cluster | null;
  readonly logs: LogStore | null;
  readonly http: HttpRequests | null;
  readonly processes: ProcessRunner | null;
  readonly workflows: WorkflowDispatcher | null;
  /** By its name in the policy; null: the policy has none of that name. */
  readonly datasource: (name: string) => DataSource | null;
};

/** Nothing is set up. */
export const NO_PORTS: RunPorts = {
  metrics: null,
  cluster: null,
  logs: null,
  http: null,
  processes: null,
  workflows: null,
  datasource: () => null,
};

/** How runbooks reach people. */
export type PeoplePorts = { readonly chat: Chat; readonly paging: Paging; readonly tickets: Tickets };
