import { formatMeasuredValue } from "#domain/automation/run-text.ts";
import { latestAttempt } from "#domain/automation/run-next.ts";
import type { JournalLine, Run } from "#domain/automation/run.ts";
import { clipText, EMPTY_TEXT, joinText, richText, type RichText } from "#domain/values/rich-text.ts";
import { cleanParagraphs, oneLine } from "#domain/values/text.ts";

/** So many rows or series are shown, lines of the end of a log, and characters of a line and of a body. */
const ROWS = 5;
const LOG_LINES = 10;
const LINE = 200;
const BODY = 600;
/** What one step found takes so much of a message at most. */
const STEP = 1_000;

/** What the steps of a run found that is more than a number: first rows, the end of a log, the beginning of a body. */
export function summarizeFindings(run: Run, journal: readonly JournalLine[]): RichText {
  const blocks = run.plan.steps.flatMap(({ id, touches }, i): readonly RichText[] => {
    const line = latestAttempt(journal, i);
    if (line?.state !== "finished" || touches === "people") return [];
    const text = excerpt(line.outcome?.output ?? {});
    // What is shown as it is must not end where it is shown.
    return text === "" ? [] : [richText`*${id}*\n\`\`\`${clipText(text.replaceAll("`", "ˋ"), STEP)}\`\`\``];
  });
  return blocks.length === 0 ? EMPTY_TEXT : joinText(blocks, "\n");
}

function excerpt(output: Readonly<Record<string, unknown>>): string {
  const { rows, lines, series, body, stdout } = output;
  if (Array.isArray(rows)) return first(rows, fieldsOf);
  if (Array.isArray(lines)) return last(lines.map(String));
  if (Array.isArray(series) && series.length > 1) return first(series, seriesLine);
  if (typeof stdout === "string" && stdout.trim() !== "") return last(stdout.trim().split("\n"));
  if (body === undefined || body === null || body === "") return "";
  return cleanParagraphs(typeof body === "string" ? body : JSON.stringify(body, null, 1), BODY);
}

function first(all: readonly unknown[], show: (each: unknown) => string): string {
  const more = all.length > ROWS ? [`… ${all.length - ROWS} more`] : [];
  return [...all.slice(0, ROWS).map((each) => oneLine(show(each), LINE)), ...more].join("\n");
}

function last(all: readonly string[]): string {
  const before = all.length > LOG_LINES ? [`… ${all.length - LOG_LINES} before`] : [];
  return [...before, ...all.slice(-LOG_LINES).map((each) => oneLine(each, LINE))].join("\n");
}

/** "pid=7 state=active". */
function fieldsOf(row: unknown): string {
  if (typeof row !== "object" || row === null) return JSON.stringify(row) ?? "";
  return Object.entries(row)
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" ");
}

function seriesLine(each: unknown): string {
  const { labels, value } = each as { readonly labels?: object; readonly value?: unknown };
  return `${fieldsOf(labels ?? {})}: ${typeof value === "number" ? formatMeasuredValue(value) : "no data"}`;
}
