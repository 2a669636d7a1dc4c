import { eq } from "drizzle-orm";
import type { QueryExecutor } from "./client.ts";
import { secretsTable } from "./schema.ts";

/** The secret of this name: `first` is stored when there was none, and all later callers get the stored one. */
export async function getOrCreateSecret(db: QueryExecutor, name: string, first: string): Promise<string> {
  const known = await db.select().from(secretsTable).where(eq(secretsTable.name, name));
  if (known[0] !== undefined) return known[0].value;
  await db.insert(secretsTable).values({ name, value: first }).onConflictDoNothing();
  return (await db.select().from(secretsTable).where(eq(secretsTable.name, name)))[0]!.value;
}
