import { labelValue, type AlertLabels } from "#domain/values/alert-labels.ts";
import { PRIORITIES, type Priority } from "#domain/values/language.ts";
import type { Policy } from "./policy.ts";
import { oneLine } from "#domain/values/text.ts";

/** A priority never travels without its reason. */
export type ClassifiedPriority = { readonly priority: Priority; readonly reason: string; readonly unmapped: boolean };

/**
 * Both vocabularies in use: `severity: P0…P4`, and words. The words are the names of the tiers
 * (critical, urgent, high, medium, low) and those of the Prometheus world (critical, warning, info).
 * https://monitoring.mixins.dev/#guidelines-for-alert-names-labels-and-annotations
 */
const WORDS: ReadonlyMap<string, Priority> = new Map(
  Object.entries({
    P0: ["p0", "critical"],
    P1: ["p1", "urgent", "page", "error"],
    P2: ["p2", "high"],
    P3: ["p3", "medium", "warning", "warn"],
    P4: ["p4", "low", "info", "informational", "none"],
  } satisfies Record<Priority, string[]>).flatMap(([priority, words]) =>
    words.map((word): [string, Priority] => [word, priority as Priority]),
  ),
);

/** How bad an alert is: the first policy rule that fits, else its severity label, else the policy's default for the unknown. */
export function classifySeverity(policy: Policy, labels: AlertLabels): ClassifiedPriority {
  for (let i = 0; i < policy.severity.length; i++) {
    const rule = policy.severity[i]!;
    if (rule.match.matches(labels))
      return {
        priority: rule.priority,
        reason: rule.because ?? `policy rule ${i + 1}: ${rule.match.texts.join(", ")}`,
        unmapped: false,
      };
  }
  const severity = oneLine(labelValue(labels, "severity"), 100);
  const priority = WORDS.get(severity.toLowerCase());
  if (priority !== undefined) return { priority, reason: `label severity="${severity}"`, unmapped: false };
  const what = severity === "" ? "the alert has no severity label" : `unknown severity "${severity}"`;
  return {
    priority: policy.unknownSeverity,
    reason: `${what}; unknown counts as ${policy.unknownSeverity}`,
    unmapped: true,
  };
}

/**
 * The priority that people mean by what they write: P1, a word of the alerts (high), or a severity of the policy (SEV-2, sev2,
 * 2), which is its most urgent priority. null: none.
 */
export function priorityInWords(policy: Pick<Policy, "priorities">, text: string): Priority | null {
  const word = text.trim().toLowerCase();
  const named = WORDS.get(word);
  if (named !== undefined) return named;
  const number = /^(?:sev(?:erity)?[\s-]?)?(\d)$/.exec(word)?.[1];
  if (number === undefined) return null;
  const bySev = PRIORITIES.find((each) => policy.priorities[each].sev.toLowerCase() === `sev-${number}`);
  return bySev ?? PRIORITIES.find((each) => each === `P${number}`) ?? null;
}
