import type { Actor, Instant } from "#domain/values/language.ts";
import type { Silence } from "./silence.ts";
import type { Override } from "#domain/oncall/shifts.ts";

// What people arrange that is about no single incident: who stands in for whom, and which alerts are held back for a time.

/** What is arranged now and for later. */
export type ArrangementState = { readonly overrides: readonly Override[]; readonly mutes: readonly Silence[] };

/** One change of them, as it is written down. */
export type ArrangementChange =
  | { readonly kind: "override"; readonly override: Override; readonly by: Actor }
  | { readonly kind: "restore"; readonly schedule: string; readonly at: Instant; readonly override?: number }
  | { readonly kind: "mute"; readonly mute: Silence }
  | { readonly kind: "lift"; readonly id: number; readonly at: Instant };

function isRestored(
  { schedule, source, number }: Override,
  restore: Extract<ArrangementChange, { kind: "restore" }>,
): boolean {
  return (
    schedule === restore.schedule &&
    source === "person" &&
    (restore.override === undefined || number === restore.override)
  );
}

/** The arrangements after one more change. */
export function applyArrangement({ overrides, mutes }: ArrangementState, change: ArrangementChange): ArrangementState {
  switch (change.kind) {
    case "override":
      return { overrides: [...overrides, change.override], mutes };
    case "restore":
      return { overrides: overrides.filter((each) => !isRestored(each, change)), mutes };
    case "mute":
      return { overrides, mutes: [...mutes, change.mute] };
    case "lift":
      return { overrides, mutes: mutes.filter(({ id }) => id !== change.id) };
  }
}
