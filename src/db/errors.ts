import { DrizzleQueryError } from "drizzle-orm/errors";

/**
 * What a failed request to the database is about.
 * - outage: the place is at fault (no permission, no table, read-only, full, gone). Nothing is wrong with the work: it
 *   stays pending and is done when the place works again, and the attempt counts for nothing.
 * - work: the work itself may be at fault: by what it holds, by being too large, by a mistake of ours in making it. It
 *   is put aside only when others pass where it fails (`src/engine/loop/failing-commands.ts`).
 * - unknown: no error of a database.
 *
 * Only what is listed as the work's counts as the work's: a code that we do not know is an outage.
 */
export type DatabaseFault = {
  readonly kind: "outage" | "work" | "unknown";
  /** The outage may concern a part of the work, such as one table: the rest can be tried. */
  readonly partial: boolean;
  /** What is wrong, for operators: "the database is read-only (25006: cannot execute INSERT …)". */
  readonly reason: string;
};

/**
 * Classes of SQLSTATE by which the work may be at fault (PostgreSQL, appendix A): 21 cardinality, 22 data, 23 constraints,
 * 44 check option, and 54, a limit that one value exceeds, such as a key too long for an index.
 */
const OF_THE_WORK = /^(21|22|23|44|54)/;

/** The first that fits names the outage. */
const OUTAGES: readonly (readonly [RegExp, string])[] = [
  [/^25006$/, "the database is read-only"],
  [/^42501$/, "the database user lacks a permission"],
  [/^(42P01|3F000)$/, "a table is missing in the database"],
  [/^42/, "the tables of the database do not fit this version"],
  [/^53100$/, "the disk of the database is full"],
  [/^53200$/, "the database is out of memory"],
  [/^53300$/, "the database has no free connection"],
  [/^53/, "the database is out of resources"],
  [/^57P0[1-3]$/, "the database is starting or stopping"],
  [/^57014$/, "the database took too long"],
  [/^55P03$/, "another process holds a lock in the database"],
  [/^(28|3D)/, "the database refuses the login"],
  [/^40/, "transactions of the database conflict"],
  [/^58/, "the database cannot use its files"],
  [/^XX/, "the database is damaged"],
  [/^08/, "the database cannot be reached"],
];
/** PostgreSQL's words for these name hosts, users and databases, and strangers read `reason`: the log has them. */
const NAMES_PLACES = /^(08|28|3D)/;
const NOT_NAMED = "the database refuses work";

/** A connection that breaks or never comes about: codes of Node, and sentences of pg and of the embedded database, which have no codes. */
const LOST_CODES = /^(E(CONN\w+|PIPE|TIMEDOUT|NOTFOUND|AI_AGAIN|HOSTUNREACH|HOSTDOWN|NETUNREACH|NETDOWN))$/;
const LOST_WORDS =
  /^(Query read timeout|Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed|Cannot use a pool after|the embedded database is closed|a transaction could not be rolled back|no answer within)/;

/** Finds what an error of the database is about. The one place that interprets SQLSTATE. */
export function classifyFault(error: unknown): DatabaseFault {
  const cause = causeOf(error);
  const message = errorReason(error);
  const code = codeOf(cause);
  if (code !== null && /^[0-9A-Z]{5}$/.test(code)) {
    if (OF_THE_WORK.test(code)) return { kind: "work", partial: true, reason: `${message} (${code})` };
    const name = OUTAGES.find(([pattern]) => pattern.test(code))?.[1] ?? NOT_NAMED;
    const detail = NAMES_PLACES.test(code) ? code : `${code}: ${message}`;
    return { kind: "outage", partial: /^(42|3F)/.test(code), reason: `${name} (${detail})` };
  }
  if (code !== null && LOST_CODES.test(code))
    return { kind: "outage", partial: false, reason: `the database cannot be reached (${code})` };
  if (LOST_WORDS.test(message))
    return { kind: "outage", partial: false, reason: `the database cannot be reached (${message})` };
  if (cause instanceof TypeError || cause instanceof RangeError)
    return { kind: "work", partial: true, reason: message };
  return { kind: "unknown", partial: false, reason: message };
}

/** Whether the work itself may be at fault, so that trying its parts apart from each other can help. */
export function isFaultOfWork(error: unknown): boolean {
  return classifyFault(error).kind === "work";
}

/** Whether the server refuses to write because it is a standby, or was set so. */
export function isReadOnlyFault(error: unknown): boolean {
  return codeOf(causeOf(error)) === "25006";
}

/** What went wrong, in words; drizzle wraps the reason in the whole statement. */
export function errorReason(error: unknown): string {
  const cause = causeOf(error);
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}

/** What is behind drizzle's wrapping, and the first of the addresses that Node tried. */
function causeOf(error: unknown): unknown {
  const cause = error instanceof DrizzleQueryError ? error.cause : error;
  return cause instanceof AggregateError && cause.errors.length > 0 ? (cause.errors[0] as unknown) : cause;
}

function codeOf(cause: unknown): string | null {
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : null;
}
