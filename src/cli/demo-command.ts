import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readConfig, type AppConfig } from "#config/app-config.ts";
import { MINUTE_MS, DAY_MS } from "#domain/values/duration.ts";
import { formatUtcDay } from "#domain/values/instant.ts";
import type { Instant } from "#domain/values/language.ts";
import { pino } from "pino";
import { prepareDataDirectory } from "#app/data-directory.ts";
import { startCluster, startPrometheus } from "#demo/demo-cluster.ts";
import { startPagerDuty, type PagerDutyDouble } from "#demo/pagerduty-double.ts";
import { DEMO_SIGNING_SECRET } from "#demo/story-acts.ts";
import { createStoryClock } from "#demo/story-clock.ts";
import { playStory } from "#demo/story-player.ts";
import { startViewer } from "#demo/workspace-viewer.ts";
import { demoPolicy, startWorkspace, type DemoWorkspace } from "#demo/demo-workspace.ts";
import { isIdle } from "#app/idle.ts";
import { runMuster } from "#app/main.ts";
import { readPolicy } from "#config/policy-file.ts";
import type { CommandTerminal } from "#app/terminal.ts";
import { forceExit, UsageError, type CommandArgs } from "./cli-command.ts";
import { systemClock } from "#app/clock.ts";

export async function demoCommand({ values }: CommandArgs, terminal: CommandTerminal): Promise<number> {
  const pace = Number(values["pace"]);
  if (!(pace >= 1 && pace <= 200))
    throw new UsageError(`--pace is a number from 1 to 200, not "${String(values["pace"])}"`);
  const config = readConfig({
    // Settings in files are settings like others: the demo takes none of those that lead elsewhere.
    ...Object.fromEntries(Object.entries(terminal.env).filter(([name]) => !name.endsWith("_FILE"))),
    PUBLIC_URL: "",
    DATABASE_URL: "",
    REDIS_URL: "",
    SLACK_BOT_TOKEN: "",
    SLACK_SIGNING_SECRET: "",
    MUSTER_CONFIG: "",
    MUSTER_WEBHOOK_TOKENS: "",
    MUSTER_API_TOKENS: "",
    MUSTER_RUNBOOKS: "",
    PROMETHEUS_URL: "",
    KUBECONFIG: "",
  });
  prepareDataDirectory(config.dataDir);
  const directory = join(config.dataDir, "demo");
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory);
  const file = join(directory, "muster.log");
  // What was started, to be stopped in the opposite order, however far it came.
  const running: (() => Promise<void>)[] = [];
  try {
    const missed = await perform(config, { directory, logFile: file, pace, running, terminal });
    for (const each of missed) terminal.reportFailure(`did not happen: ${each}`, 1);
    if (missed.length > 0) return terminal.reportFailure(`see ${file}`, 1);
    if (values["exit"] !== true) {
      terminal.printLine("\nMuster and Slack stay up for you to look around. Ctrl-C ends them.");
      await new Promise<void>((resolve) => {
        process.once("SIGINT", () => resolve());
        process.once("SIGTERM", () => resolve());
      });
    }
    return 0;
  } catch (error) {
    return terminal.reportFailure(
      `the demo failed: ${error instanceof Error ? error.message : String(error)}; see ${file}`,
      1,
    );
  } finally {
    for (const stop of running.toReversed())
      await stop().catch((error: unknown) => terminal.reportFailure(`stopping failed: ${String(error)}`, 1));
    forceExit();
  }
}

type Performance = {
  readonly directory: string;
  readonly logFile: string;
  readonly pace: number;
  readonly running: (() => Promise<void>)[];
  readonly terminal: CommandTerminal;
};

