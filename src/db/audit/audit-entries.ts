import { createHash, randomBytes } from "node:crypto";
import { sql, type SQL } from "drizzle-orm";
import type { AuditEntry, AuditFilter, AuditKind, StoredAuditEntry } from "#domain/reporting/audit-entry.ts";
import { beginningOf, writtenForms } from "#domain/response/erasure.ts";
import type { Instant } from "#domain/values/language.ts";
import type { QueryExecutor } from "#db/client.ts";

/** A row of `audit.entries`. `body` is what the chain holds; `personal` and `words` can be erased, and `body` has their digests. */
export type AuditRow = {
  readonly seq: number;
  readonly at: Instant;
  readonly kind: string;
  readonly person: string | null;
  readonly body: string;
  readonly personal: string | null;
  readonly words: string | null;
  readonly prev: string;
  readonly hash: string;
};

/** What is hashed, in this order of fields. */
export type AuditBody = Omit<AuditEntry, "at" | "person" | "address" | "text"> & {
  readonly at: string;
  /** Of person and address. */
  readonly digest?: string;
  /** Of the words. */
  readonly wordsDigest?: string;
  /** Of the entry that a retention leaves: up to where entries are gone, and the hash of the last of them. */
  readonly through?: number;
  readonly hash?: string;
  /** Of the entry that an erasure leaves: the numbers of the entries. */
  readonly erased?: readonly number[];
  /** Person and address were erased, too. */
  readonly whole?: boolean;
};

/** Who did it, from where. The salt keeps a short name or text from being guessed by its digest. */
export type AuditPersonal = Pick<AuditEntry, "address"> & {
  readonly salt: string;
  readonly id: string | null;
  readonly name: string | null;
};
type AuditWords = Pick<AuditEntry, "text"> & { readonly salt: string };

const SALT_BYTES = 16;
/** Characters that are kept of a text. */
const LONGEST = 2_000;

/** Appends entries in the order given, as part of a transaction. The lock of the chain is held until that ends: call it last. */
export async function appendAudit(db: QueryExecutor, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const rows = entries.map((entry) => {
    const { at, person } = entry;
    const personal: AuditPersonal = {
      salt: newSalt(),
      id: person?.id ?? null,
      name: person?.name ?? null,
      address: entry.address,
    };
    const who = JSON.stringify(personal);
    const words = JSON.stringify({
      salt: newSalt(),
      text: entry.text.slice(0, LONGEST).toWellFormed(),
    } satisfies AuditWords);
    const { kind, what, subject, result, way } = entry;
    const body: AuditBody = {
      at: isoOf(at),
      kind,
      what,
      subject,
      result,
      way,
      digest: digestOf(who),
      wordsDigest: digestOf(words),
    };
    return sql`(${isoOf(at)}::timestamptz, ${kind}, ${columnText(person?.id)}, ${JSON.stringify(body)}, ${who}, ${words})`;
  });
  await db.execute(
    sql`insert into audit.entries (at, kind, person, body, personal, words) values ${sql.join(rows, sql`, `)}`,
  );
}

/** A text as a column can hold it, which a NUL and half a character cannot be part of. */
export function columnText(text: string | undefined): string | null {
  return text === undefined ? null : text.toWellFormed().replaceAll("\0", "");
}

function newSalt(): string {
  return randomBytes(SALT_BYTES).toString("base64url");
}

export function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The rows that a filter finds: the newest first, with `after` the oldest first. */
export async function readAuditRows(db: QueryExecutor, filter: AuditFilter): Promise<readonly AuditRow[]> {
  const { before, after, kind, person, limit } = filter;
  const conditions: readonly SQL[] = [
    ...(before === undefined ? [] : [sql`seq < ${before}`]),
    ...(after === undefined ? [] : [sql`seq > ${after}`]),
    ...(kind === undefined ? [] : [sql`kind = ${kind}`]),
    ...(person === undefined ? [] : [sql`person = ${columnText(person)}`]),
  ];
  const where = conditions.length === 0 ? sql`` : sql`where ${sql.join([...conditions], sql` and `)}`;
  // By the column and not by the text that is selected.
  const order = after === undefined ? sql`e.seq desc` : sql`e.seq`;
  const { rows } = await db.execute<Omit<AuditRow, "at" | "seq"> & { seq: string; stamp: string }>(
    sql`select seq::text as seq, (extract(epoch from at) * 1000)::bigint::text as stamp, kind, person, body, personal, words, prev, hash from audit.entries e ${where} order by ${order} limit ${limit}`,
  );
  return rows.map(({ seq, stamp, ...row }) => ({ ...row, seq: Number(seq), at: Number(stamp) }));
}

