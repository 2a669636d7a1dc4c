import { formatDuration } from "#domain/values/duration.ts";
import { formatUtc, formatUtcTime } from "#domain/values/instant.ts";
import { incidentId } from "#domain/values/language.ts";
import type { PostmortemDraft } from "#domain/postmortem/postmortem.ts";
import type { ImportedMessage } from "#domain/incident/schemas.ts";
import { definitionOf } from "#domain/events/event-registry.ts";
import type { TimelineEntry as Entry } from "#domain/events/timeline.ts";
import { escapeMarkdown } from "#views/values/markdown-text.ts";
import { citeEvents, renderTable } from "./incident-sections.ts";

type Row = { readonly at: number; readonly row: readonly string[] };

/** This many messages of alerts in a row are shown each; of more, the first and the last. */
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

/** What happened; the files of a message lead to where they are. */
function summaryCell({ type, data, summary }: Entry): string {
  const files = type === "message.captured" ? (data as { readonly message: ImportedMessage }).message.files : [];
  const links = files.flatMap(({ name, url }) => (url === "" ? [] : [`[${escapeMarkdown(name)}](<${url}>)`]));
  return [escapeMarkdown(summary), ...links].join(" ");
}

/** The entry of the timeline, and where it came from. */
function evidenceCell(draft: PostmortemDraft, { seq, permalink }: Entry): string {
  const entry = citeEvents({ ...draft, permalinks: permalink === null ? {} : { [seq]: permalink } }, [seq]);
  return draft.publicUrl === null || permalink === null ? entry : `${entry}, [source](<${permalink}>)`;
}

/** The story, with a row for each stretch that it leaves out. */
export function timelineTable(draft: PostmortemDraft): string {
  const { timeline, gaps, mergedWords } = draft;
  const entryRow = (entry: Entry): Row => ({
    at: entry.at,
    row: [
      formatUtc(entry.at).slice(0, 19),
      summaryCell(entry),
      escapeMarkdown(entry.actor),
      evidenceCell(draft, entry),
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
  // What was written in incidents that were merged into it is a part of its story.
  const merged = mergedWords.map(({ incident, at, summary, actor }) => ({
    at,
    row: [formatUtc(at).slice(0, 19), escapeMarkdown(summary), escapeMarkdown(actor), incidentId(incident)],
  }));
  // A gap begins with the last thing before it, and stands behind that.
  const all = [...rows, ...merged, ...uncovered].toSorted((a, b) => a.at - b.at);
  return renderTable(
    ["Time (UTC)", "What", "Who", "Evidence"],
    all.map(({ row }) => row),
  );
}
