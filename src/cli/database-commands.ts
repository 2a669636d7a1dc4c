import { withCommandDatabase } from "#app/access/command-database.ts";
import { systemClock } from "#app/clock.ts";
import { prepareDataDirectory } from "#app/data-directory.ts";
import type { CommandTerminal } from "#app/terminal.ts";
import { readConfig, type AppConfig } from "#config/app-config.ts";
import { verifyAuditChain, type AuditAnchor } from "#db/audit/audit-chain.ts";
import { hasAuditLog, readAuditEntries } from "#db/audit/audit-entries.ts";
import { completeIndexes, migrateDatabase as migrateTables, type DatabaseConnection } from "#db/client.ts";
import { forgetPerson, redactEvent, type ErasureOrder, type ErasureReport } from "#db/erasure/erase-records.ts";
import { policyPersonName } from "#domain/policy/people.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { KnownPerson } from "#domain/response/erasure.ts";
import { incidentNumber } from "#domain/values/language.ts";
import { AUDIT_FORMATS, formatAuditEntry, type AuditFormat } from "#views/reporting/audit-export.ts";
import { UsageError, type CommandArgs } from "./cli-command.ts";
import { callerName } from "./client.ts";

export async function migrateCommand(_: CommandArgs, terminal: CommandTerminal): Promise<number> {
  const config = readConfig(terminal.env);
  if (config.databaseUrl === null) prepareDataDirectory(config.dataDir);
  await withCommandDatabase(terminal.env, async (connection) => {
    await migrateTables(connection);
    await completeIndexes(connection);
  });
  terminal.printLine("The tables are up to date.");
  return 0;
}

/** Does something with a database that has an audit log. */
function withAuditedDatabase(
  terminal: CommandTerminal,
  run: (connection: DatabaseConnection, config: AppConfig) => Promise<number>,
): Promise<number> {
  return withCommandDatabase(terminal.env, async (connection, config) =>
    (await hasAuditLog(connection.db))
      ? run(connection, config)
      : terminal.reportFailure("This database has no audit log yet: run `muster migrate`.", 1),
  );
}

export function auditCommand({ values, positionals }: CommandArgs, terminal: CommandTerminal): Promise<number> {
  const [what, ...rest] = positionals;
  if (rest.length > 0) throw new UsageError(`"${rest.join(" ")}" is too much`);
  if (what === "verify") return verify(values, terminal);
  if (what === "export") return exportLog(values, terminal);
  throw new UsageError(what === undefined ? "say verify or export" : `"${what}" is neither verify nor export`);
}

/** 0 when the chain is whole, 1 when it is not. */
async function verify(values: CommandArgs["values"], terminal: CommandTerminal): Promise<number> {
  const anchors = ((values["anchor"] ?? []) as readonly string[]).map(anchorOf);
  return withAuditedDatabase(terminal, async ({ db }) => {
    const { entries, head, erased, expired, problems } = await verifyAuditChain(db, anchors);
    for (const problem of problems) terminal.printLine(problem);
    if (problems.length > 0) return terminal.reportFailure("The audit log is NOT whole.", 1);
    terminal.printLine(
      `The audit log is whole: ${entries} entries${expired === 0 ? "" : `, ${expired} expired`}${erased === 0 ? "" : `, ${erased} erased`}.`,
    );
    if (head !== null)
      terminal.printLine(`Keep this elsewhere and check it later with --anchor: ${head.seq}:${head.hash}`);
    return 0;
  });
}

function anchorOf(text: string): AuditAnchor {
  const found = /^(\d{1,15}):([0-9a-f]{64})$/i.exec(text);
  if (found === null) throw new UsageError(`--anchor: "${text}" is none; "muster audit verify" prints one`);
  return { seq: Number(found[1]), hash: found[2]!.toLowerCase() };
}

const PAGE = 1_000;

