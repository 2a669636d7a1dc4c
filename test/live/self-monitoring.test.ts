import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { startApp, type TestApp } from "#test/support/harness/app.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { removeDirectory, temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";
import { describeLive } from "#test/support/harness/servers/live.ts";

const run = promisify(execFile);
const RULES = resolve("deploy/prometheus-rules.yml");
const Rules = z.object({
  groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string(), expr: z.string() })) })),
});
const Board = z.object({
  panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })).default([]) })),
});

const rules = Rules.parse(parse(readFileSync(RULES, "utf8"))).groups.flatMap((group) => group.rules);
const queries = Board.parse(JSON.parse(readFileSync("deploy/grafana-dashboard.json", "utf8"))).panels.flatMap(
  ({ title, targets }) =>
    targets.map(({ expr }) => ({ title, expr: expr.replaceAll("$__rate_interval", "5m").replaceAll("$job", ".*") })),
);

/** Series that make a rule fire, and when it must have. A fault of each, and nothing of the others. */
const FAULTS: readonly {
  readonly alert: string;
  readonly at: string;
  readonly series: readonly (readonly [string, string])[];
}[] = [
  {
    alert: "MusterDown",
    at: "5m",
    series: [
      ['up{job="muster",instance="a"}', "0x60"],
      ['up{job="muster",instance="b"}', "1x60"],
    ],
  },
  { alert: "MusterAbsent", at: "5m", series: [['other{job="x"}', "1x60"]] },
  {
    alert: "MusterCommandsPutAside",
    at: "10m",
    series: [['muster_commands_failed_total{type="delivery"}', "0x5 1x60"]],
  },
  { alert: "MusterPutAside", at: "40m", series: [['muster_dead_letters{kind="effect"}', "1x60"]] },
  {
    alert: "MusterOnlyPolls",
    at: "30m",
    series: [
      ['muster_wake_ups_total{lane="apply",by="polling"}', "0+1x60"],
      ['muster_wake_ups_total{lane="apply",by="queue"}', "7x60"],
    ],
  },
  { alert: "MusterEscalationLost", at: "10m", series: [["muster_escalations_repaired_total", "0x5 1x60"]] },
  {
    alert: "MusterRefusesAlerts",
    at: "15m",
    series: [['muster_http_requests_total{door="alertmanager",status="503"}', "0+5x60"]],
  },
  {
    alert: "MusterRefusesSenders",
    at: "10m",
    series: [['muster_http_requests_total{door="alertmanager",status="401"}', "0+1x60"]],
  },
  { alert: "MusterAlertsRefused", at: "10m", series: [["muster_alerts_refused", "2x60"]] },
  { alert: "MusterPagesWait", at: "10m", series: [['muster_queue_depth{lane="page"}', "40x60"]] },
  { alert: "MusterFallsBehind", at: "10m", series: [['muster_queue_depth{lane="apply"}', "5000x60"]] },
  {
    alert: "MusterPagerFails",
    at: "15m",
    series: [
      ['muster_pager_calls_total{outcome="timeout"}', "0+9x60"],
      ['muster_pager_calls_total{outcome="ok"}', "0+1x60"],
    ],
  },
  {
    alert: "MusterSlackFails",
    at: "25m",
    series: [
      ['muster_slack_calls_total{outcome="ratelimited"}', "0+9x60"],
      ['muster_slack_calls_total{outcome="ok"}', "0+1x60"],
    ],
  },
  {
    alert: "MusterDecidesSlowly",
    at: "25m",
    series: [
      ['muster_apply_seconds_bucket{le="1"}', "0+1x60"],
      ['muster_apply_seconds_bucket{le="5"}', "0+9x60"],
      ['muster_apply_seconds_bucket{le="+Inf"}', "0+9x60"],
    ],
  },
  { alert: "MusterEndedWhileFiring", at: "25h", series: [["muster_incidents_ended_firing", "1x1600"]] },
  { alert: "MusterPagesNoOne", at: "10m", series: [["muster_teams_unstaffed", "1x60"]] },
  { alert: "MusterClockSkew", at: "10m", series: [["muster_clock_skew_seconds", "-6x60"]] },
  { alert: "MusterMutesMuch", at: "25h", series: [["muster_alerts_muted", "80x1600"]] },
];

describeLive("what watches Muster itself", ["prometheus"], () => {
  let app: TestApp;
  let directory: string;
  let offered: string;
  beforeAll(async () => {
    directory = temporaryDirectory("promtool");
    app = await startApp();
    await app.post(
      "/webhooks/alertmanager",
      deliveryOf([alertOf({ service: "order-service", severity: "P1" }, { startsAt: NOW })]),
    );
    await app.settles();
    offered = await (await app.get("/metrics")).text();
  });
  afterAll(async () => {
    await app?.stop();
    if (directory !== undefined) removeDirectory(directory);
  });

  test("promtool accepts the rules", async () => {
    expect((await run("promtool", ["check", "rules", RULES])).stdout).toContain(`SUCCESS: ${rules.length} rules found`);
  });

  test("each rule fires by its fault, within its time, and is quiet without it", async () => {
    expect(FAULTS.map(({ alert }) => alert).toSorted()).toEqual(rules.map(({ alert }) => alert).toSorted());
    const healthy: [string, string] = ['up{job="muster",instance="ok"}', "1x1600"];
    const file = join(directory, "rules.test.yml");
    const tests = FAULTS.map(({ alert, at, series }) => ({
      interval: "1m",
      input_series: [...series, ...(alert === "MusterAbsent" ? [] : [healthy])].map(([name, values]) => ({
        series: name,
        values,
      })),
      promql_expr_test: rules.map((rule) => ({
        expr: `count(ALERTS{alertname="${rule.alert}",alertstate="firing"}) or vector(0)`,
        eval_time: at,
        exp_samples: [{ labels: "{}", value: rule.alert === alert ? 1 : 0 }],
      })),
    }));
    writeFileSync(file, stringify({ rule_files: [RULES], evaluation_interval: "1m", tests }));
    await run("promtool", ["test", "rules", file]).catch((error: unknown) => {
      const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
      throw new Error(`${stdout}\n${stderr}`);
    });
  });

  test("every query of the Grafana dashboard is PromQL", async () => {
    const file = join(directory, "queries.yml");
    writeFileSync(
      file,
      stringify({
        groups: [
          { name: "dashboard", rules: queries.map(({ expr }, i) => ({ record: `dashboard:query_${i}`, expr })) },
        ],
      }),
    );
    expect((await run("promtool", ["check", "rules", file])).stdout).toContain(
      `SUCCESS: ${queries.length} rules found`,
    );
  });

  test("every queried metric exists, with these labels", () => {
    const defined = new Map(Array.from(offered.matchAll(/^# TYPE (\S+) (\S+)$/gm), ([, name, type]) => [name!, type!]));
    for (const expr of [...rules.map(({ expr: each }) => each), ...queries.map(({ expr: each }) => each)])
      for (const [name] of expr.matchAll(/\b(?:muster|nodejs|process)_[a-z0-9_]+/g)) {
        const base = defined.has(name) ? name : name.replace(/_(?:bucket|sum|count)$/, "");
        expect(defined.has(base), `${name} in ${expr}`).toBe(true);
      }
  });
});
