import type { IncidentSummary } from "./incident-summary.ts";
import type { Instant } from "#domain/values/language.ts";
import { formatUtcDay } from "#domain/values/instant.ts";
import { oneLine } from "#domain/values/text.ts";

/** Incidents with one signature: what the policy groups alerts by, which is service and alert name when it says nothing. */
export type AlertSignature = { readonly signature: string; readonly incidents: readonly number[] };

/** The signature of an incident that alerts opened, as people read it; null for one that a person declared. */
export function signatureOf({ key, declaredBy }: Pick<IncidentSummary, "key" | "declaredBy">): string | null {
  if (declaredBy !== null) return null;
  return oneLine(namesIn(key).join(" · "), 200);
}

function namesIn(key: string): readonly string[] {
  try {
    const parsed: unknown = JSON.parse(key);
    if (Array.isArray(parsed)) return parsed.map((each) => (each === null || each === "" ? "–" : String(each)));
  } catch {
    // A long key is cut and is JSON no more.
  }
  return [key];
}

/**
 * Whether an incident led to nothing: its alerts ended it, and until then no one had acknowledged it, answered a page,
 * written an update or noted anything to do. Such an alert wakes people and tells them nothing.
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

/** Incidents that alerts opened and that have no runbook to follow, by signature. */
export function signaturesWithoutRunbook(cases: readonly IncidentSummary[]): readonly AlertSignature[] {
  return bySignature(cases.filter(({ links }) => links.runbook === null));
}

/** Signatures that came more than once. */
export function repeatedSignatures(cases: readonly IncidentSummary[]): readonly AlertSignature[] {
  return bySignature(cases).filter(({ incidents }) => incidents.length > 1);
}

/** The most frequent first, of equal ones the latest. */
function bySignature(cases: readonly IncidentSummary[]): readonly AlertSignature[] {
  const groups = new Map<string, { readonly signature: string; readonly incidents: number[] }>();
  for (const each of cases) {
    const known = groups.get(each.key);
    if (known !== undefined) known.incidents.push(each.number);
    else {
      const signature = signatureOf(each);
      if (signature !== null) groups.set(each.key, { signature, incidents: [each.number] });
    }
  }
  return [...groups.values()]
    .map(({ signature, incidents }) => ({ signature, incidents: incidents.toSorted((a, b) => a - b) }))
    .toSorted((a, b) => b.incidents.length - a.incidents.length || b.incidents.at(-1)! - a.incidents.at(-1)!);
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
export function overdueActions(cases: readonly IncidentSummary[], now: Instant): readonly OverdueAction[] {
  const today = formatUtcDay(now);
  return cases
    .flatMap(({ number, tasks }) =>
      tasks
        .filter(({ kind, doneAt, due }) => kind === "followup" && doneAt === null && due !== null && due < today)
        .map(({ id, text, owner, due }) => ({ incident: number, id, text, owner: owner?.name ?? null, due: due! })),
    )
    .toSorted((a, b) => (a.due < b.due ? -1 : a.due > b.due ? 1 : a.incident - b.incident));
}
