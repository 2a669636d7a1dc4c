import type { AlertSender } from "./alert-sender.ts";
import { labelValue, type AlertLabels } from "#domain/values/alert-labels.ts";
import type { RefusedPart } from "#domain/deliveries/delivery.ts";
import type { Instant } from "#domain/values/language.ts";
import { digestText, oneLine } from "#domain/values/text.ts";

/** An alert that was not accepted, or a field beside the alerts, until someone deals with it. */
export type RefusedAlert = {
  readonly id: number;
  /** The same alert of a sender refused for the same reason has the same. */
  readonly key: string;
  readonly source: string;
  /** The address that it came from last. */
  readonly sender: string;
  readonly firstAt: Instant;
  readonly lastAt: Instant;
  readonly times: number;
  readonly field: string;
  readonly reason: string;
  /** The alert in one line; "" when nothing is known of it. */
  readonly summary: string;
  /** What was sent, as JSON, cut. */
  readonly excerpt: string;
};

/** What the doors refused and no one has dealt with. `total`: how many alerts, of which `alerts` are the last ones. */
export type RefusalReport = {
  /** `title`: what people call the door. */
  readonly senders: readonly (AlertSender & { readonly title: string })[];
  readonly alerts: readonly RefusedAlert[];
  readonly total: number;
};

/** How much is kept of what was sent, in characters. */
const EXCERPT_LENGTH = 2_000;

/** What is stored of a refused part of a delivery. */
export function describeRefusedPart(
  source: string,
  sender: string,
  { field, reason, value }: RefusedPart,
): Omit<RefusedAlert, "id" | "firstAt" | "lastAt"> {
  const text = writeJson(value);
  const labels = labelsOf(value);
  const identity = labels === null ? text : JSON.stringify(labels);
  return {
    key: `${source}:${digestText(identity)}:${digestText(`${identity.length} ${field} ${reason}`)}`,
    source,
    sender,
    times: 1,
    field: oneLine(field, 200),
    reason: oneLine(reason, 300),
    summary: labels === null ? "" : summaryOf(labels),
    excerpt: oneLine(text, EXCERPT_LENGTH),
  };
}

/** As JSON; a sentence for what lies so deep that it cannot be written, which must not cost the alerts beside it. */
function writeJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch (error) {
    if (error instanceof RangeError) return "nested too deeply to be shown";
    throw error;
  }
}

/** The labels that are strings; null without any. */
function labelsOf(value: unknown): AlertLabels | null {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, "labels")) return null;
  const { labels } = value as { readonly labels: unknown };
  if (typeof labels !== "object" || labels === null) return null;
  const texts = Object.entries(labels as Record<string, unknown>).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return texts.length === 0 ? null : Object.fromEntries(texts);
}

function summaryOf(labels: AlertLabels): string {
  const shown = ["severity", "service", "job", "namespace", "instance"]
    .map((name) => [name, labelValue(labels, name)] as const)
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${name}=${value}`);
  return oneLine([labelValue(labels, "alertname") || "alert without a name", ...shown].join(" "), 300);
}
