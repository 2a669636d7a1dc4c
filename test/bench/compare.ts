import { execFile, execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

// npm run bench -- compare <checkout> [part …]     this checkout and another one, in turns, in one run

/** How much worse a figure may be before it is called worse. Machines are noisy: see the spread beside it. */
const TOLERANCE = 0.05;
/** Each part runs so often in each checkout; the median counts. */
const MAX_ROUNDS = 3;

/** A number of a figure: `higher` is which way is better. */
type Quantity = { readonly unit: string; readonly higher: boolean; readonly values: readonly number[] };
type Measurements = Map<string, Quantity>;

/**
 * Runs parts of the bench in another checkout and in this one by turns, so that what slows the machine slows both.
 * Prints both medians of each figure and their ratio.
 * @param other the directory of a checkout with its dependencies installed
 * @param parts names of parts; those that the other checkout does not have fail with its message
 * @returns how many figures are worse by more than 5 %
 */
export async function compareCheckouts(
  other: string,
  parts: readonly string[],
  say: (line: string) => void,
): Promise<number> {
  const [ownOverrides, own]: [Measurements, Measurements] = [new Map(), new Map()];
  for (const part of parts)
    for (let round = 0; round < MAX_ROUNDS; round++) {
      say(`… ${part}, round ${round + 1} of ${MAX_ROUNDS}`);
      const sides = [
        { directory: other, into: ownOverrides },
        { directory: process.cwd(), into: own },
      ];
      // The one that goes second finds warm caches: they take turns.
      for (const { directory, into: mergeTarget } of round % 2 === 0 ? sides : sides.toReversed())
        collect(mergeTarget, await runPart(directory, part));
    }
  say(`| What | ${commitOf(other)} | ${commitOf(process.cwd())} | Ratio (1 or more is as good or better) | |`);
  say("| --- | --- | --- | --- | --- |");
  let worse = 0;
  for (const [what, before] of ownOverrides) {
    const after = own.get(what);
    if (after === undefined) continue;
    const [previous, is] = [median(before.values), median(after.values)];
    const ratio = before.higher ? is / previous : previous / is;
    const bad = ratio < 1 - TOLERANCE;
    if (bad) worse++;
    say(`| ${what} | ${show(before)} | ${show(after)} | ${ratio.toFixed(2)} | ${bad ? "**worse**" : "as good"} |`);
  }
  return worse;
}

async function runPart(directory: string, part: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [benchOf(directory), part], {
    cwd: directory,
    maxBuffer: 1 << 26,
  });
  return stdout;
}

/** Reads the printed rows of a part: `reached       what: figure (target)`. */
function collect(mergeTarget: Measurements, printed: string): void {
  for (const line of printed.split("\n")) {
    const row = /^(?:reached|NOT REACHED) +(.*?): (.*) \([^()]*\)$/.exec(line);
    if (row === null) continue;
    const what = row[1]!.replace(/ ?\([^)]*\)/g, "");
    let nth = 0;
    for (const [, label = "", number, unit] of row[2]!.matchAll(
      /((?:p\d+(?:\.\d+)? )?)(-?\d+(?:\.\d+)?)\s*(requests\/s|alerts\/s|\/s|ms|MB|s)(?![a-z/])/g,
    )) {
      const name = `${what} · ${label === "" ? `${++nth}` : label.trim()} ${unit}`;
      const known = mergeTarget.get(name);
      mergeTarget.set(name, {
        unit: unit!,
        higher: unit!.endsWith("/s"),
        values: [...(known?.values ?? []), Number(number)],
      });
    }
  }
}

function show({ values, unit }: Quantity): string {
  return `${median(values)} ${unit} (${Math.min(...values)}–${Math.max(...values)})`;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

function commitOf(directory: string): string {
  return execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: directory, encoding: "utf8" }).trim();
}

/** The program that `npm run bench` starts in a checkout: the file has moved between versions. */
function benchOf(directory: string): string {
  const { scripts } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as {
    scripts: { bench: string };
  };
  return scripts.bench.replace(/^node /, "");
}
