import { apiTokensTable } from "#db/access/api-tokens.ts";
import { getTableName, getTableColumns, type Table } from "drizzle-orm";
import { quotedColumn } from "#db/bulk-insert.ts";
import { overridesTable, silencesTable, wakingsTable } from "#db/arrangements/arrangement-schema.ts";
import { alertSendersTable, refusedAlertsTable } from "#db/intake/intake-schema.ts";
import { incidentFiguresTable, runbookLookupsTable } from "#db/figures-schema.ts";
import { rotationsTable } from "#db/oncall/rotations.ts";
import { allowancesTable, feedMessagesTable } from "#db/outbound/outbound-schema.ts";
import {
  automationSwitchesTable,
  breakersTable,
  runbookVersionsTable,
  runLocksTable,
  runsTable,
  stepOutputsTable,
  stepsTable,
} from "#db/run-schema.ts";
import {
  alertsTable,
  commandsTable,
  effectsTable,
  eventsTable,
  incidentsTable,
  noticesTable,
  postmortemTextsTable,
  secretsTable,
  timersTable,
  truncatedGroupsTable,
} from "#db/schema.ts";
import { sessionsTable } from "#db/sessions/session-schema.ts";
import { alertSourcesTable, heartbeatsTable } from "#db/watch/watch-schema.ts";

/** What is done to the rows of a table besides reading them. */
export type RowChange = "insert" | "update" | "delete";

/** A table, and what is done to its rows. */
export type TableUse = { readonly table: Table; readonly changes: readonly RowChange[] };

function usesOf(...changes: readonly RowChange[]): (table: Table) => TableUse {
  return (table) => ({ table, changes });
}

/**
 * The tables without which alerts are not taken in, decided, paged for or watched. `test/db/table-uses.test.ts` compares both
 * lists with what the queries do.
 */
export const VITAL_TABLES: readonly TableUse[] = [
  ...[commandsTable, incidentsTable, alertsTable, rotationsTable, runsTable, heartbeatsTable, alertSourcesTable].map(
    usesOf("insert", "update"),
  ),
  usesOf("insert")(eventsTable),
  ...[silencesTable, effectsTable, alertSendersTable, refusedAlertsTable].map(usesOf("insert", "update")),
  ...[timersTable, overridesTable].map(usesOf("insert", "update", "delete")),
  ...[truncatedGroupsTable, incidentFiguresTable].map(usesOf("insert", "update")),
  usesOf("insert")(noticesTable),
  usesOf("insert", "delete")(wakingsTable),
];

/** What else is written: by runbooks and people, and for upkeep. Alerts reach people without it. */
export const OTHER_TABLES: readonly TableUse[] = [
  usesOf("insert", "update", "delete")(feedMessagesTable),
  ...[stepsTable, runbookLookupsTable, apiTokensTable].map(usesOf("insert", "update")),
  ...[stepOutputsTable, runLocksTable, automationSwitchesTable].map(usesOf("insert", "delete")),
  usesOf("insert", "update", "delete")(breakersTable),
  ...[runbookVersionsTable, postmortemTextsTable, secretsTable].map(usesOf("insert")),
  ...[allowancesTable, sessionsTable].map(usesOf("insert", "update", "delete")),
  ...[
    commandsTable,
    effectsTable,
    refusedAlertsTable,
    alertSendersTable,
    silencesTable,
    noticesTable,
    truncatedGroupsTable,
  ].map(usesOf("delete")),
];

/** Statements that do all of it to no row: they ask whether it may be done. */
export function statementsTrying(uses: readonly TableUse[]): string {
  return uses
    .flatMap(({ table, changes }) => {
      const name = `"${getTableName(table)}"`;
      // The last one: the first may be a number that only the database gives.
      const column = quotedColumn(Object.keys(getTableColumns(table)).at(-1)!);
      const statements: Readonly<Record<RowChange, string>> = {
        insert: `insert into ${name} overriding system value select * from ${name} where false`,
        update: `update ${name} set ${column} = ${column} where false`,
        delete: `delete from ${name} where false`,
      };
      return changes.map((change) => statements[change]);
    })
    .join(";");
}
