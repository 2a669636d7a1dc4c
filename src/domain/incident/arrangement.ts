import { z } from "zod";
import type { Actor, Instant } from "#domain/values/language.ts";

// What people arrange that is about no single incident: who stands in for whom, and which alerts are held back for a time.

/** Somebody is on call in another's place, or the pager says that they are. [from, until) */
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

const PersonSchema = z.object({ id: z.string(), name: z.string() });

/** As it is wished for and stored. */
export const ArrangementCommand = z.discriminatedUnion("type", [
  /** `person`: by their name in the policy, else by their id in the chat. */
  z.object({
    type: z.literal("shift.override"),
    schedule: z.string(),
    person: PersonSchema,
    from: z.number(),
    until: z.number(),
  }),
  /**
   * Every override of a schedule that people made ends; or only that with the number `override`, asked for with an empty
   * schedule: a previous version, which knows of no numbers, finds no such schedule and ends nothing.
   */
  z.object({ type: z.literal("shift.restore"), schedule: z.string(), override: z.number().optional() }),
  /** Somebody's shift has begun. */
  z.object({ type: z.literal("shift.began"), schedule: z.string(), at: z.number() }),
  /** The group of a schedule is looked at. */
  z.object({ type: z.literal("shift.check"), schedule: z.string() }),
  z.object({
    type: z.literal("mute.set"),
    matchers: z.array(z.string()),
    from: z.number(),
    until: z.number(),
    reason: z.string(),
  }),
  z.object({ type: z.literal("mute.lift"), mute: z.number() }),
]);
export type ArrangementCommand = z.output<typeof ArrangementCommand>;

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
