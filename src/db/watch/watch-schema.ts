import { json, pgTable, text } from "drizzle-orm/pg-core";
import { instantColumn } from "#db/schema.ts";

/** When Muster last did what it does all the time: this reveals its own pauses. */
export const heartbeatsTable = pgTable("heartbeats", {
  name: text().primaryKey(),
  /** Without a pause since then. */
  since: instantColumn().notNull(),
  at: instantColumn().notNull(),
  /** What it was done with, when that matters. */
  note: text(),
});

/** What is known of each monitoring system that is asked: kept over restarts. */
export const alertSourcesTable = pgTable("alert_sources", {
  url: text().primaryKey(),
  /** The address of the first of those that were seen to be peers of each other; its own when it has none. */
  cluster: text().notNull(),
  /** The external URLs of deliveries whose alerts it was seen to list. */
  externalUrls: json().$type<string[]>().notNull(),
});
