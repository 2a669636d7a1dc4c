import { eq } from "drizzle-orm";
import type { Executor } from "./client.ts";
import { secrets } from "./schema.ts";

/** The secret of this name: `first` when there was none, for whoever asks first, and the same for everybody from then on. */
export async function keptSecret(db: Executor, name: string, first: string): Promise<string> {
  const known = await db.select().from(secrets).where(eq(secrets.name, name));
  if (known[0] !== undefined) return known[0].value;
  await db.insert(secrets).values({ name, value: first }).onConflictDoNothing();
  return (await db.select().from(secrets).where(eq(secrets.name, name)))[0]!.value;
}
