/** A runbook with one thing in it made wrong, as a slip of the pen would. */
export type RunbookMutant = { readonly what: string; readonly text: string };

const FLIPPED: Readonly<Record<string, string>> = {
  " > ": " < ",
  " < ": " > ",
  " >= ": " < ",
  " <= ": " > ",
  " == ": " != ",
  " != ": " == ",
};

/** Every condition removed, turned round and with each of its comparisons turned round; the verification turned round; no undoing. */
export function mutantsOf(text: string): readonly RunbookMutant[] {
  const lines = text.split("\n");
  const mutants: RunbookMutant[] = [];
  const put = (what: string, from: number, until: number, by: readonly string[]): void =>
    void mutants.push({
      what: `${what} (line ${from + 1})`,
      text: [...lines.slice(0, from), ...by, ...lines.slice(until)].join("\n"),
    });
  for (const [i, line] of lines.entries()) {
    const key = /^(when|promql|undo|minTraffic):/.exec(line)?.[1];
    if (key === undefined) continue;
    let end = i + 1;
    while (/^\s+\S/.test(lines[end] ?? "")) end++;
    const part = lines.slice(i, end);
    if (key !== "promql") put(`without ${key}`, i, end, []);
    if (key === "undo") continue;
    if (key === "when") {
      const condition = part.join(" ").replace(/^when:\s*(?:>-)?\s*/, "");
      put("when turned round", i, end, [`when: >-`, `  !(${condition})`]);
    }
    for (const [j, each] of part.entries())
      for (const found of each.matchAll(/ (?:[<>]=?|[!=]=) /g)) {
        const flipped = `${each.slice(0, found.index)}${FLIPPED[found[0]]}${each.slice(found.index + found[0].length)}`;
        put(`${key} with${found[0]}turned round`, i, end, part.with(j, flipped));
      }
  }
  return mutants;
}
