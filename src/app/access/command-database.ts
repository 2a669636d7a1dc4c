import { readConfig, type AppConfig } from "#config/app-config.ts";
import { openDatabase, type DatabaseConnection } from "#db/client.ts";

/**
 * Opens the database of an environment for one command, beside a running Muster or without one, and closes it at the end.
 * A query may take as long as it needs: people wait at the terminal and can end it.
 * @throws DataDirectoryBusyError when the embedded database is open elsewhere and cannot be shared
 */
export async function withCommandDatabase<T>(
  env: Readonly<Record<string, string | undefined>>,
  work: (connection: DatabaseConnection, config: AppConfig) => Promise<T>,
): Promise<T> {
  const config = readConfig(env);
  const connection = await openDatabase(
    config.databaseUrl === null
      ? { kind: "embedded", directory: config.dataDir }
      : { kind: "server", url: config.databaseUrl, connections: 2, timeoutMs: 0 },
    () => {},
  );
  try {
    return await work(connection, config);
  } finally {
    await connection.close();
  }
}
