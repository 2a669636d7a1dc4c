import { migrateDatabase } from "#db/client.ts";
import type { TokenRegistry } from "#domain/response/api-token.ts";
import type { Instant, Person } from "#domain/values/language.ts";
import { withCommandDatabase } from "./command-database.ts";
import { createTokenRegistry } from "./token-registry.ts";

/** Works on the tokens in the database of an environment, whether or not a Muster runs on it. Its tables are brought up to date. */
export function withTokenDatabase<T>(
  env: Readonly<Record<string, string | undefined>>,
  clock: () => Instant,
  person: Person,
  work: (tokens: TokenRegistry) => Promise<T>,
): Promise<T> {
  return withCommandDatabase(env, async (connection) => {
    await migrateDatabase(connection);
    return work(createTokenRegistry(connection.db, clock, { person, way: "cli", address: null }));
  });
}
