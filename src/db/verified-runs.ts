import { sql } from "drizzle-orm";
import type { Instant } from "#domain/values/language.ts";
import type { VerifiedRun } from "#domain/reporting/remediated-incidents.ts";
import type { QueryExecutor } from "./client.ts";

/**
 * Verified runs that first changed something at or after `from`. What people said of a step is in the timeline; only its
 * own rows are read as JSON, because others hold what PostgreSQL would refuse.
 */
export async function verifiedRuns(db: QueryExecutor, from: Instant): Promise<VerifiedRun[]> {
  const { rows } = await db.execute<{ incident: number; wrote: string; attended: boolean }>(sql`select r.incident, r.wrote_at::text as wrote,
      r.by is not null or coalesce(json_array_length(r.asked->'by'), 0) > 0 or exists (select 1 from events e where e.incident = r.incident
        and case when e.type in ('run.settled', 'run.approved') then (e.data->>'run')::integer = r.number else false end) as attended
    from runs r where r.state = 'succeeded' and r.incident is not null and r.wrote_at >= ${new Date(from).toISOString()}::timestamptz order by r.number`);
  return rows.map(({ incident, wrote, attended }) => ({ incident, wroteAt: Date.parse(wrote), attended }));
}

/** Of some incidents: those that a runbook has run for, and the labels of the alerts they have still. */
export async function runbookTraces(
  db: QueryExecutor,
  numbers: readonly number[],
): Promise<{ readonly ran: readonly number[]; readonly alerts: readonly { readonly incident: number; readonly labels: Readonly<Record<string, string>> }[] }> {
  if (numbers.length === 0) return { ran: [], alerts: [] };
  const all = sql`(select jsonb_array_elements_text(${JSON.stringify(numbers)}::jsonb)::integer)`;
  const { rows: ran } = await db.execute<{ incident: number }>(sql`select distinct incident from runs where incident in ${all}`);
  const { rows: alerts } = await db.execute<{ incident: number; labels: Record<string, string> }>(
    sql`select incident, labels from alerts where incident in ${all}`,
  );
  return { ran: ran.map(({ incident }) => incident), alerts };
}
