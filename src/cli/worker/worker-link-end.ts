import { createLog } from "#app/log.ts";
import { runMuster, type RunningMuster } from "#app/main.ts";
import type { WorkerReply, WorkerRequest } from "#app/worker/worker-link.ts";
import { BadConfig, readConfig } from "#config/app-config.ts";
import { TRACKER_LIST } from "#config/vendor-lists.ts";
import { forceExit } from "#cli/cli-command.ts";

/** Does what the process with the doors asks of its worker, one request after the other. `env` has its settings; `reply` sends an answer. */
export function runWorkerLink(
  env: NodeJS.ProcessEnv,
  reply: (reply: WorkerReply) => void,
): { asked(request: WorkerRequest): void } {
  let muster: RunningMuster | null = null;
  let last = Promise.resolve();
  const answer = async (request: WorkerRequest): Promise<void> => {
    switch (request.ask) {
      case "start":
        muster = await startWorker(env, request);
        return reply({ kind: "runs" });
      case "reload":
        await muster?.reload();
        return reply({ kind: "reloaded", id: request.id });
      case "report":
        return muster === null ? undefined : reply({ kind: "report", id: request.id, report: await muster.report() });
      case "stop":
        await muster?.stop();
        forceExit();
        if (process.connected) process.disconnect();
    }
  };
  return {
    asked(request) {
      // Nothing is in hand before it runs.
      if (request.ask === "stop" && muster === null) process.exit(0);
      const answered = request.ask === "report" ? answer(request) : last.then(() => answer(request));
      if (request.ask !== "report") last = answered;
      answered.catch((error: unknown) => fail(error));
    },
  };
}

/** The worker on the database and the policy of the process with the doors, whatever their files contain by now. */
async function startWorker(
  env: NodeJS.ProcessEnv,
  { policyText, databaseUrl }: WorkerRequest & { ask: "start" },
): Promise<RunningMuster> {
  const config = readConfig({ ...env, DATABASE_URL: databaseUrl }, TRACKER_LIST, policyText);
  const log = createLog(config);
  const muster = await runMuster(config, "worker", log, { listen: false });
  log.info({ worker: process.pid }, `the worker runs (process ${process.pid})`);
  return muster;
}

/** What went wrong stands in the log of both; the process with the doors tries again. */
function fail(error: unknown): never {
  process.stderr.write(`the worker failed: ${error instanceof BadConfig ? error.message : String(error)}\n`);
  process.exit(1);
}
