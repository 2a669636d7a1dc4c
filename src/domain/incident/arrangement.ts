import type { RotationVersion } from "#domain/policy/rotation-version.ts";
import type { Actor, Instant } from "#domain/values/language.ts";

// Arrangements about no single incident: overrides of schedules, and silences of alerts.

/** A person is on call in another's place, by hand or reported by the pager. [from, until) */
export type Override = {
  readonly schedule: string;
  /** A person of the policy by their name there. */
  readonly person: string;
  readonly from: Instant;
  readonly until: Instant;
  /** `pager`: the shift of a schedule that the pager keeps. */
  readonly source: "policy" | "person" | "pager";
  /** By which people end it; null for those of the pager and of earlier versions. */
  readonly number?: number | null;
};

/** Alerts that are written down and counted, and open no incident, for a time. [from, until) */
export type Silence = {
  readonly id: number;
  readonly matchers: readonly string[];
  readonly reason: string;
  readonly by: string;
  readonly from: Instant;
  readonly until: Instant;
};

/** What is arranged now and for later. `replaced`: rotations that count until a hand-off, though the policy has others. */
export type ArrangementState = {
  readonly overrides: readonly Override[];
  readonly silences: readonly Silence[];
  readonly replaced?: readonly RotationVersion[];
};

/** One change of them, as it is written down. */
export type ArrangementChange =
  | { readonly kind: "override"; readonly override: Override; readonly by: Actor }
  | { readonly kind: "restore"; readonly schedule: string; readonly at: Instant; readonly override?: number }
  | { readonly kind: "mute"; readonly silence: Silence }
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
export function applyArrangement(before: ArrangementState, change: ArrangementChange): ArrangementState {
  const { overrides, silences } = before;
  switch (change.kind) {
    case "override":
      return { ...before, overrides: [...overrides, change.override] };
    case "restore":
      return { ...before, overrides: overrides.filter((each) => !isRestored(each, change)) };
    case "mute":
      return { ...before, silences: [...silences, change.silence] };
    case "lift":
      return { ...before, silences: silences.filter(({ id }) => id !== change.id) };
  }
}
