import { sql } from "drizzle-orm";
import { namedSignature, SIGNATURE_INCIDENTS, type AlertSignature } from "#domain/reporting/alert-quality.ts";
import type { BoundedList, ListBounds } from "#domain/reporting/bounded-list.ts";
import type { QueryExecutor } from "#db/client.ts";
import { scopeSql, type FigureScope } from "./figure-scope.ts";

/** Signatures that came more than once, and those that no runbook is known for. */
export type SignatureLists = {
  readonly repeats: BoundedList<AlertSignature>;
  readonly withoutRunbook: BoundedList<AlertSignature>;
};

/** One row with `of` alone when the part that is asked for is empty. */
type SignatureRow = { list: "repeats" | "unguided"; of: number } & (
  | { signature: string; count: number; numbers: number[] }
  | { signature: null; count: null; numbers: null }
);

/**
 * The most frequent first, of equal ones the latest; of each its latest incidents. An incident has no runbook when it links
 * none and none was found in the catalog.
 */
export async function signatureLists(
  db: QueryExecutor,
  scope: FigureScope,
  { limit, offset }: ListBounds,
): Promise<SignatureLists> {
  const { rows } = await db.execute<SignatureRow>(sql`with counted as materialized (
      select signature, number, not linked and l.incident is null as unguided
      from incident_figures left join runbook_lookups l on l.incident = number and l.found
      where ${scopeSql(scope)} and signature is not null),
    grouped as materialized (
      select signature, count(*)::integer as count, max(number) as last,
        (count(*) filter (where unguided))::integer as bare, max(number) filter (where unguided) as last_bare
      from counted group by signature),
    page as (
      (select 'repeats' as list, signature, count, last from grouped where count > 1 order by count desc, last desc limit ${limit} offset ${offset})
      union all (select 'unguided', signature, bare, last_bare from grouped where bare > 0 order by bare desc, last_bare desc limit ${limit} offset ${offset})),
    latest as (
      select list, signature, array_agg(number order by number) as numbers from (
        select p.list, p.signature, c.number, row_number() over (partition by p.list, p.signature order by c.number desc) as at
        from page p join counted c on c.signature = p.signature and (p.list = 'repeats' or c.unguided)) n
      where at <= ${SIGNATURE_INCIDENTS} group by list, signature)
    select whole.list, whole.of, page.signature, page.count, latest.numbers
    from (select 'repeats' as list, (count(*) filter (where count > 1))::integer as of from grouped
      union all select 'unguided', (count(*) filter (where bare > 0))::integer from grouped) whole
    left join page on page.list = whole.list left join latest on latest.list = page.list and latest.signature = page.signature
    order by page.count desc, page.last desc`);
  const bounded = (list: SignatureRow["list"]): BoundedList<AlertSignature> => ({
    count: rows.find((row) => row.list === list)!.of,
    items: rows.flatMap((row) =>
      row.list !== list || row.signature === null ? [] : [namedSignature(row.signature, row.count, row.numbers)],
    ),
  });
  return { repeats: bounded("repeats"), withoutRunbook: bounded("unguided") };
}
