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
    name: calendarText(`On call: ${of.kind === "schedule" ? of.name : routedPerson(rota.policy, of.name).name}`),
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
        summary: calendarText(`${name} on call: ${schedule}`),
        description: calendarText(`${second}From ${by}.`),
      });
    }
  // Every line ends with a line break, the last one too.
  return `${file.toString().replace(/(?:\r\n)+$/, "")}\r\n`;
}

/** A text as iCalendar may hold it: without control characters, and without halves of characters, which UTF-8 cannot write. */
function calendarText(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ").replace(/\p{Surrogate}/gu, "");
}
