import { enableCompileCache } from "node:module";
import { resolveQuickly } from "#cli/worker/quick-resolution.ts";
import type { WorkerReply, WorkerRequest } from "#app/worker/worker-link.ts";

// The process that decides and acts beside the one that has the doors (src/app/worker/worker-process.ts starts it).
// It does what it is asked by that process, and ends when that process is gone.

enableCompileCache();
resolveQuickly();

// Signals are for the process with the doors, which passes on what they mean: a terminal or a supervisor sends them to
// both, and the doors must end first.
for (const name of ["SIGHUP", "SIGINT", "SIGTERM"]) process.on(name, () => {});

const { runWorkerLink } = await import("./worker-link-end.ts");
const link = runWorkerLink(process.env, (reply: WorkerReply) => void (process.connected && process.send!(reply)));
process.on("message", (request) => link.asked(request as WorkerRequest));
process.on("disconnect", () => link.asked({ ask: "stop" }));
