import { startPostgres } from "#test/support/harness/servers/postgres.ts";
import { acceptance, offered } from "./acceptance.ts";
import { embedded } from "./embedded.ts";
import { figures } from "./figures.ts";
import { intake, oneGroup } from "./intake.ts";
import { people } from "./people.ts";
import { report, type Row } from "./report.ts";
import { runs } from "./runs.ts";
import { storm } from "./storm.ts";
import pg from "pg";

// npm run bench            everything, written to docs/benchmarks.md
// npm run bench -- storm   one part, printed only
const postgres = await startPostgres();
const parts: Record<string, () => Promise<Row[]>> = {
  acceptance: () => acceptance(postgres),
  offered: () => offered(postgres),
  intake: () => intake(postgres),
  group: () => oneGroup(postgres),
  storm: () => storm(postgres),
  people: () => people(postgres),
  figures: () => figures(postgres),
  runs: () => runs(postgres),
  embedded,
};
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => parts[name] === undefined);
if (unknown.length > 0)
  throw new Error(`no part called ${unknown.join(", ")}; there are ${Object.keys(parts).join(", ")}`);
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const rows: Row[] = [];
for (const [name, part] of Object.entries(parts)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  say(`… ${name}`);
  for (const row of await part()) {
    rows.push(row);
    say(`${row.reached ? "reached     " : "NOT REACHED "} ${row.what}: ${row.figure} (${row.target})`);
  }
}
const client = new pg.Client({ connectionString: postgres.url });
await client.connect();
const version = ((await client.query("select split_part(version(), ' on ', 1) v")).rows[0] as { v: string }).v;
await client.end();
await postgres.stop();
if (asked.length === 0) say(`written to ${report(rows, version)}`);
process.exit(0);
