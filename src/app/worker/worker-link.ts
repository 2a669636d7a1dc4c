import type { MetricObjectWithValues, MetricValue } from "prom-client";

/** The metrics that a process counts itself, as prom-client gives them. */
export type MetricCounts = readonly MetricObjectWithValues<MetricValue<string>>[];

/** What a worker reports of itself, for the metrics and the health of the process that started it. */
export type WorkerReport = {
  readonly counts: MetricCounts;
  /** What is wrong, in words; null: nothing. */
  readonly laneProblem: string | null;
  readonly wakeUpProblem: string | null;
};

/** What the process with the doors asks of the worker beside it. */
export type WorkerRequest =
  | { readonly ask: "start"; readonly policyText: string; readonly databaseUrl: string }
  | { readonly ask: "reload"; readonly id: number }
  | { readonly ask: "report"; readonly id: number }
  | { readonly ask: "stop" };

/** What the worker answers: it runs, it has read the policy again, or its report. */
export type WorkerReply =
  | { readonly kind: "runs" }
  | { readonly kind: "reloaded"; readonly id: number }
  | { readonly kind: "report"; readonly id: number; readonly report: WorkerReport };
