import { formatIso, formatUtcDay } from "#domain/values/instant.ts";
import type { LinkedIncident } from "#domain/incident/incident-reference.ts";
import { TIMELINE_KINDS } from "#domain/events/timeline-kind.ts";
import { definitionOf } from "#domain/events/event-registry.ts";
import type { TimelineEntry } from "#domain/events/timeline.ts";
import { html, externalLink, type SafeHtml } from "#views/values/html.ts";
import { incidentPath } from "#domain/incident/incident-path.ts";
import { selectField } from "./incident-list-page.ts";
import { referenceField } from "./page-frame.ts";

/** What of a timeline is shown: one kind of event, or all for a word that is none; words in it; and which page of it, the last for 0. */
export type TimelineFilter = {
  readonly kind: string;
  readonly text: string;
  readonly page: number;
  /** The entry that a link leads to: its page is shown. */
  readonly entry?: number | undefined;
};

/** Entries on one page: what a phone still lays out at once. */
export const ENTRIES_PER_PAGE = 250;

/** The entries that a filter lets through. */
export function filterEntries(
  entries: readonly TimelineEntry[],
  { kind, text }: TimelineFilter,
): readonly TimelineEntry[] {
  const wanted = TIMELINE_KINDS.find((each) => each === kind);
  const words = text.toLowerCase();
  return entries.filter(
    (entry) =>
      (wanted === undefined || definitionOf(entry).kinds.includes(wanted)) &&
      (words === "" || entry.summary.toLowerCase().includes(words) || entry.actor.toLowerCase().includes(words)),
  );
}

/** The timeline of an incident: the latest page first, within a page in the order of what happened. */
export function timelineSection(
  incident: LinkedIncident,
  entries: readonly TimelineEntry[],
  filter: TimelineFilter,
): SafeHtml {
  const found = filterEntries(entries, filter);
  const pages = Math.max(1, Math.ceil(found.length / ENTRIES_PER_PAGE));
  // Pages are counted from the beginning, so that a link to one keeps what it shows while new entries come.
  const linked = filter.entry === undefined ? -1 : found.findIndex(({ seq }) => seq === filter.entry);
  const wanted = linked < 0 ? filter.page : Math.floor(linked / ENTRIES_PER_PAGE) + 1;
  const at = wanted < 1 || wanted > pages ? pages : wanted;
  const shown = found.slice((at - 1) * ENTRIES_PER_PAGE, at * ENTRIES_PER_PAGE);
  const link = (to: number, label: string): SafeHtml =>
    html`<a class="button" href="${incidentPath(incident, { query: { kind: filter.kind, text: filter.text, page: String(to) }, part: "timeline" })}">${label}</a>`;
  const nav =
    pages === 1
      ? null
      : html`<nav class="pages" aria-label="Parts of the timeline">${at > 1 ? link(at - 1, "Earlier") : null}<span class="dim">Part ${at} of ${pages}</span>${at < pages ? link(at + 1, "Later") : null}</nav>`;
  return html`<p class="dim small">${found.length} of ${entries.length} entries · times in UTC</p>${nav}
<ol class="timeline">${lines(shown)}</ol>${shown.length === 0 ? html`<p class="dim">Nothing here fits.</p>` : null}${nav}`;
}

/** The form that narrows it; stands outside of what is brought up to date by itself. */
export function timelineForm(incident: LinkedIncident, filter: TimelineFilter): SafeHtml {
  // A form that is sent by GET leaves the query of its address out.
  const { number } = incident;
  return html`<form class="row" method="get" action="${incidentPath({ number }, { part: "timeline" })}">${referenceField(incident)}${selectField("Kind", "kind", ["all", ...TIMELINE_KINDS], filter.kind)}<label class="wide">Words<input type="search" name="text" value="${filter.text}"></label><button>Filter</button></form>`;
}

function lines(entries: readonly TimelineEntry[]): SafeHtml[] {
  let day = "";
  return entries.map((entry) => {
    const today = formatUtcDay(entry.at);
    const heading = today === day ? null : html`<span class="day">${today}</span>`;
    day = today;
    const when = formatIso(entry.at);
    return html`<li id="e${entry.seq}">${heading}<time datetime="${when}">${when.slice(11, 19)}</time><div>${entry.summary}<div class="dim small">${entry.actor} · ${entry.permalink === null ? entry.source : externalLink(entry.permalink, "source")}</div></div></li>`;
  });
}
