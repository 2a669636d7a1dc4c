import type { AppConfig } from "#config/app-config.ts";
import { createWorkflows } from "#integrations/github/github-workflows.ts";
import { createHttpRequests, type HostCredential } from "#integrations/http/http-client.ts";
import { createKubernetes } from "#integrations/kubernetes/kubernetes-cluster.ts";
import { createDataSource } from "#integrations/postgres/postgres-datasource.ts";
import { createProcesses } from "#integrations/process/local-processes.ts";
import { createLoki } from "#integrations/loki/loki-logs.ts";
import { createPrometheus } from "#integrations/prometheus/prometheus-metrics.ts";
import type { HostAuth } from "#domain/policy/automation-policy.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { EngineLog } from "#engine/base/engine.ts";
import type { AutomationRuntime } from "#engine/base/run-ports.ts";
import { formatProblem, SQL_CALLS, type RunbookCatalog } from "#runbooks/index.ts";
import { createRunbookAuthors } from "./runbook-authors.ts";
import { loadRunbooks } from "./runbook-folder.ts";
import { checkOnce } from "./runbook-lint-process.ts";

/**
 * The runbooks of the folder, and what they act through as far as it is set up. `loaded`: the folder was read; until then
 * there are none. `reload` reads it again.
 */
export function createAutomationRuntime(
  config: AppConfig,
  policy: () => Policy,
  clock: () => number,
  log: EngineLog,
): AutomationRuntime & { readonly loaded: Promise<void>; reload(): Promise<void> } {
  let catalogue: RunbookCatalog = { runbooks: [], problems: [] };
  const reload = async (): Promise<void> => {
    catalogue = await loadRunbooks(config.runbooks, checkOnce, policy().automation.functions);
    if (catalogue.problems.length > 0)
      log.warn(
        { problems: catalogue.problems.map(formatProblem) },
        "runbooks with a problem never run; muster check lists the problems",
      );
  };
  const loaded = reload();
  // Callers that await it get the failure.
  loaded.catch(() => {});
  const calls = Object.fromEntries(
    Object.entries(SQL_CALLS).map(([name, { sql, args }]) => [name, { sql, arguments: args.length }]),
  );
  const automation = (): Policy["automation"] => policy().automation;
  return {
    catalogue: () => catalogue,
    loaded,
    reload,
    authors: createRunbookAuthors(config.runbooks),
    secrets: () => config.secrets,
    ports: {
      metrics: config.prometheusUrl === null ? null : createPrometheus({ url: config.prometheusUrl }),
      logs: config.loki === null ? null : createLoki(config.loki),
      cluster: config.kubeconfig === null ? null : createKubernetes({ kubeconfig: config.kubeconfig, clock }),
      // What the policy allows is read for each request, so that a reload counts at once.
      http: {
        send: (request) =>
          createHttpRequests({
            hosts: automation().hosts.map(({ auth, ...host }) => ({
              ...host,
              credential: () => (auth === null ? null : readCredential(auth, config.variable)),
            })),
          }).send(request),
      },
      processes: {
        run: (request) =>
          createProcesses({
            commands: Object.fromEntries(automation().commands.map((path) => [path, path])),
            readCommands: automation().readCommands,
          }).run(request),
      },
      workflows:
        config.github === null
          ? null
          : createWorkflows({ token: config.github.token, apiUrl: config.github.apiUrl, clock }),
      datasource(name) {
        const { datasources } = automation();
        if (!Object.hasOwn(datasources, name)) return null;
        const variable = datasources[name]!.urlEnv;
        return createDataSource({ name, url: config.variable(variable), variable, calls });
      },
    },
  };
}

/** What a host is shown, as the policy has it; the secret is read each time, so that a new one in a file counts at once. */
function readCredential({ header, scheme, user, env }: HostAuth, variable: AppConfig["variable"]): HostCredential {
  const secret = variable(env);
  if (secret === null) return { ok: false, missing: env };
  if (user !== null) return { ok: true, header, value: `Basic ${Buffer.from(`${user}:${secret}`).toString("base64")}` };
  const word = scheme ?? (/^authorization$/i.test(header) ? "Bearer" : null);
  return { ok: true, header, value: word === null ? secret : `${word} ${secret}` };
}
