import { Temporal } from "temporal-polyfill";
import type { Shift } from "#domain/oncall/shifts.ts";
import { ScheduleFile, type Schedule } from "#domain/policy/schedule.ts";

/** A schedule as the policy's file writes it. */
export const aSchedule = (file: unknown): Schedule => ScheduleFile.parse(file);

/** When a shift begins, by the clocks of a zone, and whose it is: `2026-11-23T10:00+01:00 alice`. */
export function shiftLine({ from, person }: Shift, zone = "UTC"): string {
  const begins = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(zone);
  return `${begins.toString({ timeZoneName: "never", smallestUnit: "minute" })} ${person}`;
}
