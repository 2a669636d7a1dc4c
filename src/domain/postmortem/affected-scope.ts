import { labelValue, type AlertLabels } from "#domain/values/alert-labels.ts";

/** The location labels of alerts, the widest first. */
const WHERE = ["env", "environment", "region", "datacenter", "zone", "availability_zone", "cluster", "namespace"];
/** Values of one label that are named. */
const MAX_SHOWN = 8;

/** Where alerts came from, by one label: its values with how many alerts each had, the most first; `more`: values that are not named. */
export type AffectedScope = {
  readonly label: string;
  readonly values: readonly (readonly [value: string, alerts: number])[];
  readonly more: number;
};

/** Where an incident was felt, by the labels of its alerts. */
export function affectedScope(alerts: readonly AlertLabels[]): readonly AffectedScope[] {
  return WHERE.flatMap((name) => {
    const counts = new Map<string, number>();
    for (const labels of alerts) {
      const value = labelValue(labels, name);
      if (value !== "") counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    if (counts.size === 0) return [];
    const values = [...counts].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    return [{ label: name, values: values.slice(0, MAX_SHOWN), more: Math.max(0, values.length - MAX_SHOWN) }];
  });
}
