import { doublePrecision, pgTable, text } from "drizzle-orm/pg-core";
import { instantColumn } from "#db/schema.ts";

/** What is left of each allowance at a vendor: one row for all processes. */
export const allowancesTable = pgTable("allowances", {
  key: text().primaryKey(),
  tokens: doublePrecision().notNull(),
  refused: doublePrecision().notNull(),
  at: instantColumn().notNull(),
  pausedUntil: instantColumn(),
});