async function exportLog(values: CommandArgs["values"], terminal: CommandTerminal): Promise<number> {
  const format = AUDIT_FORMATS.find((each) => each === values["format"]);
  if (format === undefined)
    throw new UsageError(`"${String(values["format"])}" is no format; there are ${AUDIT_FORMATS.join(", ")}`);
  const after = Number(values["after"] ?? 0);
  if (!Number.isSafeInteger(after) || after < 0) throw new UsageError("--after: expected the number of an entry");
  return withAuditedDatabase(terminal, async ({ db }) => {
    await printEntries(db, after, format, terminal);
    return 0;
  });
}

async function printEntries(
  db: Parameters<typeof readAuditEntries>[0],
  after: number,
  format: AuditFormat,
  terminal: CommandTerminal,
): Promise<void> {
  for (let from = after; ;) {
    const entries = await readAuditEntries(db, { after: from, limit: PAGE });
    for (const each of entries) terminal.printLine(formatAuditEntry(each, format));
    if (entries.length < PAGE) return;
    from = entries.at(-1)!.seq;
  }
}

/** Copies that Muster cannot reach. */
const ELSEWHERE =
  "What was sent to the chat, the pager, trackers and documents, and what stands in backups and in the process's log, is not changed: remove it there.";

export async function redactCommand({ values, positionals }: CommandArgs, terminal: CommandTerminal): Promise<number> {
  const [id = "", word, seq = "", ...rest] = positionals;
  const incident = incidentNumber(id);
  if (incident === null || word !== "event" || !/^\d{1,9}$/.test(seq) || rest.length > 0)
    throw new UsageError(
      'say which event, for example: redact INC-12 event 17 ("muster timeline INC-12 --json" has the numbers)',
    );
  return withAuditedDatabase(terminal, async ({ db }) =>
    report(await redactEvent(db, incident, Number(seq), orderOf(values)), `Event ${seq} of INC-${incident}`, terminal),
  );
}

export async function forgetCommand({ values, positionals }: CommandArgs, terminal: CommandTerminal): Promise<number> {
  const [who = "", ...rest] = positionals;
  if (who === "" || rest.length > 0)
    throw new UsageError("say whom: by their name under people in muster.yaml, or by their id, for example U024BE7LH");
  return withAuditedDatabase(terminal, async ({ db }, { policy }) => {
    const code = report(await forgetPerson(db, knownPerson(policy, who), orderOf(values)), who, terminal);
    const name = policyPersonName(policy, who);
    if (code === 0 && name !== null)
      terminal.printLine(`people.${name} still stands in muster.yaml: take it out there.`);
    return code;
  });
}

function orderOf(values: CommandArgs["values"]): ErasureOrder {
  const { name } = callerName(values["as"]);
  return { by: { id: `cli:${name}`, name }, at: systemClock() };
}

/** All names and ids that the policy lists for someone. */
function knownPerson(policy: Policy, who: string): KnownPerson {
  const name = policyPersonName(policy, who);
  const person = name === null ? undefined : policy.people[name];
  const texts = (all: readonly (string | null | undefined)[]): readonly string[] => [
    ...new Set(all.filter((each) => each != null)),
  ];
  const called = person?.name ?? null;
  return {
    ids: texts([
      ...[who, name, ...(person?.ids ?? []), person?.pagerduty, person?.email, person?.phone],
      ...(person?.oidc == null ? [] : [`oidc:${person.oidc.subject}`, person.oidc.subject]),
      called && `api:${called}`,
    ]),
    names: texts([called]),
  };
}

function report(erasure: ErasureReport, what: string, terminal: CommandTerminal): number {
  if (erasure.refusal !== null) return terminal.reportFailure(erasure.refusal, 1);
  const { rows, entries } = erasure;
  terminal.printLine(`${what}: taken out of ${rows} rows and ${entries} entries of the audit log.`);
  terminal.printLine(ELSEWHERE);
  return 0;
}
