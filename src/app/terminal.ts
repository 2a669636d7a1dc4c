// What commands and the demo print on standard output.

export function printLine(line = ""): void {
  process.stdout.write(`${line}\n`);
}

export function printJson(value: unknown): void {
  printLine(JSON.stringify(value, null, 2));
}

/** A table with columns as wide as they need to be; the last one is cut at the terminal's edge. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => (row[i] ?? "").length)));
  const room = process.stdout.columns ?? 0;
  const line = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i === cells.length - 1 ? cell : cell.padEnd(widths[i]!))).join("  ");
  for (const row of [head, ...rows]) {
    const text = line(row).trimEnd();
    printLine(room > 20 && text.length > room ? `${text.slice(0, room - 1)}…` : text);
  }
}