/** The entries that a filter finds, as people read them. */
export async function readAuditEntries(db: QueryExecutor, filter: AuditFilter): Promise<readonly StoredAuditEntry[]> {
  return (await readAuditRows(db, filter)).map((row): StoredAuditEntry => {
    const body = JSON.parse(row.body) as AuditBody;
    const personal = row.personal === null ? null : (JSON.parse(row.personal) as AuditPersonal);
    return {
      seq: row.seq,
      hash: row.hash,
      at: row.at,
      kind: row.kind as AuditKind,
      what: body.what,
      subject: body.subject,
      result: body.result,
      way: body.way,
      person:
        personal === null || personal.id === null ? null : { id: personal.id, name: personal.name ?? personal.id },
      address: personal?.address ?? null,
      text: row.words === null ? noteOf(body) : (JSON.parse(row.words) as AuditWords).text,
      erased: row.words === null && body.wordsDigest !== undefined,
    };
  });
}

/** The text of an entry of the log about itself. */
function noteOf({ through, erased }: AuditBody): string {
  if (through !== undefined) return `entries up to ${through} expired`;
  return erased === undefined ? "" : `${erased.length} entries erased`;
}

/** What entries are looked for by. */
export type ErasureSearch = {
  readonly texts: readonly string[];
  readonly people: readonly string[];
  /** Short texts, which stand in others by chance: where they are all of what was written about this. */
  readonly about?: { readonly subject: string; readonly texts: readonly string[] };
};

/** Entries of these people, and entries of anyone whose words hold one of these texts, also cut to what an entry keeps. */
export async function findErasable(
  db: QueryExecutor,
  wanted: ErasureSearch,
): Promise<{ readonly whole: readonly number[]; readonly words: readonly number[] }> {
  const seek = async (conditions: readonly SQL[]): Promise<readonly number[]> => {
    if (conditions.length === 0) return [];
    const { rows } = await db.execute<{ found: string }>(
      sql`select e.seq::text as found from audit.entries e where ${sql.join([...conditions], sql` or `)} order by e.seq`,
    );
    return rows.map(({ found }) => Number(found));
  };
  // The words are JSON, and what they hold may be JSON itself.
  const forms = [...new Set(wanted.texts.flatMap(writtenForms).map(beginningOf))];
  const { subject = "", texts = [] } = wanted.about ?? {};
  const wholes = texts.map((text) => JSON.stringify(JSON.stringify(text)).slice(1, -1));
  return {
    whole: await seek(wanted.people.map((person) => sql`person = ${columnText(person)}`)),
    words: await seek([
      ...forms.map((form) => sql`position(${columnText(form)} in words) > 0`),
      ...wholes.map(
        (whole) =>
          sql`(position(${columnText(whole)} in words) > 0 and position(${`"subject":${JSON.stringify(subject)},`} in body) > 0)`,
      ),
    ]),
  };
}

/** Erases the words of entries, of `whole` ones person and address too, a thousand at once; answers how many there were. */
export async function eraseAudit(
  db: QueryExecutor,
  { whole, words }: Awaited<ReturnType<typeof findErasable>>,
): Promise<number> {
  let count = 0;
  for (const [numbers, all] of [[whole, true] as const, [words, false] as const])
    for (let i = 0; i < numbers.length; i += AT_ONCE) {
      const part = numbers.slice(i, i + AT_ONCE);
      const { rows } = await db.execute<{ erased: number }>(
        sql`select audit.erase(${`{${part.join(",")}}`}::bigint[], ${all}::boolean) as erased`,
      );
      count += rows[0]?.erased ?? 0;
    }
  return count;
}

const AT_ONCE = 1_000;

function isoOf(at: Instant): string {
  return new Date(at).toISOString();
}

/** Whether the database has the log: a version before it has not. */
export async function hasAuditLog(db: QueryExecutor): Promise<boolean> {
  const { rows } = await db.execute<{ found: boolean }>(sql`select to_regclass('audit.entries') is not null as found`);
  return rows[0]?.found === true;
}
