import { afterAll, beforeAll, expect, test } from "vitest";
import { createDataSource } from "#integrations/postgres/postgres-datasource.ts";
import { createPrometheus } from "#integrations/prometheus/prometheus-metrics.ts";
import { requireAction, fillArguments, planRunbook } from "#runbooks/index.ts";
import { isJson, stringOrEmpty } from "#test/support/builders/json.ts";
import { querySql, describeLive } from "#test/support/harness/servers/live.ts";
import { startPostgres, type PostgresServer } from "#test/support/harness/servers/servers.ts";
import { startPrometheus, type PrometheusServer } from "#test/support/harness/servers/prometheus.ts";
import { loadRunbooks } from "#app/runbook-folder.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";
import { ORDER_INVENTORY, startOrderExporter, trafficAnHourAgo } from "#test/support/harness/servers/order-exporter.ts";

const LABELS = {
  alertname: "X",
  env: "production",
  service: "order-service",
  cluster: "orders",
  queue: "orders",
  namespace: "shop",
  name: "shop-tls",
  node: "node-1",
  pod: "orders-1",
  job_name: "backup-1",
  statefulset: "cart",
  surrogate_key: "home",
  flag: "new-checkout",
  mountpoint: "/var",
};

describeLive("Every shipped runbook", ["postgres", "prometheus"], () => {
  let prometheus: PrometheusServer;
  let primary: PostgresServer;
  let exporter: Awaited<ReturnType<typeof startOrderExporter>>;
  beforeAll(async () => {
    exporter = await startOrderExporter();
    primary = await startPostgres();
    await querySql(primary.url, "CREATE ROLE looks LOGIN; GRANT pg_read_all_stats TO looks");
    prometheus = await startPrometheus([exporter.target], trafficAnHourAgo());
  });
  afterAll(async () => {
    await Promise.all([prometheus?.stop(), primary?.stop()]);
    exporter?.close();
  });

  test("works with a real Prometheus and a real PostgreSQL", async () => {
    const metrics = createPrometheus({ url: prometheus.url });
    const source = createDataSource({
      name: "orders",
      url: primary.url.replace("postgres@", "looks@"),
      variable: "ORDERS_URL",
      calls: {},
    });
    const { runbooks } = await loadRunbooks("runbooks");
    const taken = { promql: 0, sql: 0 };
    for (const runbook of runbooks) {
      const labels = { ...LABELS, ...(runbook.id === "dead-letters" && { queue: "mails.dead" }) };
      const plan = planRunbook(runbook, labels, ORDER_INVENTORY);
      if (!plan.ok) throw new Error(`${runbook.id}: ${plan.message}`);
      const measures =
        plan.verify === null
          ? []
          : [...plan.verify.promql, ...(plan.verify.minTraffic === null ? [] : [plan.verify.minTraffic])];
      const promql = measures.map(({ measure }) => measure);
      const sql: { readonly sql: string; readonly args: readonly string[] }[] = [];
      for (const { uses, with: args } of plan.steps.flatMap((step) =>
        step.guard === null ? [step] : [step, step.guard],
      )) {
        if (uses !== "prometheus.query" && uses !== "sql.query") continue;
        const filled = fillArguments(requireAction(uses), args, { params: plan.params, labels, results: {} });
        if (!filled.ok || !isJson(filled.input)) throw new Error(`${runbook.id}: ${JSON.stringify(filled)}`);
        if (uses === "prometheus.query") promql.push(stringOrEmpty(filled.input["query"]));
        else sql.push({ sql: stringOrEmpty(filled.input["sql"]), args: filled.input["args"] as string[] });
      }
      for (const query of promql) {
        expect(query, runbook.id).not.toContain("$");
        await metrics.query(query, wallClock());
        taken.promql++;
      }
      for (const each of sql) {
        await source.query(each.sql, each.args);
        taken.sql++;
      }
    }
    expect(taken.promql).toBeGreaterThan(20);
    expect(taken.sql).toBe(3);
  });
});
