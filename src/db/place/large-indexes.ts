/** What asks the database: a connection of its own, with no limit to how long a statement may take. */
type IndexClient = { query(text: string, values?: readonly unknown[]): Promise<{ readonly rows: readonly object[] }> };

/**
 * Indexes of tables that are large in an installation which is upgraded. A migration would make them in its transaction and
 * hold up everyone who writes until its end; these are made beside the writers, by name, as `src/db/schema.ts` has them.
 */
const LARGE_INDEXES: Readonly<Record<string, string>> = {
  alerts_ended: `"alerts" ("ends_at") where status = 'resolved'`,
  alerts_flapping: `"alerts" ("flaps", "starts_at") where flaps > 0`,
  effects_finished: `"effects" ("finished_at") where status in ('done','dropped')`,
  incidents_service: `"incidents" ("service", "number")`,
};

/**
 * One process makes them. The others only try this lock: the server ends an index after every running statement, so a
 * statement that waited for the lock would block it.
 */
const INDEX_LOCK = 7_315_017;

/**
 * Makes the indexes that are missing, one after the other, and those that an attempt before left unfinished. `beside`:
 * while others write, which only a server of several connections can. Nothing when another process is at it.
 */
export async function createLargeIndexes(client: IndexClient, beside: boolean): Promise<void> {
  const { rows } = await client.query("select pg_try_advisory_lock($1) as mine", [INDEX_LOCK]);
  if ((rows[0] as { mine: boolean }).mine !== true) return;
  try {
    const how = beside ? "concurrently" : "";
    for (const [name, on] of Object.entries(LARGE_INDEXES)) {
      const known = await client.query(
        "select i.indisvalid as valid from pg_index i join pg_class c on c.oid = i.indexrelid where c.relname = $1 and pg_table_is_visible(c.oid)",
        [name],
      );
      const valid = (known.rows[0] as { valid: boolean } | undefined)?.valid;
      if (valid === true) continue;
      if (valid === false) await client.query(`drop index ${how} "${name}"`);
      await client.query(`create index ${how} "${name}" on ${on}`);
    }
  } finally {
    await client.query("select pg_advisory_unlock($1)", [INDEX_LOCK]);
  }
}
