import { incidentId } from "#domain/values/language.ts";
import type { Incident } from "./incident.ts";

/**
 * An incident as buttons, forms and pages carry it. Numbers begin again where a restored backup ends, so `uid`
 * identifies which incident of that number is meant: the beginning of its uid; null in what an earlier version wrote.
 */
export type IncidentReference = { readonly number: number; readonly uid: string | null };

/** What a link to an incident's page is made of. */
export type LinkedIncident = Pick<Incident, "number" | "uid">;

/** The incidents that a page links to, by their numbers; one that is unknown is its number alone. */
export type IncidentLinks = (number: number) => LinkedIncident;

/** How many letters of a uid separate two incidents of one number. */
const LETTERS = 8;

/** A reference as it is carried: "12~5f0c7c1e", or "12" when the uid is unknown. */
export function writeReference({ number, uid }: Pick<Incident, "number" | "uid">): string {
  return uid === undefined ? String(number) : `${number}~${uid.slice(0, LETTERS)}`;
}

/**
 * The reference at the beginning of a text, and the rest of it: "12~5f0c7c1e severity P1". null when it begins with no
 * reference.
 */
export function readReference(text: string): (IncidentReference & { readonly rest: string }) | null {
  const [, number, uid = null, rest = ""] = /^(\d{1,9})(?:~([\w-]{1,8}))?(?:\s+([\s\S]*))?$/.exec(text) ?? [];
  return number === undefined ? null : { number: Number(number), uid, rest };
}

/** Whether an incident is the one that is referred to, and not another of its number. */
export function isReferredTo({ number, uid }: Pick<Incident, "number" | "uid">, reference: IncidentReference): boolean {
  return (
    number === reference.number &&
    (reference.uid === null || uid === undefined || uid.slice(0, LETTERS) === reference.uid)
  );
}

/** The answer to a button or form that is about an incident that is gone. */
export function staleReferenceText({ number }: IncidentReference): string {
  return `This is about another ${incidentId(number)}, from before the database was restored from a backup. Nothing was done. The ${incidentId(number)} of today is not it: look at its own card.`;
}
