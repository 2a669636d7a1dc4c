import { sql } from "drizzle-orm";
import { bigint, index, json, pgTable, text } from "drizzle-orm/pg-core";
import { instantColumn } from "#db/schema.ts";

/** Who is signed in to the dashboard, browser by browser. Nothing in a row opens anything: `hash` is of the browser's secret. */
export const sessionsTable = pgTable(
  "sessions",
  {
    number: bigint({ mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    hash: text().notNull().unique(),
    person: text().notNull(),
    name: text().notNull(),
    email: text(),
    groups: json().$type<readonly string[]>(),
    way: text().notNull(),
    openedAt: instantColumn().notNull(),
    provedAt: instantColumn(),
    seenAt: instantColumn().notNull(),
    expiresAt: instantColumn().notNull(),
    until: instantColumn().notNull(),
    /** When the service was last asked whether the person is still there. */
    checkedAt: instantColumn().notNull(),
    /** What the service is asked with, encrypted by MUSTER_SESSION_KEY. */
    renewal: text(),
    endedAt: instantColumn(),
    endedBecause: text(),
  },
  (t) => [
    index("sessions_open")
      .on(t.checkedAt)
      .where(sql`ended_at is null`),
  ],
);
