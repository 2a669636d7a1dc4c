import { sql } from "drizzle-orm";
import { bigint, index, integer, pgTable, primaryKey, smallint, text } from "drizzle-orm/pg-core";
import { instantColumn } from "#db/schema.ts";

/** Who sends alerts, by door and address, and whether they are refused. */
export const alertSendersTable = pgTable(
  "alert_senders",
  {
    source: text().notNull(),
    /** An address; "*": all that are unknown. */
    sender: text().notNull(),
    acceptedAt: instantColumn(),
    refusedAt: instantColumn(),
    /** The answer of HTTP to the last refused delivery, and why. */
    status: smallint(),
    reason: text().notNull(),
    times: integer().notNull(),
    /** Since when an alert of Muster itself reports it. */
    raisedAt: instantColumn(),
    lastRaisedAt: instantColumn(),
  },
  (t) => [primaryKey({ columns: [t.source, t.sender] })],
);

/** Alerts that were refused, alone or beside good ones, until someone deals with them. */
export const refusedAlertsTable = pgTable(
  "refused_alerts",
  {
    id: bigint({ mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    /** The same alert refused for the same reason is one row. */
    key: text().notNull().unique(),
    source: text().notNull(),
    sender: text().notNull(),
    firstAt: instantColumn().notNull(),
    lastAt: instantColumn().notNull(),
    times: integer().notNull(),
    field: text().notNull(),
    reason: text().notNull(),
    /** The alert in one line. */
    summary: text().notNull(),
    /** What was sent, as JSON, cut. */
    excerpt: text().notNull(),
    settledAt: instantColumn(),
    settledBy: text(),
  },
  (t) => [
    index("refused_alerts_open")
      .on(t.lastAt)
      .where(sql`settled_at is null`),
  ],
);
