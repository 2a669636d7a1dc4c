import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { findProgram, startChild } from "./child-process.ts";
import { removeDirectory, temporaryDirectory } from "./temporary-directory.ts";
import { freePort } from "#test/support/harness/wait-until.ts";

/** A Prometheus of our own. */
export type PrometheusServer = { readonly url: string; readonly pid: number; stop(): Promise<void> };

/** The program; null without it. */
export const prometheusProgram = (): string | null => findProgram("prometheus");

/**
 * Starts a lone Prometheus that asks `targets` ("127.0.0.1:1234") for /metrics every 200 ms. `history`: what it has known for
 * longer, as OpenMetrics with times.
 */
export async function startPrometheus(
  targets: readonly string[],
  history: string | null = null,
): Promise<PrometheusServer> {
  const program = prometheusProgram();
  if (program === null) throw new Error("Prometheus is not installed (apt-get install prometheus)");
  const directory = temporaryDirectory("prometheus");
  const file = join(directory, "prometheus.yml");
  const settings = {
    global: { scrape_interval: "200ms", scrape_timeout: "200ms" },
    scrape_configs: [{ job_name: "shop", static_configs: [{ targets }] }],
  };
  writeFileSync(file, stringify(settings));
  if (history !== null) {
    writeFileSync(join(directory, "history.txt"), history);
    execFileSync(
      "promtool",
      ["tsdb", "create-blocks-from", "openmetrics", join(directory, "history.txt"), join(directory, "data")],
      { stdio: "ignore" },
    );
  }
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  const args = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(directory, "data")}`,
    `--web.listen-address=${address}`,
    "--log.level=warn",
  ];
  const child = await startChild(program, args, {
    ready: async () => (await fetch(`${url}/-/ready`)).ok,
    cwd: directory,
  });
  return {
    url,
    pid: child.pid,
    stop: async () => {
      await child.end("SIGKILL"); // its data goes anyway
      removeDirectory(directory);
    },
  };
}
