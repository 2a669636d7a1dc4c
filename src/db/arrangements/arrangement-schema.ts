import { bigint, index, json, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import type { Actor, Priority } from "#domain/values/language.ts";
import { instantColumn } from "#db/schema.ts";

/** Overrides of schedules, and the shifts that the pager reports. */
export const overridesTable = pgTable(
  "overrides",
  {
    id: bigint({ mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    schedule: text().notNull(),
    person: text().notNull(),
    from: instantColumn().notNull(),
    until: instantColumn().notNull(),
    source: text().$type<"person" | "pager">().notNull(),
    by: json().$type<Actor>().notNull(),
    /** By which it is ended: the id of the command that asked for it. null: the pager's, or of a version that gave none. */
    number: bigint({ mode: "number" }),
  },
  (t) => [index("overrides_until").on(t.until)],
);

/** Alerts that people hold back for a time. `id` is that of the command that asked for it. */
export const silencesTable = pgTable(
  "mutes",
  {
    id: bigint({ mode: "number" }).primaryKey(),
    matchers: json().$type<readonly string[]>().notNull(),
    reason: text().notNull(),
    by: text().notNull(),
    from: instantColumn().notNull(),
    until: instantColumn().notNull(),
  },
  (t) => [index("mutes_until").on(t.until)],
);

/** Whom each unanswered page woke, when, and how urgently; an earlier version stored no priority. */
export const wakingsTable = pgTable(
  "wakings",
  {
    page: text().notNull(),
    person: text().notNull(),
    at: instantColumn().notNull(),
    priority: text().$type<Priority>(),
  },
  (t) => [primaryKey({ columns: [t.page, t.person] }), index("wakings_at").on(t.at)],
);
