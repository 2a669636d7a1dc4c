import { formatDuration } from "#domain/values/duration.ts";
import { formatUtc, formatUtcTime } from "#domain/values/instant.ts";
import type { PostmortemDraft } from "#domain/postmortem/postmortem.ts";
import { definitionOf } from "#domain/events/event-registry.ts";
import type { TimelineEntry as Entry } from "#domain/events/timeline.ts";
import { escapeMarkdown } from "#views/values/markdown-text.ts";
import { citeEvents, renderTable } from "./incident-sections.ts";

type Row = { readonly at: number; readonly row: readonly string[] };

/** So many messages of alerts in a row are told each; of more, the first and the last. */
const MAX_ALERTS = 6;
const isCondensed = (entry: Entry): boolean => definitionOf(entry).inPostmortem === "condensed";

/** Stretches of the story: a message of people, or messages of alerts without a word of people between them. */
function stretches(timeline: readonly Entry[]): readonly (readonly Entry[])[] {
  const found: Entry[][] = [];
  for (const entry of timeline) {
    const last = found.at(-1);
    if (last !== undefined && isCondensed(entry) && isCondensed(last[0]!)) last.push(entry);
    else found.push([entry]);
  }
  return found;
}

/** The story, with a row for each stretch of which it tells nothing. */
export function timelineTable(draft: PostmortemDraft): string {
  const { timeline, gaps } = draft;
  const entryRow = (entry: Entry): Row => ({
    at: entry.at,
    row: [
      formatUtc(entry.at).slice(0, 19),
      escapeMarkdown(entry.summary),
      escapeMarkdown(entry.actor),
      citeEvents(draft, [entry.seq]),
    ],
  });
  const rows = stretches(timeline).flatMap((entries): readonly Row[] => {
    if (entries.length <= MAX_ALERTS) return entries.map(entryRow);
    const [first, last] = [entries[0]!, entries.at(-1)!];
    const between = entries.slice(1, -1);
    const more = [
      formatUtc(between[0]!.at).slice(0, 19),
      `${between.length} more messages of alerts, until ${formatUtcTime(between.at(-1)!.at)}`,
      "",
      citeEvents(
        draft,
        between.map(({ seq }) => seq),
      ),
    ];
    return [entryRow(first), { at: between[0]!.at, row: more }, entryRow(last)];
  });
  const uncovered = gaps.map(({ from, to }) => ({
    at: from,
    row: [formatUtc(from).slice(0, 19), `**Gap: nothing was written down for ${formatDuration(to - from)}**`, "", ""],
  }));
  // A gap begins with the last thing before it, and stands behind that.
  const all = [...rows, ...uncovered].toSorted((a, b) => a.at - b.at);
  return renderTable(
    ["Time (UTC)", "What", "Who", "Evidence"],
    all.map(({ row }) => row),
  );
}
