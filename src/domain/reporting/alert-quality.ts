import type { IncidentSummary } from "./incident-summary.ts";
import type { Instant } from "#domain/values/language.ts";
import { formatUtcDay } from "#domain/values/instant.ts";
import { oneLine } from "#domain/values/text.ts";

/**
 * Incidents with one signature: what the policy groups alerts by, by default service and alert name. `key` is what is
 * stored, `signature` what people read; `incidents` are the latest of `count`, in order.
 */
export type AlertSignature = {
  readonly key: string;
  readonly signature: string;
  readonly count: number;
  readonly incidents: readonly number[];
};

/** Incidents that are named of one signature. */
export const SIGNATURE_INCIDENTS = 50;

/** A signature as it is shown. `numbers`: its latest incidents, in order. */
export function namedSignature(key: string, count: number, numbers: readonly number[]): AlertSignature {
  return { key, signature: oneLine(namesIn(key).join(" · "), 200), count, incidents: numbers };
}

function namesIn(key: string): readonly string[] {
  try {
    const parsed: unknown = JSON.parse(key);
    if (Array.isArray(parsed)) return parsed.map((each) => (each === null || each === "" ? "–" : String(each)));
  } catch {
    // A long key is cut and is no longer JSON.
  }
  return [key];
}

/**
 * Whether an incident needed no action: its alerts ended it, and until then no one had acknowledged it, answered a
 * page, written an update or noted anything to do. Such an alert wakes people for nothing.
 */
export function isNotActionable({ resolvedBy, acknowledgedAt, pages, tasks, updates }: IncidentSummary): boolean {
  return (
    resolvedBy === "alerts" &&
    acknowledgedAt === null &&
    tasks.length === 0 &&
    updates.sent === 0 &&
    pages.every((page) => page.acknowledgedAt === null)
  );
}

/** An action whose due day has passed. */
export type OverdueAction = {
  readonly incident: number;
  readonly id: number;
  readonly text: string;
  readonly owner: string | null;
  readonly due: string;
};

/** Open follow-ups whose due day has passed in UTC, oldest first. */
export function overdueActions(
  cases: readonly Pick<IncidentSummary, "number" | "tasks">[],
  now: Instant,
): readonly OverdueAction[] {
  const today = formatUtcDay(now);
  return cases
    .flatMap(({ number, tasks }) =>
      tasks
        .filter(({ kind, doneAt, due }) => kind === "followup" && doneAt === null && due !== null && due < today)
        .map(({ id, text, owner, due }) => ({ incident: number, id, text, owner: owner?.name ?? null, due: due! })),
    )
    .toSorted((a, b) => (a.due < b.due ? -1 : a.due > b.due ? 1 : a.incident - b.incident));
}
