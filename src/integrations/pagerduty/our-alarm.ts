import type { Incident } from "#domain/incident/incident.ts";
import { findPageHome } from "#domain/incident/merged-parts.ts";
import { isAlarmOf, pageOfAlarm, parseAlarmKey, parsePageKey } from "#domain/paging/page-key.ts";
import type { PagerEventContext } from "#ports/paging.ts";

/** An alarm that we started: what we called it, and the incident that its key names. */
export type OurAlarm = { readonly key: string; readonly number: number };

/** The alarm of ours that an event is about: its key is what we called it when we started it. */
export function alarmIn(data: Readonly<Record<string, unknown>> | null | undefined): OurAlarm | null {
  const inner = data?.["incident"];
  const of = [data, typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>) : null];
  return of.map((each) => namedAlarm(each?.["incident_key"])).find((alarm) => alarm !== null) ?? null;
}

/** The incident that an alarm of ours is of: a merge may have taken its page to another than the one that opened it. */
export async function incidentOf({ key, number }: OurAlarm, known: PagerEventContext): Promise<Incident | null> {
  const asked = await known.incident(number);
  const page = asked === null || !isAlarmOf(asked, key) ? undefined : pageOfAlarm(asked.pages, key);
  if (asked === null || page === undefined) return null;
  const found = new Map([[number, asked]]);
  for (let at: Incident | null = asked; ;) {
    const to: number | undefined = at.pages.find((each) => each.key === page.key)?.carriedTo;
    if (to === undefined || found.has(to)) break;
    at = await known.incident(to);
    if (at === null) break;
    found.set(to, at);
  }
  return findPageHome(asked, page.key, (each) => found.get(each) ?? null)?.incident ?? null;
}

/** An alarm of ours by what we called it. */
export function namedAlarm(key: unknown): OurAlarm | null {
  if (typeof key !== "string") return null;
  const page = parsePageKey(parseAlarmKey(key) ?? "");
  return page === null ? null : { key, number: page.incident };
}
