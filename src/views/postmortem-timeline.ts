import { duration, utc } from "#domain/instant.ts";
import type { Draft } from "#domain/postmortem.ts";
import { md } from "./markdown.ts";
import { table } from "./postmortem-parts.ts";

/** The story, with a row for each stretch of which it tells nothing. */
export function timelineTable({ timeline, gaps }: Draft): string {
  const rows = timeline.map((entry) => ({
    at: entry.at,
    row: [
      utc(entry.at).slice(0, 19),
      md(entry.summary),
      md(entry.actor),
      entry.permalink === null ? `event ${entry.seq}` : `[event ${entry.seq}](<${entry.permalink}>)`,
    ],
  }));
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
