import ical, { ICalCalendarMethod } from "ical-generator";
import type { Instant } from "#domain/values/language.ts";
import { scheduleShifts, type OnCallRoster } from "#domain/oncall/oncall.ts";
import { routedPerson } from "#domain/policy/people.ts";
import { digestText } from "#domain/values/text.ts";

/** Someone's shifts, or all of a schedule, as an iCalendar file (RFC 5545) of [from, to). An event keeps its id from one reading to the next. */
export function renderCalendar(
  rota: OnCallRoster,
  of: { readonly kind: "schedule" | "person"; readonly name: string },
  from: Instant,
  to: Instant,
): string {
  const names = of.kind === "schedule" ? [of.name] : Object.keys(rota.policy.schedules);
  const file = ical({
    name: of.kind === "schedule" ? `On call: ${of.name}` : `On call: ${routedPerson(rota.policy, of.name).name}`,
    prodId: "-//muster//on-call//EN",
    method: ICalCalendarMethod.PUBLISH,
    ttl: 3_600,
  });
  for (const schedule of names)
    for (const { from: begins, to: ends, person, backup, by } of scheduleShifts(rota, schedule, from, to)) {
      if (of.kind === "person" && person !== of.name) continue;
      const { name } = routedPerson(rota.policy, person);
      const second = backup === null ? "" : `Backup: ${routedPerson(rota.policy, backup).name}. `;
      file.createEvent({
        id: `${digestText(`${schedule} ${person} ${begins}`)}@muster`,
        start: new Date(begins),
        end: new Date(ends),
        stamp: new Date(begins),
        summary: `${name} on call: ${schedule}`,
        description: `${second}From ${by}.`,
      });
    }
  return file.toString();
}
