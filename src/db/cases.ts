import { sql } from "drizzle-orm";
import type { Case } from "#domain/case.ts";
import { UNTOUCHED } from "#domain/incident.ts";
import type { Instant } from "#domain/language.ts";
import type { Executor } from "./client.ts";

type Row = Omit<Case, "detectedAt" | "openedAt" | "acknowledgedAt" | "mitigatedAt" | "resolvedAt" | "route" | "links"> & {
  readonly [at in "detectedAt" | "acknowledgedAt" | "mitigatedAt" | "resolvedAt"]: string | null;
} & { readonly service: string | null; readonly team: string | null; readonly openedAt: string; readonly links: Case["links"] };

/**
 * What statistics need of the incidents that were open at some instant of [from, to), oldest first. One pass over each
 * state, which the server makes: `->` for one field after the other reads a state anew for each (six times as slow), and
 * whole states would have to be parsed here, in the way of everybody else.
 */
export async function casesBetween(db: Executor, from: Instant, to: Instant): Promise<Case[]> {
  const [first, last] = [new Date(from).toISOString(), new Date(to).toISOString()];
  const { rows } = await db.execute<Row>(
    sql`select i.number, i.key, i.status, i.service, i.team, (extract(epoch from i.opened_at) * 1000)::bigint::text as "openedAt", s."peak", s."drill", s."private", s."detectedAt", s."acknowledgedAt", s."mitigatedAt", s."resolvedAt", s."resolvedBy", s."declaredBy", s."links", s."pages", s."tasks", s."updates" from incidents i cross join lateral json_to_record(i.state) as s("peak" text, "drill" boolean, "private" boolean, "detectedAt" text, "acknowledgedAt" text, "mitigatedAt" text, "resolvedAt" text, "resolvedBy" text, "declaredBy" json, "links" json, "pages" json, "tasks" json, "updates" json) where i.opened_at < ${last}::timestamptz and (i.resolved_at is null or i.resolved_at >= ${first}::timestamptz) order by i.number`,
  );
  const time = (at: string | null): Instant | null => (at === null ? null : Number(at));
  return rows.map((row) => ({
    number: row.number,
    key: row.key,
    status: row.status,
    peak: row.peak,
    drill: row.drill,
    private: row.private,
    detectedAt: Number(row.detectedAt),
    openedAt: Number(row.openedAt),
    acknowledgedAt: time(row.acknowledgedAt),
    mitigatedAt: time(row.mitigatedAt),
    resolvedAt: time(row.resolvedAt),
    resolvedBy: row.resolvedBy,
    declaredBy: row.declaredBy ?? null,
    route: { service: row.service, team: row.team },
    links: row.links,
    pages: row.pages,
    // Stored states of earlier versions lack what came later.
    tasks: row.tasks ?? UNTOUCHED.tasks,
    updates: row.updates ?? UNTOUCHED.updates,
  }));
}
