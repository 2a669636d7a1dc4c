import { z } from "zod";
import { Person } from "./schemas.ts";

/** What people arrange that is about no single incident, as it is asked for and stored. */
export const ArrangementCommand = z.discriminatedUnion("type", [
  /** `person`: by their name in the policy, else by their id in the chat. */
  z.object({
    type: z.literal("shift.override"),
    schedule: z.string(),
    person: Person,
    from: z.number(),
    until: z.number(),
  }),
  /**
   * Every override of a schedule that people made ends; or only that with the number `override`, asked for with an empty
   * schedule: a previous version, which knows of no numbers, finds no such schedule and ends nothing.
   */
  z.object({ type: z.literal("shift.restore"), schedule: z.string(), override: z.number().optional() }),
  /** Someone's shift has begun. */
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
