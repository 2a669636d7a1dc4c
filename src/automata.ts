import type { Config } from "#config";
import { createWorkflows } from "#adapters/github/workflow.ts";
import { createHttpRequests } from "#adapters/http/requests.ts";
import { createKubernetes } from "#adapters/kubernetes/cluster.ts";
import { createDataSource } from "#adapters/postgres-datasource/datasource.ts";
import { createProcesses } from "#adapters/process/processes.ts";
import { createPrometheus } from "#adapters/prometheus/metrics-source.ts";
import type { Policy } from "#domain/policy.ts";
import type { Log } from "#engine/engine.ts";
import type { Automata } from "#engine/run-ports.ts";
import { showProblemOf, SQL_CALLS, type Catalogue } from "#runbooks/index.ts";
import { loadRunbooks } from "./runbook-folder.ts";

/** The runbooks of the folder, and what they act through as far as it is set up. `reload` reads the folder again. */
export async function createAutomata(config: Config, policy: () => Policy, clock: () => number, log: Log): Promise<Automata & { reload(): Promise<void> }> {
  let catalogue: Catalogue = { runbooks: [], problems: [] };
  const reload = async (): Promise<void> => {
    catalogue = await loadRunbooks(config.runbooks);
    if (catalogue.problems.length > 0)
      log.warn({ problems: catalogue.problems.map(showProblemOf) }, "runbooks with a problem never run; muster check says more");
  };
  await reload();
  const calls = Object.fromEntries(Object.entries(SQL_CALLS).map(([name, { sql, args }]) => [name, { sql, arguments: args.length }]));
  const automation = (): Policy["automation"] => policy().automation;
  return {
    catalogue: () => catalogue,
    reload,
    secrets: () => config.secrets,
    ports: {
      metrics: config.prometheusUrl === null ? null : createPrometheus({ url: config.prometheusUrl }),
      cluster: config.kubeconfig === null ? null : createKubernetes({ kubeconfig: config.kubeconfig, clock }),
      // What the policy allows is read for each request, so that a reload counts at once.
      http: {
        send(ask) {
          const { hosts, privateHosts } = automation();
          const listed = [...privateHosts.map((host) => ({ host, private: true })), ...hosts.map((host) => ({ host }))];
          return createHttpRequests({ hosts: listed }).send(ask);
        },
      },
      processes: { run: (ask) => createProcesses({ commands: Object.fromEntries(automation().commands.map((path) => [path, path])) }).run(ask) },
      workflows: config.github === null ? null : createWorkflows({ token: config.github.token, apiUrl: config.github.apiUrl, clock }),
      datasource(name) {
        const { datasources } = automation();
        if (!Object.hasOwn(datasources, name)) return null;
        const variable = datasources[name]!.urlEnv;
        return createDataSource({ name, url: config.variable(variable), variable, calls });
      },
      secret: config.variable,
    },
  };
}
