import { formatIso, formatUtcDay } from "#domain/values/instant.ts";
import { TIMELINE_KINDS } from "#domain/values/language.ts";
import { definitionOf } from "#domain/events/event-registry.ts";
import type { TimelineEntry } from "#domain/events/timeline.ts";
import { html, externalLink, type SafeHtml } from "#views/values/html.ts";
import { selectField } from "./incident-list-page.ts";

/** What of a timeline is shown: one kind of event, or all for a word that is none; words in it; and which page of it. */
export type TimelineFilter = { readonly kind: string; readonly text: string; readonly page: number };

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
export function timelineSection(id: string, entries: readonly TimelineEntry[], filter: TimelineFilter): SafeHtml {
  const found = filterEntries(entries, filter);
  const pages = Math.max(1, Math.ceil(found.length / ENTRIES_PER_PAGE));
  // Pages are counted from the beginning, so that a link to one keeps what it shows while new entries come.
  const at = filter.page < 1 || filter.page > pages ? pages : filter.page;
  const shown = found.slice((at - 1) * ENTRIES_PER_PAGE, at * ENTRIES_PER_PAGE);
  const link = (to: number, label: string): SafeHtml =>
    html`<a class="button" href="/incidents/${id}?${new URLSearchParams({ kind: filter.kind, text: filter.text, page: String(to) }).toString()}#timeline">${label}</a>`;
  const nav =
    pages === 1
      ? null
      : html`<nav class="pages" aria-label="Parts of the timeline">${at > 1 ? link(at - 1, "Earlier") : null}<span class="dim">Part ${at} of ${pages}</span>${at < pages ? link(at + 1, "Later") : null}</nav>`;
  return html`<p class="dim small">${found.length} of ${entries.length} entries · times in UTC</p>${nav}
<ol class="timeline">${lines(shown)}</ol>${shown.length === 0 ? html`<p class="dim">Nothing here fits.</p>` : null}${nav}`;
}

/** The form that narrows it; stands outside of what is brought up to date by itself. */
export function timelineForm(id: string, filter: TimelineFilter): SafeHtml {
  return html`<form class="row" method="get" action="/incidents/${id}#timeline">${selectField("Kind", "kind", ["all", ...TIMELINE_KINDS], filter.kind)}<label class="wide">Words<input type="search" name="text" value="${filter.text}"></label><button>Filter</button></form>`;
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
