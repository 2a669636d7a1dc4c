import type { DoctorFinding } from "#app/integrations/integration.ts";
import { checkEncoding, openDatabase } from "#db/client.ts";
import { classifyFault } from "#db/errors.ts";
import { hasTables, tryDecisionWrites, tryOtherTables } from "#db/outages/decision-probe.ts";

/**
 * Whether PostgreSQL at an address answers, fits and can be written; a finding other than an error names what to check.
 */
export async function checkDatabaseServer(url: string): Promise<DoctorFinding> {
  const connection = await openDatabase({ kind: "server", url, connections: 1 }, () => {});
  try {
    await checkEncoding(connection.pool);
    if (!(await hasTables(connection.db)))
      return { what: "database", ok: true, says: "PostgreSQL answers; the start will create the tables" };
    await tryDecisionWrites(connection.db);
    await tryOtherTables(connection.db);
    return { what: "database", ok: true, says: "PostgreSQL answers and can be written" };
  } catch (error) {
    return { what: "database", ok: false, says: `${classifyFault(error).reason}. Check DATABASE_URL.` };
  } finally {
    await connection.close();
  }
}
