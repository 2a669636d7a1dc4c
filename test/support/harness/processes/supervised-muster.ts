import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";
import { freePort } from "#test/support/harness/wait-until.ts";
import { createAlertSender, type AlertSender, type TestAlert } from "./alert-sender.ts";
import { startLiveSetup, type LiveSetup } from "./live-setup.ts";
import { type MusterProcess, startMuster } from "./muster-process.ts";
import type { KillPlan } from "./victim.ts";

/** A claim outlives its owner by so much. */
const LEASE_MS = 1_500;
/** From the first alert to the draft with everything lost on the way. */
export const SUPERVISED_TIMEOUT_MS = 60_000;
/** As many incidents as one Muster may be given, each of a service of its own. */
const SERVICES = 60;

/** Muster as an orchestrator runs it: one that is killed is started again, where it was. It is given one incident after the other. */
export type SupervisedMuster = {
  readonly stage: LiveSetup;
  readonly sender: AlertSender;
  readonly lives: readonly MusterProcess[];
  current(): MusterProcess;
  deaths(): number;
  /** Opens the next incident when it is fired; its number, and the alert. */
  next(): { readonly number: number; readonly alert: TestAlert };
  /** What strikes from now on, and so many lives in a row. */
  dooms(plan: KillPlan, times: number): void;
  /** Ends all of it; the process must end by itself. */
  stop(): Promise<void>;
  kill(): Promise<void>;
};

const serviceOf = (number: number): string => `order-service-${number}`;

/** A policy in which many services are as `order-service` is, and no one is paged too often. */
function withManyServices(policy: Record<string, object>): object {
  const plain = (policy["services"] as Record<string, object>)["order-service"];
  const services = Array.from({ length: SERVICES }, (_, i) => [serviceOf(i + 1), plain]);
  return { ...policy, services: Object.fromEntries(services) as object, paging: { perPerson: 1_000 } };
}

/** Starts one; answers before it is ready. */
export async function startSupervised(): Promise<SupervisedMuster> {
  const stage = await startLiveSetup("redis", { adjust: withManyServices });
  const doomFile = join(temporaryDirectory("dooms"), "doom");
  const port = await freePort();
  const lives: MusterProcess[] = [];
  const state = { deaths: 0, dooms: 0, incidents: 0, over: false };
  let left: readonly KillPlan[] = [];
  const writeDoom = (): void => {
    const [plan, ...rest] = left;
    left = rest;
    if (plan === undefined) return;
    writeFileSync(`${doomFile}.part`, JSON.stringify({ ...plan, number: ++state.dooms }));
    renameSync(`${doomFile}.part`, doomFile);
  };
  const live = async (): Promise<void> => {
    const muster = await startMuster({
      env: stage.env,
      port,
      victim: { pager: stage.pager.url, leaseMs: LEASE_MS, doomFile },
    });
    lives.push(muster);
    void muster.ended.then(({ signal }) => {
      if (signal !== "SIGKILL" || state.over) return;
      state.deaths += 1;
      writeDoom();
      void live();
    });
  };
  await live();
  const current = (): MusterProcess => lives.at(-1)!;
  return {
    stage,
    lives,
    current,
    sender: createAlertSender({ url: () => current().url, patience: SUPERVISED_TIMEOUT_MS }),
    deaths: () => state.deaths,
    next() {
      const number = ++state.incidents;
      const alert = { name: "HighErrorRate", severity: "P1", service: serviceOf(number), summary: "Error rate 15 %" };
      return { number, alert };
    },
    dooms(plan, times) {
      left = Array.from({ length: times }, () => plan);
      writeDoom();
    },
    async stop() {
      await current().stop();
      await stage.close();
    },
    async kill() {
      state.over = true;
      await Promise.all(lives.map((each) => each.kill()));
      await stage.close();
    },
  };
}
