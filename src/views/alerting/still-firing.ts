import type { Incident } from "#domain/incident/incident.ts";
import { incidentId, isOpen } from "#domain/values/language.ts";
import { localTime, richText, type RichText } from "#domain/values/rich-text.ts";
import { html, timeElement, type HtmlPart } from "#views/values/html.ts";

/** Whether alerts fire of an incident that ended. */
export function isEndedWhileFiring({ status, alerts }: Incident): boolean {
  return !isOpen(status) && alerts.firing > 0;
}

/** For a chat: what becomes of the alerts that still fire after the end; null when none does. */
export function stillFiringText(incident: Incident): RichText | null {
  if (!isEndedWhileFiring(incident)) return null;
  const { falseAlarm, recheck } = incident;
  if (falseAlarm !== null)
    return richText`🔕 ${silencedAlerts(incident)} until resolved: ${falseAlarm.by.name} canceled it as a false alarm (${falseAlarm.reason})`;
  return recheck === null
    ? richText`⏲️ ${firingAlerts(incident)}`
    : richText`⏲️ ${firingAlerts(incident)}. Checked again at ${localTime(recheck.at)}`;
}

/** The same for the dashboard. */
export function stillFiringHtml(incident: Incident): HtmlPart {
  const { falseAlarm, recheck } = incident;
  if (falseAlarm !== null)
    return html`${silencedAlerts(incident)} until resolved: ${falseAlarm.by.name} canceled it as a false alarm.`;
  return recheck === null
    ? `${firingAlerts(incident)}.`
    : html`${firingAlerts(incident)}; checked again at <b>${timeElement(recheck.at)}</b>.`;
}

/** How many incidents are named at most. */
const NAMED = 10;

/** For health: incidents that ended while alerts of them fire; null: there are none. Private ones are counted and not named. */
export function describeEndedFiring(ended: readonly Pick<Incident, "number" | "private">[]): string | null {
  if (ended.length === 0) return null;
  const ids = ended.filter((each) => !each.private).map(({ number }) => incidentId(number));
  const others = ids.length > NAMED || ids.length < ended.length ? ["others"] : [];
  const named = [...ids.slice(0, NAMED), ...(ids.length === 0 ? ["private"] : others)]
    .join(", ")
    .replace(/, others$/, " and others");
  return `${ended.length === 1 ? "1 incident" : `${ended.length} incidents`} ended while alerts still fire: ${named}`;
}

function firingAlerts({ alerts: { firing } }: Incident): string {
  return firing === 1 ? "1 alert still fires" : `${firing} alerts still fire`;
}

function silencedAlerts({ alerts: { firing } }: Incident): string {
  return firing === 1 ? "1 alert is silenced" : `${firing} alerts are silenced`;
}
