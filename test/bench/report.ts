import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";

/** One measured figure against what it should be. */
export type Row = {
  readonly what: string;
  readonly figure: string;
  readonly target: string;
  readonly reached: boolean;
};

/** Writes docs/benchmarks.md, keeping the notes people wrote below its last heading. */
export function report(rows: readonly Row[], postgres: string): string {
  const file = "docs/benchmarks.md";
  const notes = readNotes(file);
  const versions = JSON.parse(readFileSync("package.json", "utf8")) as { dependencies: Record<string, string> };
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  const text = [
    "# Benchmarks",
    `\`npm run bench\` measured this table in one run, load generator and servers on the same machine, at commit ${commit}.`,
    `Machine: ${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GiB · Node ${process.version} · ${postgres} (fsync on) · express ${versions.dependencies["express"]} · bullmq ${versions.dependencies["bullmq"]}`,
    [
      "| What | Measured | Goal | |",
      "| --- | --- | --- | --- |",
      ...rows.map(
        ({ what, figure, target, reached }) =>
          `| ${what} | ${figure} | ${target} | ${reached ? "reached" : "**not reached**"} |`,
      ),
    ].join("\n"),
    "## Notes",
    notes,
  ].join("\n\n");
  writeFileSync(file, `${text.trimEnd()}\n`);
  return file;
}

function readNotes(file: string): string {
  try {
    return readFileSync(file, "utf8").split("## Notes\n")[1]?.trim() ?? "";
  } catch {
    return "";
  }
}
