import type { AlertLabels } from "#domain/values/alert-labels.ts";
import type { Instant } from "#domain/values/language.ts";

/**
 * One webhook request of Alertmanager (protocol "4") or of a sender that speaks like it (some send "1").
 * Fields as in prometheus/alertmanager notify/webhook and template/template.go.
 */
export type Delivery = {
  readonly receiver: string;
  readonly groupKey: string;
  readonly externalUrl: string;
  /** Members that the sender left out: then neither the status nor the list speaks for the group. */
  readonly truncated: number;
  readonly alerts: readonly AlertObservation[];
};

/** One alert as one delivery saw it. */
export type AlertObservation = {
  readonly fingerprint: string;
  readonly status: "firing" | "resolved";
  readonly labels: AlertLabels;
  readonly annotations: AlertLabels;
  readonly startsAt: Instant;
  readonly endsAt: Instant | null;
  readonly generatorUrl: string;
};

/** What was not accepted of a delivery. `index`: which alert; null: a field beside the alerts. `value`: what was sent. */
export type RefusedPart = {
  readonly index: number | null;
  readonly field: string;
  readonly reason: string;
  readonly value: unknown;
};

/** A body that its source's `check` accepts, made of the good parts of one that it does not, and what was refused. */
export type SalvagedBody = { readonly body: unknown; readonly refused: readonly RefusedPart[] };
