/** A reviewed statement that changes something in a database. */
export type SqlCall = { readonly summary: string; readonly sql: string; readonly args: readonly ["pids"] };

/**
 * All that `sql.call` can do. Authors choose one by name and never write the statement: a read-only transaction does not
 * stop functions such as pg_terminate_backend(), so the names are the border, together with the role's few rights.
 * Only client backends are touched, never replication or maintenance.
 */
export const SQL_CALLS: Readonly<Record<string, SqlCall>> = {
  "cancel-backends": {
    summary: "cancels the running statement of these client backends (`pg_cancel_backend`)",
    sql: "SELECT pid, pg_cancel_backend(pid) AS done FROM pg_stat_activity WHERE pid = ANY($1::int[]) AND backend_type = 'client backend' AND pid <> pg_backend_pid()",
    args: ["pids"],
  },
  "terminate-backends": {
    summary: "ends the connection of these client backends (`pg_terminate_backend`)",
    sql: "SELECT pid, pg_terminate_backend(pid) AS done FROM pg_stat_activity WHERE pid = ANY($1::int[]) AND backend_type = 'client backend' AND pid <> pg_backend_pid()",
    args: ["pids"],
  },
};