/** Starts everything and plays the story; answers what should have happened and did not. */
async function perform(
  config: AppConfig,
  { directory, logFile, pace, running, terminal }: Performance,
): Promise<readonly string[]> {
  terminal.printLine("Starting Muster on an embedded database, and an emulated Slack …");
  const workspace = await startWorkspace(await freePort(4003));
  running.push(() => workspace.close());
  const pagerduty = await startPagerDuty();
  running.push(() => pagerduty.close());
  const policyText = demoPolicy(workspace, mondayBefore(systemClock()));
  writeFileSync(join(directory, "muster.yaml"), policyText);
  const { policy, problems } = readPolicy(policyText, "demo policy");
  if (policy === null) throw new Error(`bug: the demo's policy is wrong: ${problems[0]?.message}`);

  const storyStart = Date.parse(`${formatUtcDay(systemClock())}T14:32:00Z`);
  // The story's clock shows 14:32 until the first alert, however long starting takes.
  const storyClock = createStoryClock(systemClock, pace, storyStart);
  const clock = storyClock.now;
  const cluster = await startCluster(clock);
  running.push(() => cluster.close());
  const prometheus = await startPrometheus(clock, cluster);
  running.push(() => prometheus.close());
  const kubeconfig = join(directory, "kubeconfig");
  writeFileSync(kubeconfig, cluster.kubeconfig, { mode: 0o600 });
  const log = pino({ level: "warn", base: null }, pino.destination({ dest: logFile, sync: true }));
  const port = await freePort(config.port);
  const settings = {
    ...demoSettings(config, { directory, port, workspace, pagerduty }),
    policy,
    prometheusUrl: prometheus.url,
    kubeconfig,
  };
  const muster = await runMuster(settings, "all", log, { clock, pace, sweepEvery: 500, leaseMs: MINUTE_MS * pace });
  running.push(() => muster.stop());
  terminal.printLine(`Muster     ${muster.url}`);
  const viewer = await startViewer(workspace, () => ({
    url: muster.url,
    signingSecret: DEMO_SIGNING_SECRET,
    wallClock: systemClock,
  }));
  running.push(() => viewer.close());
  printAddresses({ viewer, workspace, pagerduty, prometheus, directory }, terminal);

  storyClock.start(() => isIdle(muster.engine));
  running.push(() => storyClock.stop());
  return playStory({
    muster,
    workspace,
    pagerduty,
    cluster,
    clock,
    wallClock: systemClock,
    pace,
    storyStart,
    directory,
    terminal,
  });
}

/** The settings of a Muster whose Slack and PagerDuty are the demo's. */
function demoSettings(
  config: AppConfig,
  {
    directory,
    port,
    workspace,
    pagerduty,
  }: {
    readonly directory: string;
    readonly port: number;
    readonly workspace: DemoWorkspace;
    readonly pagerduty: PagerDutyDouble;
  },
): AppConfig {
  return {
    ...config,
    port,
    publicUrl: `http://localhost:${port}`,
    dataDir: directory,
    pagerduty: {
      routingKey: pagerduty.routingKey,
      apiToken: pagerduty.token,
      from: "muster@example.com",
      webhookSecrets: ["pd-secret"],
      eventsUrl: pagerduty.url,
      apiUrl: pagerduty.url,
    },
    slack: {
      botToken: workspace.token,
      signingSecret: DEMO_SIGNING_SECRET,
      appToken: null,
      team: null,
      apiUrl: `${workspace.url}/api/`,
    },
  };
}

type Addressed = { readonly url: string };

/** Prints where to look at everything but Muster. */
function printAddresses(
  {
    viewer,
    workspace,
    pagerduty,
    prometheus,
    directory,
  }: Readonly<Record<"viewer" | "workspace" | "pagerduty" | "prometheus", Addressed>> & {
    readonly directory: string;
  },
  terminal: CommandTerminal,
): void {
  terminal.printLine(`Slack      ${viewer.url}  (what people see, with buttons that work)`);
  terminal.printLine(`           ${workspace.url}  (the emulator's own inspector)`);
  terminal.printLine(`PagerDuty  ${pagerduty.url}  (a strict double: Events API, REST API, signed webhooks)`);
  terminal.printLine(
    `Cluster    ${prometheus.url} (Prometheus) and a Kubernetes API: doubles whose figures follow the story`,
  );
  terminal.printLine(`Policy     ${join(directory, "muster.yaml")}`);
  terminal.printLine();
}

/** The Monday of a week, as an ISO date in UTC: the week that someone began on it is still theirs. */
function mondayBefore(now: Instant): string {
  // The story plays at 14:32 of today: on a Monday the day's shift has begun.
  return formatUtcDay(now - ((Math.floor(now / DAY_MS) + 3) % 7) * DAY_MS);
}

/** The port if it is free, else any free one. */
async function freePort(wanted: number): Promise<number> {
  const { createServer } = await import("node:net");
  const tryPort = (port: number): Promise<number | null> =>
    new Promise((resolve) => {
      const probe = createServer();
      probe.once("error", () => resolve(null));
      probe.listen(port, "127.0.0.1", () => {
        const address = probe.address();
        probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : null));
      });
    });
  return (await tryPort(wanted)) ?? (await tryPort(0)) ?? wanted;
}
