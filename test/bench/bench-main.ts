import { startPostgres, type PostgresServer } from "#test/support/harness/servers/postgres.ts";
import { acceptance, firstContact } from "./acceptance.ts";
import { compareCheckouts } from "./compare.ts";
import { embedded } from "./embedded.ts";
import { figures } from "./figures.ts";
import { health } from "./bench-health.ts";
import { intake, oneGroup } from "./intake.ts";
import { pages } from "./bench-pages.ts";

import { offered } from "./offered.ts";
import { people } from "./bench-people.ts";
import { workers } from "./bench-workers.ts";
import { report, type Row } from "./report.ts";
import { runs } from "./bench-runs.ts";
import { storm } from "./bench-storm.ts";
import { stopwatch } from "#test/support/harness/test-clock.ts";
import pg from "pg";

// npm run bench            everything, written to docs/benchmarks.md
// npm run bench -- storm   one part, printed only
// npm run bench -- compare ../other [part …]   this checkout and another one by turns, printed only
const PARTS: Readonly<Record<string, (postgres: PostgresServer) => Promise<Row[]>>> = {
  acceptance,
  offered,
  intake,
  group: oneGroup,
  storm,
  health,
  workers,
  people,
  figures,
  pages,
  runs,
  embedded,
  contact: firstContact,
};
/** A part that fails costs its rows, and not those of the others. */
function failedRow(part: string, error: unknown): Row {
  const figure = `failed: ${error instanceof Error ? error.message : String(error)}`;
  return { what: `The part ${part}`, figure, target: "runs", reached: false };
}
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const words = process.argv.slice(2);
const comparing = words[0] === "compare";
const requests = words.slice(comparing ? 2 : 0);
const unknown = requests.filter((name) => PARTS[name] === undefined);
if (unknown.length > 0)
  throw new Error(`no part called ${unknown.join(", ")}; there are ${Object.keys(PARTS).join(", ")}`);
if (comparing) {
  if (words[1] === undefined) throw new Error("name another checkout: npm run bench -- compare ../other");
  const worse = await compareCheckouts(words[1], requests.length === 0 ? Object.keys(PARTS) : requests, say);
  process.exit(worse === 0 ? 0 : 1);
}
const elapsed = stopwatch();
const postgres = await startPostgres();
const rows: Row[] = [];
for (const [name, part] of Object.entries(PARTS)) {
  if (requests.length > 0 && !requests.includes(name)) continue;
  say(`… ${name} (${Math.round(elapsed() / 1_000)} s since the start)`);
  for (const row of await part(postgres).catch((error: unknown) => [failedRow(name, error)])) {
    rows.push(row);
    say(`${row.reached ? "reached     " : "NOT REACHED "} ${row.what}: ${row.figure} (${row.target})`);
  }
}
const client = new pg.Client({ connectionString: postgres.url });
await client.connect();
const version = ((await client.query("select split_part(version(), ' on ', 1) v")).rows[0] as { v: string }).v;
await client.end();
await postgres.stop();
if (requests.length === 0) say(`written to ${report(rows, version)}`);
process.exit(0);
