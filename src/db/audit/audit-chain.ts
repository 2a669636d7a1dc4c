import { createHash } from "node:crypto";
import type { QueryExecutor } from "#db/client.ts";
import {
  columnText,
  digestOf,
  readAuditRows,
  type AuditBody,
  type AuditPersonal,
  type AuditRow,
} from "./audit-entries.ts";

/** An entry that was noted outside of the database: its number and its hash. */
export type AuditAnchor = { readonly seq: number; readonly hash: string };

/** What a check of the chain found. Without `problems` it is whole. */
export type ChainReport = {
  readonly entries: number;
  /** The newest entry; null when there is none. */
  readonly head: AuditAnchor | null;
  readonly erased: number;
  /** How far entries have expired, 0 for not at all. */
  readonly expired: number;
  readonly problems: readonly string[];
};

const PAGE = 1_000;
/** More problems say nothing new. */
const MOST_PROBLEMS = 100;

/**
 * Reads the whole log and checks every link. Anyone who can write to the database as its owner could make a new chain of
 * other entries; `anchors` that were noted elsewhere find that too.
 */
export async function verifyAuditChain(db: QueryExecutor, anchors: readonly AuditAnchor[] = []): Promise<ChainReport> {
  const check = new ChainCheck(anchors);
  for (;;) {
    const rows = await readAuditRows(db, { after: check.last?.seq ?? 0, limit: PAGE });
    for (const row of rows) check.add(row);
    if (rows.length < PAGE) return check.report();
  }
}

/** The links of a chain, in order. */
class ChainCheck {
  last: AuditRow | null = null;
  #first: AuditRow | null = null;
  #entries = 0;
  readonly #emptied: { readonly seq: number; readonly whole: boolean }[] = [];
  readonly #listed = new Set<number>();
  readonly #listedWhole = new Set<number>();
  readonly #expiries = new Map<number, string>();
  /** Entries that were not there between two others: they may have expired while the log was read. */
  readonly #gaps: { readonly after: number; readonly seq: number; readonly prev: string }[] = [];
  readonly #problems: string[] = [];
  readonly #anchors: Map<number, string>;

  constructor(anchors: readonly AuditAnchor[]) {
    this.#anchors = new Map(anchors.map(({ seq, hash }) => [seq, hash]));
  }

  add(row: AuditRow): void {
    const { seq, prev, hash, body } = row;
    this.#entries++;
    this.#first ??= row;
    if (this.last !== null && seq !== this.last.seq + 1) this.#gaps.push({ after: this.last.seq, seq, prev });
    else if (this.last !== null && prev !== this.last.hash)
      this.#problem(`entry ${seq} does not follow entry ${this.last.seq}`);
    if (hash !== linkHash(row)) this.#problem(`entry ${seq} was changed: its hash does not fit`);
    const anchor = this.#anchors.get(seq);
    if (anchor !== undefined && !hash.startsWith(anchor)) this.#problem(`entry ${seq} is not the one that was noted`);
    this.#anchors.delete(seq);
    const parsed = parseBody(body);
    if (parsed === null) this.#problem(`entry ${seq} cannot be read`);
    else this.#addBody(row, parsed);
    this.last = row;
  }

  #addBody(row: AuditRow, body: AuditBody): void {
    const { seq, personal, words } = row;
    if (body.kind !== row.kind || Date.parse(body.at) !== row.at)
      this.#problem(`entry ${seq} was changed: its columns do not fit its text`);
    if (body.through !== undefined && body.hash !== undefined) this.#expiries.set(body.through, body.hash);
    for (const each of body.erased ?? []) {
      this.#listed.add(each);
      if (body.whole === true) this.#listedWhole.add(each);
    }
    if (words !== null && digestOf(words) !== body.wordsDigest)
      this.#problem(`entry ${seq} was changed: its words do not fit`);
    if (personal !== null && digestOf(personal) !== body.digest)
      this.#problem(`entry ${seq} was changed: its person or address does not fit`);
    else if (personal === null ? row.person !== null : filedUnder(personal) !== row.person)
      this.#problem(`entry ${seq} was changed: it is filed under another person`);
    const whole = personal === null && body.digest !== undefined;
    if (whole || (words === null && body.wordsDigest !== undefined)) this.#emptied.push({ seq, whole });
  }

  report(): ChainReport {
    for (const { after, seq, prev } of this.#gaps)
      if (this.#expiries.get(seq - 1) !== prev) this.#problem(`entries ${after + 1} to ${seq - 1} are missing`);
    const first = this.#first;
    if (first !== null && first.seq === 1 && first.prev !== "") this.#problem("entry 1 has an entry before it");
    if (first !== null && first.seq > 1 && this.#expiries.get(first.seq - 1) !== first.prev)
      this.#problem(`entries 1 to ${first.seq - 1} are missing, and no entry says that they expired`);
    for (const { seq, whole } of this.#emptied)
      if (!(whole ? this.#listedWhole : this.#listed).has(seq))
        this.#problem(`entry ${seq} was emptied, and no entry says so`);
    for (const seq of this.#anchors.keys())
      if (first === null || seq >= first.seq) this.#problem(`entry ${seq}, which was noted, is missing`);
    return {
      entries: this.#entries,
      head: this.last === null ? null : { seq: this.last.seq, hash: this.last.hash },
      erased: this.#emptied.length,
      expired: (this.#gaps.at(-1)?.seq ?? first?.seq ?? 1) - 1,
      problems: this.#problems,
    };
  }

  #problem(text: string): void {
    if (this.#problems.length < MOST_PROBLEMS) this.#problems.push(text);
  }
}

function filedUnder(personal: string): string | null {
  return columnText((JSON.parse(personal) as AuditPersonal).id ?? undefined);
}

/** As the trigger `audit.append` makes it (migrations/0020_audit.sql). */
function linkHash({ prev, seq, body }: AuditRow): string {
  return createHash("sha256").update(`${prev}\n${seq}\n${body}`).digest("hex");
}

function parseBody(body: string): AuditBody | null {
  try {
    return JSON.parse(body) as AuditBody;
  } catch {
    return null;
  }
}
