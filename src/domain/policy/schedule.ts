import { z } from "zod";
import { parseInstant } from "#domain/values/instant.ts";
import { isDay, isZone, WEEKDAY_NAMES } from "#domain/values/wall-clock.ts";

// A schedule defines who is on call when: layers of rotations, and overrides on top. docs/on-call.md has the rules.

/** ms of a day that has no change of the clock. */
const DAY = 24;

export const TimeZoneName = z.string().refine(isZone, "expected a time zone such as Europe/Berlin").default("UTC");
export const ClockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "expected a time of day such as 09:00");
const Day = z.string().refine(isDay, "expected a date such as 2026-01-05");
export const WeekdayName = z.enum(WEEKDAY_NAMES, { error: `expected one of ${WEEKDAY_NAMES.join(", ")}` });

/** An instant in RFC 3339. */
export const InstantText = z.string().transform((text, ctx) => {
  const at = parseInstant(text);
  if (at !== null) return at;
  ctx.addIssue({
    code: "custom",
    message: `"${text}" is no instant; write it with its offset, like 2026-12-24T09:00:00+01:00`,
  });
  return z.NEVER;
});

/** How long a turn is: whole days, or a part of a day that a day is a multiple of, so that every day has the same hand-offs. */
const ShiftLength = z.string().transform((text, ctx): { readonly days: number; readonly perDay: number } => {
  if (text === "daily") return { days: 1, perDay: 1 };
  if (text === "weekly") return { days: 7, perDay: 1 };
  const found = /^(\d{1,3})([hdw])$/.exec(text);
  const count = Number(found?.[1] ?? 0);
  if (found !== null && count > 0) {
    if (found[2] === "d") return { days: count, perDay: 1 };
    if (found[2] === "w") return { days: count * 7, perDay: 1 };
    if (count >= 4 && DAY % count === 0) return { days: 1, perDay: DAY / count };
  }
  ctx.addIssue({
    code: "custom",
    message: `"${text}" is no length of a shift; write daily, weekly, a number of days or weeks (3d, 2w), or 4h, 6h, 8h or 12h`,
  });
  return z.NEVER;
});

/** Hours of a week in which a layer is in force; `to` at or before `from` is on the next day. */
export const WeeklyHours = z.strictObject({
  days: z
    .array(WeekdayName)
    .min(1)
    .default([...WEEKDAY_NAMES]),
  from: ClockTime,
  to: ClockTime,
});
export type WeeklyHours = z.output<typeof WeeklyHours>;

const RotationLayer = z.strictObject({
  name: z.string().min(1).optional(),
  /** Who takes turns, in this order. */
  people: z.array(z.string()).min(1),
  shift: ShiftLength.prefault("weekly"),
  /** When one hands over to the next, by the clock of the schedule's zone. */
  handoff: ClockTime.default("09:00"),
  /** The day on which the first person's first turn begins. */
  from: Day.default("2024-01-01"),
  /** The day on which the layer ends. */
  until: Day.optional(),
  /** Only in these hours; without them, always. */
  only: z.array(WeeklyHours).default([]),
});
export type RotationLayer = z.output<typeof RotationLayer>;

export const ScheduleFile = z.strictObject({
  timezone: TimeZoneName,
  /** A later layer goes before an earlier one where it is in force. */
  layers: z.array(RotationLayer).default([]),
  /** The shifts are those of this schedule of the pager; then there are no layers here. */
  pagerduty: z.string().optional(),
  /** next: the person of the next turn is the backup of this one. */
  backup: z.enum(["next", "none"]).default("next"),
  overrides: z.array(z.strictObject({ person: z.string(), from: InstantText, until: InstantText })).default([]),
  /** Announces every handoff in the team's channel. */
  announce: z.boolean().default(true),
  /** A group of the chat whose members are set to the on-call people. */
  userGroup: z
    .string()
    .regex(/^@[\w.-]+$/, "expected a user group such as @orders-oncall")
    .optional(),
});
export type Schedule = z.output<typeof ScheduleFile>;
