import { DrizzleQueryError } from "drizzle-orm/errors";

/** The five-character code PostgreSQL gave, or null when the error is not its. */
function sqlState(error: unknown): string | null {
  const cause = error instanceof DrizzleQueryError ? error.cause : error;
  const code = cause instanceof Error && "code" in cause ? cause.code : null;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) ? code : null;
}

/**
 * The work itself was at fault, by what it held (class 22, 23), by being too large for the database (54), by being wrong
 * (42), or by a mistake of ours in making it: trying it again cannot help, and it must not hold others up.
 */
export function isDataError(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError || /^(22|23|42|54)/.test(sqlState(error) ?? "");
}

/** What went wrong, in words; drizzle wraps the reason in the whole statement. */
export function errorReason(error: unknown): string {
  const cause = error instanceof DrizzleQueryError ? error.cause : error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}
