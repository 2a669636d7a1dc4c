import { systemClock } from "#app/clock.ts";
import { missingPermissions, type PermissionScope } from "#integrations/kubernetes/cluster-permissions.ts";
import { createLoki } from "#integrations/loki/loki-logs.ts";
import { createPrometheus } from "#integrations/prometheus/prometheus-metrics.ts";
import { readConfig, type AppConfig } from "#config/app-config.ts";
import { checkDataDirectory } from "#app/data-directory.ts";
import type { CommandTerminal } from "#app/terminal.ts";
import { checkTickets } from "#app/integrations/ticket-check.ts";
import { INTEGRATIONS } from "#app/integrations/integration-list.ts";
import { setupNotes } from "#app/integrations/setup-notes.ts";
import { MusterClient } from "./client.ts";
import { countedNoun } from "#domain/events/wording.ts";
import type { CommandArgs } from "./cli-command.ts";
import type { DoctorFinding } from "#app/integrations/integration.ts";

export async function doctorCommand(_: CommandArgs, terminal: CommandTerminal): Promise<number> {
  const config = readConfig(terminal.env);
  const findings = [
    await database(config),
    await queue(config),
    ...(await integrations(config)),
    ...(await tickets(config, terminal)),
    ...(await documents(config)),
    await metrics(config),
    ...(await dataSources(config)),
    ...(await logs(config)),
    ...(await cluster(config)),
  ];
  for (const { what, ok, says: problem } of findings)
    terminal.printLine(`${ok ? "ok  " : "FAIL"}  ${what.padEnd(10)} ${problem}`);
  for (const line of setupNotes(INTEGRATIONS, config)) terminal.printLine(`note  ${line}`);
  return findings.every(({ ok }) => ok) ? 0 : 1;
}

async function database(config: AppConfig): Promise<DoctorFinding> {
  if (config.databaseUrl === null) {
    try {
      checkDataDirectory(config.dataDir);
      return { what: "database", ok: true, says: `embedded in ${config.dataDir}, which can be written` };
    } catch (error) {
      return { what: "database", ok: false, says: error instanceof Error ? error.message : String(error) };
    }
  }
  // Loaded when there is a server to ask: so is the client of Redis.
  const { checkDatabaseServer } = await import("#cli/doctor/doctor-database.ts");
  return checkDatabaseServer(config.databaseUrl);
}

async function queue(config: AppConfig): Promise<DoctorFinding> {
  if (config.redis === null) return { what: "queue", ok: true, says: "on the database" };
  const { openQueue } = await import("#queue/lane-queue.ts");
  const open = await openQueue({ kind: "redis", ...config.redis }, "muster", () => {});
  try {
    await open.ping();
    return { what: "queue", ok: true, says: "Redis answers" };
  } catch (error) {
    return {
      what: "queue",
      ok: false,
      says: `Redis does not answer: ${reason(error)}. Check REDIS_URL. Muster works without it, a second slower.`,
    };
  } finally {
    await open.close();
  }
}

async function integrations(config: AppConfig): Promise<readonly DoctorFinding[]> {
  const found: DoctorFinding[] = [];
  for (const { check } of INTEGRATIONS) found.push(...((await check?.(config, systemClock)) ?? []));
  return found;
}

/** Whether tickets can be opened. Where they can, the running Muster tries those again that were refused before. */
async function tickets(config: AppConfig, terminal: CommandTerminal): Promise<readonly DoctorFinding[]> {
  const found = await checkTickets(config, systemClock);
  if (config.trackers.every(({ access }) => access === null) || !found.every(({ ok }) => ok)) return found;
  const retried = await retryTickets(terminal);
  return retried === 0
    ? found
    : [...found, { what: "tickets", ok: true, says: `${countedNoun(retried, "refused ticket")} tried again` }];
}

/** How many refused tickets the running Muster tries again; 0 where none runs, which tries them at its start. */
async function retryTickets({ env }: CommandTerminal): Promise<number> {
  try {
    const { answer } = await new MusterClient(undefined, env).postJson<{ readonly retried?: number }>(
      "/api/tickets/retry",
      {},
    );
    return answer.retried ?? 0;
  } catch {
    return 0;
  }
}

