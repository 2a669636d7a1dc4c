import { and, asc, gte, isNull, lt, or } from "drizzle-orm";
import { caseOf, type Case } from "#domain/case.ts";
import type { Instant } from "#domain/language.ts";
import type { Executor } from "./client.ts";
import { byNumber } from "./incidents.ts";
import { incidents } from "./schema.ts";

/**
 * What statistics need of the incidents that were open at some instant of [from, to), oldest first. It is stored beside
 * each state, because a state is ten times as large. A row that a version without figures wrote last is read from its state.
 */
export async function casesBetween(db: Executor, from: Instant, to: Instant): Promise<Case[]> {
  const rows = await db
    .select({ number: incidents.number, version: incidents.version, figures: incidents.figures })
    .from(incidents)
    .where(and(lt(incidents.openedAt, new Date(to)), or(isNull(incidents.resolvedAt), gte(incidents.resolvedAt, new Date(from)))))
    .orderBy(asc(incidents.number));
  const old = rows.filter(({ version, figures }) => figures === null || figures.version !== version).map(({ number }) => number);
  const read = new Map<number, Case>();
  for (let i = 0; i < old.length; i += PAGE) for (const { state } of await byNumber(db, old.slice(i, i + PAGE))) read.set(state.number, caseOf(state));
  return rows.flatMap(({ number, figures }) => read.get(number) ?? figures ?? []);
}

/** Whole states that are read at once. */
const PAGE = 1_000;
