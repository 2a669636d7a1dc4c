import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { findProgram, startChild } from "./child-process.ts";
import { removeDirectory, temporaryDirectory } from "./temporary-directory.ts";
import { freePort } from "#test/support/harness/wait-until.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";
import { DAY } from "#test/support/builders/instants.ts";

/** Labels or annotations. */
export type LabelSet = Readonly<Record<string, string>>;

/** How the Alertmanager is set; times are written as Alertmanager writes them: "1s", "4h". */
export type AlertmanagerOptions = {
  readonly webhookUrl: string;
  /** Sent as `Authorization: Bearer …`. */
  readonly token?: string;
  readonly groupWait?: string;
  readonly groupInterval?: string;
  readonly repeatInterval?: string;
  readonly groupBy?: readonly string[];
  readonly receiver?: string;
  /** Where it gossips with its peers, and where the first of them does; alone without. */
  readonly cluster?: { readonly listen: string; readonly peer?: string };
};

/** What an alert may have besides its labels and annotations. */
export type FireOptions = { readonly startsAt?: Date; readonly endsAt?: Date; readonly generatorUrl?: string };

/** An Alertmanager of our own. */
export type AlertmanagerServer = {
  readonly url: string;
  readonly pid: number;
  /** Fires, for a day unless `endsAt` is given: nothing re-sends the alert here. */
  fire(labels: LabelSet, annotations?: LabelSet, options?: FireOptions): Promise<void>;
  /** Fires many in one request. */
  fireAll(alerts: readonly LabelSet[], annotations?: LabelSet): Promise<void>;
  /** Resolves the alerts with exactly these labels, now. */
  resolve(...labels: readonly LabelSet[]): Promise<void>;
  stop(): Promise<void>;
};

/** The program, under Debian's name or its own; null without it. */
export const alertmanagerProgram = (): string | null =>
  findProgram("prometheus-alertmanager") ?? findProgram("alertmanager");

function configuration(options: AlertmanagerOptions): string {
  const receiver = options.receiver ?? "muster";
  const webhook = {
    url: options.webhookUrl,
    send_resolved: true,
    ...(options.token !== undefined && { http_config: { authorization: { credentials: options.token } } }),
  };
  return stringify({
    route: {
      receiver,
      group_by: options.groupBy ?? ["alertname"],
      group_wait: options.groupWait ?? "200ms",
      group_interval: options.groupInterval ?? "1s",
      repeat_interval: options.repeatInterval ?? "4h",
    },
    receivers: [{ name: receiver, webhook_configs: [webhook] }],
  });
}

/** Starts an Alertmanager that sends everything to one webhook. */
export async function startAlertmanager(options: AlertmanagerOptions): Promise<AlertmanagerServer> {
  const program = alertmanagerProgram();
  if (program === null) throw new Error("Alertmanager is not installed (apt-get install prometheus-alertmanager)");
  const directory = temporaryDirectory("alertmanager");
  const file = join(directory, "alertmanager.yml");
  writeFileSync(file, configuration(options));
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  const args = [
    `--config.file=${file}`,
    `--storage.path=${directory}`,
    `--web.listen-address=${address}`,
    `--cluster.listen-address=${options.cluster?.listen ?? ""}`,
    ...(options.cluster?.peer === undefined ? [] : [`--cluster.peer=${options.cluster.peer}`]),
    "--log.level=warn",
  ];
  const child = await startChild(program, args, {
    ready: async () => (await fetch(`${url}/-/ready`)).ok,
    cwd: directory,
  });

  const post = async (alerts: readonly object[]): Promise<void> => {
    const response = await fetch(`${url}/api/v2/alerts`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(alerts),
    });
    if (!response.ok) throw new Error(`Alertmanager answered ${response.status}: ${await response.text()}`);
  };
  const firing = (
    labels: LabelSet,
    annotations: LabelSet,
    { startsAt, endsAt, generatorUrl }: FireOptions = {},
  ): object => ({
    labels,
    annotations,
    // Without a start Alertmanager takes the end for it.
    startsAt: (startsAt ?? new Date(wallClock())).toISOString(),
    endsAt: (endsAt ?? new Date(wallClock() + DAY)).toISOString(),
    ...(generatorUrl !== undefined && { generatorURL: generatorUrl }),
  });
  return {
    url,
    pid: child.pid,
    fire: (labels, annotations = {}, more = {}) => post([firing(labels, annotations, more)]),
    fireAll: (alerts, annotations = {}) => post(alerts.map((labels) => firing(labels, annotations))),
    resolve: (...labels) => post(labels.map((each) => ({ labels: each, endsAt: new Date(wallClock()).toISOString() }))),
    stop: async () => {
      await child.end("SIGKILL"); // a clean end takes it over a second, and its data goes anyway
      removeDirectory(directory);
    },
  };
}