async function documents(config: AppConfig): Promise<readonly DoctorFinding[]> {
  const found: DoctorFinding[] = [];
  for (const { checkDocuments } of INTEGRATIONS) found.push(...((await checkDocuments?.(config, systemClock)) ?? []));
  return found;
}

async function metrics({ prometheusUrl }: AppConfig): Promise<DoctorFinding> {
  if (prometheusUrl === null) return { what: "prometheus", ok: true, says: "not set up: no runbook can be verified" };
  try {
    await createPrometheus({ url: prometheusUrl }).ping();
    return { what: "prometheus", ok: true, says: "Prometheus answers queries" };
  } catch (error) {
    return { what: "prometheus", ok: false, says: `${words(error)}. Check PROMETHEUS_URL.` };
  }
}

async function dataSources(config: AppConfig): Promise<readonly DoctorFinding[]> {
  // Loaded when there is one to ask: so are the client of PostgreSQL and the grammar of runbooks.
  if (Object.keys(config.policy.automation.datasources).length === 0) return [];
  return (await import("#cli/doctor/doctor-datasources.ts")).checkDataSources(config);
}

/** Logs are searched by few runbooks: without Loki there is nothing to report. */
async function logs({ loki }: AppConfig): Promise<readonly DoctorFinding[]> {
  if (loki === null) return [];
  try {
    await createLoki(loki).ping();
    return [{ what: "logs", ok: true, says: "Loki answers" }];
  } catch (error) {
    return [{ what: "logs", ok: false, says: `${words(error)}. Check LOKI_URL.` }];
  }
}

/** One review for each permission that an action needs: a role that lacks one is found before the night in which it is needed. */
async function cluster({ kubeconfig, policy, runbooks }: AppConfig): Promise<readonly DoctorFinding[]> {
  if (kubeconfig === null) return [{ what: "cluster", ok: true, says: "not set up: runbooks see no cluster" }];
  const reaches = reachesOf(policy);
  try {
    const missing = await missingPermissions(kubeconfig, reaches, await usedActions(runbooks));
    if (missing.length === 0)
      return [
        {
          what: "cluster",
          ok: true,
          says: `the cluster lets us do all that runbooks may in ${reaches.length} place(s)`,
        },
      ];
    return missing.map(({ words: what, without }) => ({
      what: "cluster",
      ok: false,
      says: `we may not ${what}: ${without}. Grant it as in deploy/kubernetes-rbac.yaml.`,
    }));
  } catch (error) {
    return [{ what: "cluster", ok: false, says: `${words(error)}. Check KUBECONFIG.` }];
  }
}

/** The actions that the runbooks of a folder use; a folder that is not there uses none. */
async function usedActions(folder: string): Promise<ReadonlySet<string>> {
  const { loadRunbooks } = await import("#app/runbook-folder.ts");
  const { runbooks } = await loadRunbooks(folder);
  return new Set(runbooks.flatMap(({ steps }) => steps.map(({ uses }) => uses)));
}

type Inventory = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>;

/** The deployments of the policy's inventory; without one, those of the namespace "default". */
function reachesOf(policy: object): readonly PermissionScope[] {
  const inventory = "inventory" in policy ? (policy.inventory as Inventory) : {};
  const rows = Object.values(inventory).flatMap((kind) => Object.values(kind));
  const reaches = rows.flatMap(({ namespace, deployment }): PermissionScope[] =>
    namespace === undefined ? [] : [{ namespace, ...(deployment === undefined ? {} : { deployment }) }],
  );
  return reaches.length > 0 ? reaches : [{ namespace: "default" }];
}

/** An adapter's own words; they end without a stop. */
function words(error: unknown): string {
  return (error instanceof Error ? error.message : String(error))
    .replace(/\. Check (?:PROMETHEUS_URL|LOKI_URL|KUBECONFIG[^.]*)\.?$/, "")
    .replace(/\.$/, "");
}

function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}
