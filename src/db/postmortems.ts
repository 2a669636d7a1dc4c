import { asc, eq } from "drizzle-orm";
import type { HumanSection, HumanTexts } from "#domain/postmortem.ts";
import type { Executor } from "./client.ts";
import { postmortemTexts } from "./schema.ts";

/** The newest version of what people wrote into an incident's postmortem. */
export async function humanTexts(db: Executor, incident: number): Promise<HumanTexts> {
  const rows = await db.select().from(postmortemTexts).where(eq(postmortemTexts.incident, incident)).orderBy(asc(postmortemTexts.version));
  return Object.fromEntries(rows.map(({ section, text }): [HumanSection, string] => [section as HumanSection, text]));
}
