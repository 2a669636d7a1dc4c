import { sql } from "drizzle-orm";
import type { Alert } from "#domain/incident/alert.ts";
import type { KnownSource } from "#domain/alerting/alert-attribution.ts";
import { alertPages } from "#db/alerts.ts";
import { bulkInsert } from "#db/bulk-insert.ts";
import type { QueryExecutor } from "#db/client.ts";
import { alertSourcesTable } from "./watch-schema.ts";

/** What is known of the monitoring systems that were asked so far. */
export async function loadAlertSources(db: QueryExecutor): Promise<KnownSource[]> {
  return db.select().from(alertSourcesTable);
}

/** Remembers what was learned of them. */
export async function saveAlertSources(db: QueryExecutor, sources: readonly KnownSource[]): Promise<void> {
  if (sources.length === 0) return;
  const rows = sources.map(({ url, cluster, externalUrls }) => ({ url, cluster, externalUrls }));
  await db.execute(
    sql`${bulkInsert(alertSourcesTable, rows)} on conflict (url) do update set cluster = excluded.cluster, external_urls = excluded.external_urls`,
  );
}

/** From which external URLs the firing alerts of a source were delivered, with how many alerts. */
export async function firingExternalUrls(
  db: QueryExecutor,
  source: string,
): Promise<{ readonly externalUrls: readonly string[]; readonly count: number }[]> {
  const { rows } = await db.execute<{ urls: string; count: number }>(
    sql`select external_urls::text as urls, count(*)::integer as count from alerts where status = 'firing' and source = ${source} group by external_urls::text`,
  );
  return rows.map(({ urls, count }) => ({ externalUrls: JSON.parse(urls) as string[], count }));
}

/** Firing alerts of a source that were delivered from one external URL and no other: all of them, page by page. */
export function firingAlertsFrom(db: QueryExecutor, source: string, externalUrl: string): AsyncGenerator<Alert[]> {
  return alertPages(
    db,
    sql`status = 'firing' and source = ${source} and external_urls::text = ${JSON.stringify([externalUrl])}`,
  );
}
