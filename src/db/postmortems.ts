import { and, asc, desc, eq } from "drizzle-orm";
import type { Actor, Instant } from "#domain/language.ts";
import type { HumanSection, HumanTexts } from "#domain/postmortem.ts";
import type { Executor } from "./client.ts";
import { postmortemTexts } from "./schema.ts";

/** The newest version of what people wrote into an incident's postmortem. */
export async function humanTexts(db: Executor, incident: number): Promise<HumanTexts> {
  const rows = await db.select().from(postmortemTexts).where(eq(postmortemTexts.incident, incident)).orderBy(asc(postmortemTexts.version));
  return Object.fromEntries(rows.map(({ section, text }): [HumanSection, string] => [section as HumanSection, text]));
}

/** One version of what somebody wrote into a section; the first is 1. */
export type TextVersion = { readonly version: number; readonly text: string; readonly author: Actor; readonly at: Instant };

/** All versions of a section, the newest first. */
export async function textVersions(db: Executor, incident: number, section: HumanSection): Promise<readonly TextVersion[]> {
  const rows = await db
    .select()
    .from(postmortemTexts)
    .where(and(eq(postmortemTexts.incident, incident), eq(postmortemTexts.section, section)))
    .orderBy(desc(postmortemTexts.version));
  return rows.map(({ version, text, author, writtenAt }) => ({ version, text, author, at: writtenAt.getTime() }));
}

/** The newest version of each section that people wrote. */
export async function newestVersions(db: Executor, incident: number): Promise<ReadonlyMap<HumanSection, TextVersion>> {
  const rows = await db.select().from(postmortemTexts).where(eq(postmortemTexts.incident, incident)).orderBy(asc(postmortemTexts.version));
  return new Map(rows.map(({ section, version, text, author, writtenAt }) => [section as HumanSection, { version, text, author, at: writtenAt.getTime() }]));
}

/**
 * Writes a section as its version `base` + 1. Whoever was faster wins: then nothing is written, and the answer is
 * "conflict".
 * @param base the version that the writer began with; 0: there was none
 */
export async function writeText(
  db: Executor,
  written: {
    readonly incident: number;
    readonly section: HumanSection;
    readonly text: string;
    readonly author: Actor;
    readonly at: Instant;
    readonly base: number;
  },
): Promise<"written" | "conflict"> {
  const { incident, section, text, author, at, base } = written;
  const [newest] = await textVersions(db, incident, section);
  if ((newest?.version ?? 0) !== base) return "conflict";
  const rows = await db
    .insert(postmortemTexts)
    .values({ incident, section, version: base + 1, text, author, writtenAt: new Date(at) })
    .onConflictDoNothing()
    .returning({ version: postmortemTexts.version });
  return rows.length === 0 ? "conflict" : "written";
}
