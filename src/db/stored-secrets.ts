import { eq } from "drizzle-orm";
import type { QueryExecutor } from "./client.ts";
import { secretsTable } from "./schema.ts";

/** The secret of this name: `first` when there was none, for whoever asks first, and the same for everyone from then on. */
export async function getOrCreateSecret(db: QueryExecutor, name: string, first: string): Promise<string> {
  const known = await db.select().from(secretsTable).where(eq(secretsTable.name, name));
  if (known[0] !== undefined) return known[0].value;
  await db.insert(secretsTable).values({ name, value: first }).onConflictDoNothing();
  return (await db.select().from(secretsTable).where(eq(secretsTable.name, name)))[0]!.value;
}
