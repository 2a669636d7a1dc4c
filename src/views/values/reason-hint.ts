import type { Incident } from "#domain/incident/incident.ts";
import { incidentId } from "#domain/values/language.ts";
import { richText, type RichText } from "#domain/values/rich-text.ts";

/** How a person gives the reason for an end that has none yet, or takes the end back. */
export function reasonHint({ number }: Incident): RichText {
  return richText`To say why: \`/incident ${incidentId(number)} resolve REASON\`. If it is not over: \`/incident ${incidentId(number)} reopen\`.`;
}

/** "2 alerts still fire". */
export function firingCount({ firing }: Incident["alerts"]): string {
  return firing === 1 ? "1 alert still fires" : `${firing} alerts still fire`;
}
