import { sql } from "drizzle-orm";
import { bigint, boolean, customType, index, integer, pgTable, text } from "drizzle-orm/pg-core";
import type { Priority } from "#domain/values/language.ts";

const ms = () => bigint({ mode: "number" });
const stretches = customType<{ data: string }>({ dataType: () => "int8multirange" });

/**
 * What each incident adds to the figures (`src/domain/reporting/incident-figures.ts`), in rows a tenth as wide as an
 * incident, so that the database adds up a year of them. Instants and times in ms.
 */
export const incidentFiguresTable = pgTable(
  "incident_figures",
  {
    number: integer().primaryKey(),
    /** Of the incident, when these were computed: with another one they are computed again. */
    version: integer().notNull(),
    counted: boolean().notNull(),
    private: boolean().notNull(),
    open: boolean().notNull(),
    service: text(),
    team: text(),
    peak: text().$type<Priority>().notNull(),
    openedAt: ms().notNull(),
    resolvedAt: ms(),
    helpedBy: ms(),
    detect: ms().notNull(),
    acknowledge: ms(),
    mitigate: ms(),
    resolve: ms(),
    answered: ms(),
    pagesTo: text().array().notNull(),
    pagesAt: ms().array().notNull(),
    signature: text(),
    linked: boolean().notNull(),
    idle: boolean().notNull(),
    updatesSent: integer().notNull(),
    updatesOnTime: integer().notNull(),
    dueDays: text().array().notNull(),
    down: stretches(),
  },
  (t) => [
    // What changes often stands in none of them, so that writing a row again costs no entry in an index.
    index("incident_figures_opened").on(t.openedAt),
    index("incident_figures_resolved").on(t.resolvedAt),
    index("incident_figures_due")
      .on(t.number)
      .where(sql`cardinality(due_days) > 0`),
  ],
);

/**
 * Whether the catalog has a runbook for an incident that links none, as far as it was looked at: for one catalog, and one
 * version of the incident. `source` and `fingerprint`: the alert that a runbook matched; null: it ran for the incident.
 */
export const runbookLookupsTable = pgTable(
  "runbook_lookups",
  {
    incident: integer().primaryKey(),
    /** A hash of what the catalog's runbooks match. */
    catalog: text().notNull(),
    version: integer().notNull(),
    found: boolean().notNull(),
    source: text(),
    fingerprint: text(),
  },
  (t) => [
    index("runbook_lookups_found")
      .on(t.incident)
      .where(sql`found`),
  ],
);
