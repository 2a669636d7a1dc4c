import { Counter, Registry } from "prom-client";
import type { WorkerReply, WorkerRequest } from "#app/worker/worker-link.ts";

/**
 * A worker that does nothing but speak as one: what it does is in the place of its database's address. "works"; "fails"
 * at its start; "stands still" once it runs; "stays" when it is asked to stop. Each request for a report counts one. It
 * keeps to its process id, so that its report shows what it was asked.
 */
const registry = new Registry();
const asked = new Counter({ name: "asked", help: "Requests", labelNames: ["what"], registers: [registry] });
const kept = new Counter({ name: "own", help: "Of this process", labelNames: ["process"], registers: [registry] });
const reply = (message: WorkerReply): void => void process.send!(message);
let manner = "";

async function answer(request: WorkerRequest): Promise<void> {
  asked.inc({ what: request.ask === "start" ? `start by ${request.policyText}` : request.ask });
  kept.inc({ process: "worker" });
  switch (request.ask) {
    case "start":
      manner = request.databaseUrl;
      if (manner === "fails") process.exit(3);
      reply({ kind: "runs" });
      if (manner === "stands still") for (;;);
      return;
    case "reload":
      return reply({ kind: "reloaded", id: request.id });
    case "report": {
      const counts = await registry.getMetricsAsJSON();
      return reply({ kind: "report", id: request.id, report: { counts, laneProblem: null, wakeUpProblem: null } });
    }
    case "stop":
      if (manner !== "stays") process.exit(0);
  }
}

process.on("message", (request) => void answer(request as WorkerRequest));
process.on("disconnect", () => process.exit(0));
