import { z } from "zod";
import type { Actor, Instant } from "./language.ts";
import type { Mute } from "./mute.ts";
import type { Override } from "./shifts.ts";

// What people arrange that is about no single incident: who stands in for whom, and which alerts are held back for a time.

const PersonSchema = z.object({ id: z.string(), name: z.string() });

/** As it is wished for and stored. */
export const Arranging = z.discriminatedUnion("type", [
  /** `person`: by their name in the policy, else by their id in the chat. */
  z.object({ type: z.literal("shift.override"), schedule: z.string(), person: PersonSchema, from: z.number(), until: z.number() }),
  /** Every override of a schedule that people made ends. */
  z.object({ type: z.literal("shift.restore"), schedule: z.string() }),
  /** Somebody's shift has begun. */
  z.object({ type: z.literal("shift.began"), schedule: z.string(), at: z.number() }),
  /** The group of a schedule is looked at. */
  z.object({ type: z.literal("shift.check"), schedule: z.string() }),
  z.object({ type: z.literal("mute.set"), matchers: z.array(z.string()), from: z.number(), until: z.number(), reason: z.string() }),
  z.object({ type: z.literal("mute.lift"), mute: z.number() }),
]);
export type Arranging = z.output<typeof Arranging>;

/** What is arranged now and for later. */
export type Arrangements = { readonly overrides: readonly Override[]; readonly mutes: readonly Mute[] };

/** One change of them, as it is written down. */
export type Arranged =
  | { readonly kind: "override"; readonly override: Override; readonly by: Actor }
  | { readonly kind: "restore"; readonly schedule: string; readonly at: Instant }
  | { readonly kind: "mute"; readonly mute: Mute }
  | { readonly kind: "lift"; readonly id: number; readonly at: Instant };

/** The arrangements after one more change. */
export function arranged({ overrides, mutes }: Arrangements, change: Arranged): Arrangements {
  switch (change.kind) {
    case "override":
      return { overrides: [...overrides, change.override], mutes };
    case "restore":
      return { overrides: overrides.filter(({ schedule, source }) => schedule !== change.schedule || source !== "person"), mutes };
    case "mute":
      return { overrides, mutes: [...mutes, change.mute] };
    case "lift":
      return { overrides, mutes: mutes.filter(({ id }) => id !== change.id) };
  }
}
