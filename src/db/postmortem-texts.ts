import { asc, eq, sql } from "drizzle-orm";
import type { HumanSection } from "#domain/postmortem/human-section.ts";
import type { Actor, Instant } from "#domain/values/language.ts";
import type { SectionVersion } from "#domain/postmortem/section-versions.ts";
import type { QueryExecutor } from "./client.ts";
import { postmortemTextsTable } from "./schema.ts";

/** Everything that was ever written into an incident's postmortem, each section's versions in order. */
export async function readSectionVersions(db: QueryExecutor, incident: number): Promise<readonly SectionVersion[]> {
  const rows = await db
    .select()
    .from(postmortemTextsTable)
    .where(eq(postmortemTextsTable.incident, incident))
    .orderBy(asc(postmortemTextsTable.version));
  return rows.map(({ section, version, text, author, writtenAt }) => ({
    section: section as HumanSection,
    version,
    text,
    author,
    at: writtenAt.getTime(),
  }));
}

/** `version` is the text's own; of a conflict, `current` is what someone else wrote since. */
export type SectionWriteResult =
  | { readonly kind: "written"; readonly version: number }
  | { readonly kind: "conflict"; readonly current: SectionVersion | null };

/**
 * Stores a new version of a section, only when `baseVersion` (0: nothing was written yet) is still the newest: what
 * someone else wrote meanwhile is never written over. The same text again is no new version. No earlier one is ever lost.
 */
export async function insertSectionVersion(
  db: QueryExecutor,
  incident: number,
  section: HumanSection,
  text: string,
  author: Actor,
  baseVersion: number,
  now: Instant,
): Promise<SectionWriteResult> {
  const { rows } = await db.execute<{ version: number }>(
    sql`insert into postmortem_texts (incident, section, version, text, author, written_at)
      select ${incident}::integer, ${section}::text, ${baseVersion}::integer + 1, ${text}::text, ${JSON.stringify(author)}::json, ${new Date(now).toISOString()}::timestamptz
      where ${baseVersion}::integer = (select coalesce(max(version), 0) from postmortem_texts where incident = ${incident} and section = ${section})
        and ${text}::text is distinct from (select text from postmortem_texts where incident = ${incident} and section = ${section} and version = ${baseVersion})
      on conflict do nothing returning version`,
  );
  if (rows[0] !== undefined) return { kind: "written", version: rows[0].version };
  const current = (await readSectionVersions(db, incident)).findLast((each) => each.section === section) ?? null;
  return current?.text === text ? { kind: "written", version: current.version } : { kind: "conflict", current };
}
