import pg from "pg";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { RefusedAddress } from "#integrations/http/guarded-connection.ts";
import { PortError } from "#ports/port-error.ts";

/** https://www.postgresql.org/docs/current/errcodes-appendix.html; `writing`: a call may have been committed. */
export function toPortError(cause: unknown, name: string, variable: string, writing: boolean): PortError {
  if (cause instanceof RefusedAddress)
    return new PortError("invalid", `${name}: ${cause.message}; check ${variable}`, { retryable: false, cause });
  const code = cause instanceof pg.DatabaseError ? (cause.code ?? "") : "";
  const detail = code === "" || !(cause instanceof Error) ? "" : `: ${cause.message.slice(0, 300)}`;
  if (code === "57014" || code === "55P03")
    return new PortError("timeout", `${name} took too long for a statement${detail}`, { retryable: true, cause });
  if (code === "28000" || code === "28P01" || code === "3D000")
    return new PortError("unauthorized", `${name} does not let us in${detail}. Check ${variable}.`, {
      retryable: true,
      retryAfterMs: MINUTE_MS,
      cause,
    });
  if (code === "42501")
    return new PortError(
      "forbidden",
      `${name} does not allow it${detail}. Grant it to the role of ${variable}, if that is right.`,
      { retryable: false, cause },
    );
  if (code === "42P01" || code === "42883")
    return new PortError("not_found", `${name} has no such thing${detail}`, { retryable: false, cause });
  if (/^(?:40|53|57|58|XX)/.test(code))
    return new PortError("server_error", `${name} has a fault${detail}`, {
      retryable: true,
      mayHaveHappened: writing && !code.startsWith("40"),
      cause,
    });
  if (code !== "")
    return new PortError("invalid", `${name} refuses the statement${detail}`, { retryable: false, cause });
  const late = cause instanceof Error && /timeout/i.test(cause.message);
  return new PortError(
    late ? "timeout" : "unreachable",
    `${name} ${late ? "did not answer in time" : "cannot be reached"}; check ${variable}`,
    {
      retryable: true,
      mayHaveHappened: writing,
      cause,
    },
  );
}
