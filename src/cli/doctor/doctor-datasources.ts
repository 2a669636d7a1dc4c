import type { DoctorFinding } from "#app/integrations/integration.ts";
import { loadRunbooks } from "#app/runbook-folder.ts";
import type { AppConfig } from "#config/app-config.ts";
import { createDataSource } from "#integrations/postgres/postgres-datasource.ts";
import type { Runbook } from "#runbooks/index.ts";

const RIGHTS =
  "SELECT rolname AS role, rolsuper AS superuser, rolreplication AS replication, pg_has_role(rolname, 'pg_signal_backend', 'member') AS signals FROM pg_roles WHERE rolname = current_user";

type Rights = {
  readonly role: string;
  readonly superuser: boolean;
  readonly replication: boolean;
  readonly signals: boolean;
};

/** Whether each database that runbooks ask answers, and whether its role can do no more than it is asked for. */
export async function checkDataSources({ policy, runbooks, variable }: AppConfig): Promise<readonly DoctorFinding[]> {
  const { datasources, functions } = policy.automation;
  const names = Object.entries(datasources);
  if (names.length === 0) return [];
  const catalog = await loadRunbooks(runbooks, undefined, functions);
  return Promise.all(
    names.map(async ([name, { urlEnv }]): Promise<DoctorFinding> => {
      const finding = (ok: boolean, says: string): DoctorFinding => ({
        what: "datasource",
        ok,
        says: `${name}: ${says}`,
      });
      try {
        const source = createDataSource({ name, url: variable(urlEnv), variable: urlEnv, calls: {} });
        const [rights] = (await source.query(RIGHTS, [])).rows as readonly Rights[];
        const excess = excessOf(rights, isCalled(name, catalog.runbooks));
        return excess === null
          ? finding(true, "answers, and its role can do no more than is asked of it")
          : finding(false, `its role ${rights?.role ?? ""} ${excess}: use a small one, as in deploy/data-source.sql.`);
      } catch (error) {
        return finding(false, `${error instanceof Error ? error.message : String(error)}.`);
      }
    }),
  );
}

/** What a role may do that no question needs; null: nothing. `calls`: calls that end statements need to signal them. */
function excessOf(rights: Rights | undefined, calls: boolean): string | null {
  if (rights === undefined) return "is not listed in pg_roles";
  if (rights.superuser) return "is a superuser, whom nothing stops";
  if (rights.replication) return "has REPLICATION, so that a question could move or drop slots";
  return rights.signals && !calls ? "is in pg_signal_backend, and no runbook calls anything there" : null;
}

/** Whether a runbook may call something there: by its name, or by one that an alert decides. */
function isCalled(name: string, runbooks: readonly Runbook[]): boolean {
  return runbooks.some(({ steps }) =>
    steps.some(({ uses, with: args }) => {
      const source = args["datasource"];
      return uses === "sql.call" && typeof source === "string" && (source === name || source.includes("$"));
    }),
  );
}
