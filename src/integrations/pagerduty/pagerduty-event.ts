import type { Priority } from "#domain/values/language.ts";
import { truncateText } from "#domain/values/text.ts";
import type { PageRequest } from "#ports/paging.ts";

/** https://developer.pagerduty.com/docs/events-api-v2/trigger-events/ */
const SUMMARY = 1_024;
const DEDUP_KEY = 255;
const BODY_BYTES = 512_000;

/** How loud: low urgency never escalates by itself in PagerDuty, so whatever pages is at least an error. */
const SEVERITY: Readonly<Record<Priority, "critical" | "error" | "warning" | "info">> = {
  P0: "critical",
  P1: "critical",
  P2: "error",
  P3: "warning",
  P4: "info",
};

/**
 * The body of a trigger event. What is too much is cut, details first: an alarm with less in it is better than none.
 */
export function buildTriggerEvent(routingKey: string, page: PageRequest, client: string): string {
  const event = (details: Readonly<Record<string, unknown>>): string =>
    JSON.stringify({
      routing_key: routingKey,
      event_action: "trigger",
      dedup_key: page.dedupKey.slice(0, DEDUP_KEY),
      client: "Muster",
      client_url: client,
      links: [
        { href: page.url, text: `${page.incident} in Muster` },
        ...page.links.map(({ url, title }) => ({ href: url, text: title })),
      ],
      payload: {
        summary: truncateText(page.summary, SUMMARY),
        source: truncateText(page.source, 255),
        severity: SEVERITY[page.priority],
        component: page.source,
        group: page.team ?? undefined,
        class: page.priority,
        custom_details: details,
      },
    });
  const whole = event(page.details);
  if (Buffer.byteLength(whole) <= BODY_BYTES) return whole;
  return event({ note: "The details were too long for PagerDuty. They are on the incident's page.", page: page.url });
}

/** The body of an acknowledge or resolve event. */
export function buildChangeEvent(routingKey: string, action: "acknowledge" | "resolve", dedupKey: string): string {
  return JSON.stringify({ routing_key: routingKey, event_action: action, dedup_key: dedupKey.slice(0, DEDUP_KEY) });
}
