/** A table of Markdown: the words of its heading in small letters, and its rows by them. */
export type MarkdownTable = {
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, string>>[];
};

/** The first table (rows between pipes) in a text; null without one. A row that is too short has empty cells. */
export function parseMarkdownTable(markdown: string): MarkdownTable | null {
  const lines = markdown.split(/\r?\n/).map((line) => line.trim());
  const rule = lines.findIndex(
    (line, i) =>
      i > 0 &&
      /^\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?$/.test(line) &&
      line.includes("-") &&
      lines[i - 1]!.includes("|"),
  );
  if (rule < 0) return null;
  const columns = cellsOf(lines[rule - 1]!).map((cell) => cell.toLowerCase());
  const end = lines.findIndex((line, i) => i > rule && !line.includes("|"));
  const rows = lines.slice(rule + 1, end < 0 ? undefined : end).map((line) => {
    const cells = cellsOf(line);
    return Object.fromEntries(columns.map((column, i) => [column, cells[i] ?? ""]));
  });
  return { columns, rows };
}

function cellsOf(line: string): string[] {
  const inner = line.replace(/^\|/, "").replace(/(?<!\\)\|$/, "");
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}
