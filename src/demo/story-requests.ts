import { setTimeout as sleep } from "node:timers/promises";
import type { RunningMuster } from "#app/main.ts";
import type { CommandTerminal } from "#app/terminal.ts";
import type { Instant } from "#domain/values/language.ts";
import type { ClusterDouble } from "./demo-cluster.ts";
import type { DemoWorkspace } from "./demo-workspace.ts";
import type { PagerDutyDouble } from "./pagerduty-double.ts";
import { STORY_RUNBOOK } from "./story.ts";

/** Everything that the story is played on. */
export type StoryStage = {
  readonly muster: RunningMuster;
  readonly workspace: DemoWorkspace;
  readonly clock: () => Instant;
  /** Not the story's: the machine's. */
  readonly wallClock: () => Instant;
  readonly pace: number;
  readonly storyStart: Instant;
  readonly directory: string;
  /** Where the story is printed. */
  readonly terminal: CommandTerminal;
  readonly pagerduty: PagerDutyDouble;
  readonly cluster: ClusterDouble;
};

/** An incident as the API shows it, as far as the story looks at it. */
export type ShownIncident = {
  readonly title: string;
  readonly priority: string;
  readonly sev: string;
  readonly status: string;
  readonly detectedAt: string;
  readonly resolvedAt: string | null;
  readonly channel: { readonly id: string; readonly name: string } | null;
  readonly roles: Readonly<Record<"commander" | "tech" | "comms" | "scribe", { readonly name: string } | null>>;
  readonly pages: readonly { readonly to: string; readonly via: string | null }[];
  readonly tasks: readonly { readonly owner: { readonly name: string } | null }[];
};

export type ShownRun = {
  readonly id: string;
  readonly runbook: string;
  readonly state: string;
  readonly reason: string;
  readonly steps: readonly {
    readonly step: string;
    readonly before: readonly (number | null)[] | null;
    readonly after: readonly (number | null)[] | null;
  }[];
};

/** The runs of the story's runbook for INC-1, newest first. */
export async function runsOf(muster: RunningMuster): Promise<readonly ShownRun[]> {
  return (await fetchShown<{ runs: ShownRun[] }>(muster, "/api/runs?incident=INC-1")).runs.filter(
    ({ runbook }) => runbook === STORY_RUNBOOK,
  );
}

export async function fetchShown<T>(muster: RunningMuster, path: string): Promise<T> {
  return (await (await fetch(muster.url + path)).json()) as T;
}

const LOOK_EVERY_MS = 100;
const LOOKS = 200;

/** Waits for what follows from what was done, about 20 real seconds at the most. */
export async function waitFor<T>(what: string, look: () => Promise<T | null>): Promise<T> {
  for (let looked = 0; looked < LOOKS; looked++) {
    const found = await look();
    if (found !== null) return found;
    await sleep(LOOK_EVERY_MS);
  }
  throw new Error(`it took too long: ${what}`);
}
