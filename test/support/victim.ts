import { appendFileSync } from "node:fs";
import { readConfig } from "#config";
import { serve } from "../../src/cli/start.ts";
import type { Role } from "../../src/main.ts";
import { httpPaging } from "./pager.ts";

/**
 * A Muster that does to itself what the outside world does to processes, at a step of its loop.
 * `signal` at the `nth` time that `step` (of an effect of `type`) is reached.
 */
export type Doom = { readonly step: string; readonly type?: string; readonly nth?: number; readonly signal?: "SIGKILL" | "SIGSTOP" };

export type VictimSettings = {
  readonly role?: Role;
  readonly pager: string;
  readonly leaseMs?: number;
  readonly doom?: Doom;
  /** Where every step is written down as one JSON line, before it is taken. */
  readonly steps?: string;
};

const { role = "all", pager, leaseMs, doom, steps } = JSON.parse(process.env["VICTIM"] ?? "{}") as VictimSettings;
let reached = 0;

process.exitCode = await serve(readConfig(), role, {
  paging: httpPaging(pager),
  sweepEvery: 200,
  ...(leaseMs !== undefined && { leaseMs }),
  observe: (step) => {
    if (steps !== undefined) appendFileSync(steps, `${JSON.stringify(step)}\n`);
    if (doom === undefined || step.step !== doom.step) return;
    if (doom.type !== undefined && !("type" in step && step.type === doom.type)) return;
    reached += 1;
    if (reached === (doom.nth ?? 1)) process.kill(process.pid, doom.signal ?? "SIGKILL");
  },
});
