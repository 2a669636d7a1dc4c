import { duration, utc, utcTime } from "#domain/instant.ts";
import type { Draft } from "#domain/postmortem.ts";
import type { TimelineEntry as Entry } from "#domain/timeline.ts";
import { md } from "./markdown.ts";
import { cite, table } from "./postmortem-parts.ts";

type Row = { readonly at: number; readonly row: readonly string[] };

/** So many messages of alerts in a row are told each; of more, the first and the last. */
const MOST = 6;
const OF_ALERTS: ReadonlySet<Entry["type"]> = new Set<Entry["type"]>(["alerts.fired", "alerts.flapped", "alerts.resolved", "alerts.moved"]);

/** Stretches of the story: a message of people, or messages of alerts without a word of people between them. */
function stretches(timeline: readonly Entry[]): readonly (readonly Entry[])[] {
  const found: Entry[][] = [];
  for (const entry of timeline) {
    const last = found.at(-1);
    if (last !== undefined && OF_ALERTS.has(entry.type) && OF_ALERTS.has(last[0]!.type)) last.push(entry);
    else found.push([entry]);
  }
  return found;
}

/** The story, with a row for each stretch of which it tells nothing. */
export function timelineTable(draft: Draft): string {
  const { timeline, gaps } = draft;
  const told = (entry: Entry): Row => ({ at: entry.at, row: [utc(entry.at).slice(0, 19), md(entry.summary), md(entry.actor), cite(draft, [entry.seq])] });
  const rows = stretches(timeline).flatMap((entries): readonly Row[] => {
    if (entries.length <= MOST) return entries.map(told);
    const [first, last] = [entries[0]!, entries.at(-1)!];
    const between = entries.slice(1, -1);
    const more = [
      utc(between[0]!.at).slice(0, 19),
      `${between.length} more messages of alerts, until ${utcTime(between.at(-1)!.at)}`,
      "",
      cite(
        draft,
        between.map(({ seq }) => seq),
      ),
    ];
    return [told(first), { at: between[0]!.at, row: more }, told(last)];
  });
  const holes = gaps.map(({ from, to }) => ({
    at: from,
    row: [utc(from).slice(0, 19), `**Gap: nothing was written down for ${duration(to - from)}**`, "", ""],
  }));
  // A gap begins with the last thing before it, and stands behind that.
  const all = [...rows, ...holes].toSorted((a, b) => a.at - b.at);
  return table(
    ["Time (UTC)", "What", "Who", "Evidence"],
    all.map(({ row }) => row),
  );
}
