import { formatDuration, formatUtcTime } from "#domain/values/instant.ts";
import { runId, type RunMeasure } from "./run.ts";
import type { RunEvent } from "./run-event.ts";

/** One line about a run, for the timeline and the channel. */
export function describeRunEvent({ type, data }: RunEvent, who: string): string {
  const run = `${runId(data.run)} (${data.runbook})`;
  switch (type) {
    case "run.suggested":
      return `${run} looked: ${data.says}`;
    case "run.requested":
      return `${run} asks to ${data.step}, because ${data.why}: ${data.from.join(", ") || "anybody"} may approve until ${formatUtcTime(data.until)} UTC${data.count > 1 ? `, ${data.count} people` : ""}`;
    case "run.approved":
      return `${who} approved ${data.step} of ${run}${data.left === 0 ? "" : `, ${data.left} more needed`}`;
    case "run.started":
      return `${run} began to change something: ${data.what}${data.approvedBy.length === 0 ? "" : `, approved by ${data.approvedBy.join(" and ")}`}`;
    case "step.finished":
      return `${run} did ${data.step}: ${data.effect === "unknown" ? "nobody knows whether it helped" : data.effect}${measured(data)}`;
    case "run.overdue":
      return `${run} has not helped within ${formatDuration(data.after)} (${data.state.replace("-", " for ")}): ${data.page} is paged`;
    case "run.unknown":
      return `${run} does not know whether ${data.step} happened (${data.reason}): say so, nothing is done until then`;
    case "run.settled":
      return `${who} says of ${data.step} in ${run}: ${{ happened: "it happened", again: "it did not happen, run it", stop: "stop" }[data.answer]}`;
    case "run.succeeded":
      return `${run} helped, and that is verified: ${data.says}`;
    case "run.failed":
      return `${run} did not help: ${data.reason}`;
    case "run.canceled":
      return `${run} was stopped: ${data.reason}`;
  }
}

function measured({ before, after }: { readonly before: readonly (number | null)[]; readonly after: readonly (number | null)[] }): string {
  const some = before.map((was, i) => `${formatMeasuredValue(was)} → ${formatMeasuredValue(after[i] ?? null)}`);
  return some.length === 0 ? "" : ` (${some.join(", ")})`;
}

/** A measured number as people say it. */
export function formatMeasuredValue(value: number | null): string {
  return value === null ? "no data" : String(Number(value.toPrecision(3)));
}

/** "0.42 < 1". */
export function formatMeasure({ operator, threshold }: RunMeasure, value: number | null): string {
  return `${formatMeasuredValue(value)} (wanted ${operator} ${formatMeasuredValue(threshold)})`;
}
