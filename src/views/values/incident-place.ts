import type { Incident } from "#domain/incident/incident.ts";
import { incidentId } from "#domain/values/language.ts";
import { linkText, mentionChannel, richText, type RichText } from "#domain/values/rich-text.ts";

/** The title of an incident as everyone may read it: a private one has none. */
export function incidentTitle({ private: hidden, title }: Incident): string {
  return hidden ? "a private incident" : title;
}

/** The incident by its number, and its channel when there is one. */
export function incidentPlace(incident: Incident, page: string): RichText {
  const { channel } = incident;
  return richText`${linkText(page, incidentId(incident.number))}${channel === null || channel.url === "" ? "" : richText` ${mentionChannel(channel)}`}`;
}
