import { timeToResolve, type IncidentSummary } from "./incident-summary.ts";
import type { Instant } from "#domain/values/language.ts";

/** A run that changed something and was verified. `attended`: a person requested it, approved a step or settled one. */
export type VerifiedRun = { readonly incident: number; readonly wroteAt: Instant; readonly attended: boolean };

/** Resolved incidents, and those of them that a verified run mitigated: alone, or with a person's approval. */
export type RemediatedIncidents = {
  readonly resolved: number;
  readonly alone: readonly number[];
  readonly approved: readonly number[];
};

/**
 * Which incidents a run mitigated: it had changed something before the mitigation (a resolution without one is one), and
 * it was proved that this helped. With several such runs an incident was mitigated alone when none of them needed a person.
 */
export function findRemediatedIncidents(
  cases: readonly IncidentSummary[],
  runs: readonly VerifiedRun[],
): RemediatedIncidents {
  const of = new Map<number, VerifiedRun[]>();
  for (const run of runs) of.set(run.incident, [...(of.get(run.incident) ?? []), run]);
  const resolved = cases.filter((each) => timeToResolve(each) !== null);
  const helped = resolved.flatMap(({ number, mitigatedAt, resolvedAt }) => {
    const before = (of.get(number) ?? []).filter(({ wroteAt }) => wroteAt <= (mitigatedAt ?? resolvedAt!));
    return before.length === 0 ? [] : [{ number, attended: before.some(({ attended }) => attended) }];
  });
  const remediatedNumbers = (attended: boolean): number[] =>
    helped.filter((each) => each.attended === attended).map(({ number }) => number);
  return { resolved: resolved.length, alone: remediatedNumbers(false), approved: remediatedNumbers(true) };
}
