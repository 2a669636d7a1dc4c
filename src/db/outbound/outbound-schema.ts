import { bigint, doublePrecision, integer, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { instantColumn } from "#db/schema.ts";

/** What is left of each allowance at a vendor: one row for all processes. */
export const allowancesTable = pgTable("allowances", {
  key: text().primaryKey(),
  tokens: doublePrecision().notNull(),
  refused: doublePrecision().notNull(),
  at: instantColumn().notNull(),
  pausedUntil: instantColumn(),
});

/** The message of an incident's feed that lines of one kind are still added to. */
export const feedMessagesTable = pgTable(
  "feed_messages",
  {
    incident: integer().notNull(),
    kind: text().notNull(),
    channel: text().notNull(),
    message: text().notNull(),
    /** The first event that it shows, and how many it shows. */
    firstSeq: bigint({ mode: "number" }).notNull(),
    lines: integer().notNull(),
    at: instantColumn().notNull(),
  },
  (t) => [primaryKey({ columns: [t.incident, t.kind] })],
);
