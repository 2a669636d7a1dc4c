import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createDataSource } from "#integrations/postgres/postgres-datasource.ts";
import { createPrometheus } from "#integrations/prometheus/prometheus-metrics.ts";
import { checkRunbook, SQL_CALLS } from "#runbooks/index.ts";
import { temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";
import type { JsonObject } from "#test/support/builders/json.ts";
import { startKubernetes } from "#test/support/doubles/kubernetes/kubernetes-double.ts";
import { querySql, describeLive } from "#test/support/harness/servers/live.ts";
import {
  errorsIn,
  SIGNING_SECRET,
  startMuster,
  type MusterProcess,
} from "#test/support/harness/processes/muster-process.ts";
import {
  startAlertmanager,
  startPostgres,
  waitFor,
  type PostgresServer,
} from "#test/support/harness/servers/servers.ts";
import { startPrometheus, type PrometheusServer } from "#test/support/harness/servers/prometheus.ts";
import type { PostgresReplica } from "#test/support/harness/servers/postgres.ts";
import {
  expectNoViolations,
  startLiveSetup,
  timelineOf,
  type LiveSetup,
} from "#test/support/harness/processes/live-setup.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";
import { ORDER_INVENTORY, startOrderExporter, trafficAnHourAgo } from "#test/support/harness/servers/order-exporter.ts";

/** A shipped runbook with less patience, in a folder of its own. */
async function shelve(
  directory: string,
  id: string,
  ...changes: readonly (readonly [string, string])[]
): Promise<void> {
  let text = readFileSync(`runbooks/${id}.md`, "utf8");
  for (const [from, to] of changes) {
    expect(text).toContain(from);
    text = text.replaceAll(from, to);
  }
  expect((await checkRunbook(text, `${id}.md`)).problems).toEqual([]);
  writeFileSync(join(directory, `${id}.md`), text);
}

type SeenRun = JsonObject & { readonly state: string; readonly reason: string; readonly steps: readonly JsonObject[] };
async function runOf(muster: MusterProcess, number: number): Promise<SeenRun | null> {
  const { runs } = (await muster.api("/api/runs?limit=50")) as { runs: SeenRun[] };
  return runs.find(({ id }) => id === `RUN-${number}`) ?? null;
}
const reaches = (muster: MusterProcess, number: number, state: string): Promise<SeenRun> =>
  waitFor(
    async () => {
      const run = await runOf(muster, number);
      if (run !== null && run.state !== state && /^(?:failed|canceled|suggested|succeeded)$/.test(run.state))
        return run;
      return run?.state === state ? run : null;
    },
    { what: `RUN-${number} to be ${state}`, timeoutMs: 30_000, everyMs: 100 },
  );

describeLive("Runbooks in a real world", ["postgres", "prometheus", "alertmanager"], () => {
  let stage: LiveSetup;
  let muster: MusterProcess;
  let prometheus: PrometheusServer;
  let primary: PostgresServer;
  let replica: PostgresReplica;
  let exporter: Awaited<ReturnType<typeof startOrderExporter>>;
  let k8s: Awaited<ReturnType<typeof startKubernetes>>;
  let alertmanager: Awaited<ReturnType<typeof startAlertmanager>>;
  let ticks: NodeJS.Timeout;
  let directory: string;

  const as = (url: string, user: string): string => url.replace("postgres@", `${user}@`);
  const approves = (run: number, who: "alice" | "bob") =>
    stage.slack.command({
      url: muster.url,
      signingSecret: SIGNING_SECRET,
      as: stage.slack.people[who].id,
      command: "/incident",
      text: `runbook approve RUN-${run}`,
      channelId: "C0ELSEWHERE",
    });
  const entries = async (incident: number): Promise<string[]> =>
    (await timelineOf(muster, incident)).map(({ type }) => type);

  beforeAll(async () => {
    directory = temporaryDirectory("runbooks");
    exporter = await startOrderExporter();
    k8s = await startKubernetes(wallClock());
    k8s.state.deploy("order-service", "shop/order-service:1");
    ticks = setInterval(() => {
      k8s.state.now = wallClock();
      k8s.state.settle();
      const restarted =
        k8s.state.deployments[0]!.spec.template.metadata?.annotations?.["kubectl.kubernetes.io/restartedAt"];
      if (restarted !== undefined) exporter.now.sick = false;
    }, 50);
    primary = await startPostgres();
    await querySql(
      primary.url,
      `CREATE ROLE app LOGIN; CREATE TABLE orders (id int); INSERT INTO orders SELECT generate_series(1, 1000); GRANT SELECT ON orders TO app;
       CREATE ROLE looks LOGIN; GRANT pg_read_all_stats TO looks;
       CREATE ROLE acts LOGIN; GRANT pg_read_all_stats, pg_signal_backend TO acts;
       CREATE TABLE muster_calls (key text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now()); GRANT SELECT, INSERT ON muster_calls TO acts`,
    );
    replica = await primary.replica("orders-1");
    prometheus = await startPrometheus([exporter.target], trafficAnHourAgo());
    await shelve(directory, "restart-on-connection-leak", ["for: 3m", "for: 1s"]);
    await shelve(
      directory,
      "database-replication-lag",
      ["for: 3m", "for: 1s"],
      ["interval '5 minutes'", "interval '1 second'"],
      ["'@database-oncall'", "'@orders'"],
    );
    stage = await startLiveSetup("postgres", {
      adjust: (policy) => ({
        ...policy,
        inventory: ORDER_INVENTORY,
        automation: {
          datasources: { orders: { urlEnv: "ORDERS_URL" }, "orders/replica": { urlEnv: "ORDERS_REPLICA_URL" } },
        },
      }),
    });
    muster = await startMuster({
      env: {
        ...stage.env,
        MUSTER_RUNBOOKS: directory,
        PROMETHEUS_URL: prometheus.url,
        KUBECONFIG: k8s.kubeconfig,
        ORDERS_URL: as(primary.url, "looks"),
        ORDERS_REPLICA_URL: as(replica.url, "acts"),
      },
      victim: { pager: stage.pager.url },
    });
    await muster.ready();
    alertmanager = await startAlertmanager({
      webhookUrl: `${muster.url}/webhooks/alertmanager`,
      groupBy: ["alertname"],
    });
  });
  afterAll(async () => {
    clearInterval(ticks);
    await alertmanager?.stop();
    await muster?.kill();
    await Promise.all([prometheus?.stop(), replica?.stop(), stage?.close(), k8s?.close()]);
    await primary?.stop();
    exporter?.close();
  });

  test("a leak is found by its measures, restarted after approval, and proved by the measures and the alert", async () => {
    const labels = { alertname: "ConnectionPoolExhausted", service: "order-service", severity: "P1" };
    const metrics = createPrometheus({ url: prometheus.url });
    const rate =
      'sum(rate(http_requests_total{service="order-service"}[5m])) / sum(rate(http_requests_total{service="order-service"}[5m] offset 1h))';
    await waitFor(async () => (await metrics.query(rate, wallClock())).kind === "value", { what: "rates" });
    await alertmanager.fire(labels);
    const requests = await reaches(muster, 1, "waiting-approval");
    expect(requests).toMatchObject({ runbook: "restart-on-connection-leak", target: "k8s/order-service" });
    expect(k8s.requests.filter((each) => !each.startsWith("GET"))).toEqual([]);
    await approves(1, "alice");
    await reaches(muster, 1, "verifying");
    await alertmanager.resolve(labels);
    const run = await reaches(muster, 1, "succeeded");
    expect([run.state, run.reason]).toEqual([
      "succeeded",
      expect.stringMatching(/^0\.\d+ \(wanted < 1\), 0(?:\.\d+)? \(wanted < 0\.01\)$/),
    ]);
    expect(k8s.requests.filter((each) => !each.startsWith("GET"))).toEqual([
      "PATCH /apis/apps/v1/namespaces/shop/deployments/order-service",
    ]);
    expect(k8s.violations).toEqual([]);
    await waitFor(async () => (await entries(1)).includes("run.succeeded"), { what: "the incident to know" });
    const seen = await entries(1);
    expect(seen.filter((type) => type.startsWith("run.") || type.startsWith("step."))).toEqual([
      "run.requested",
      "run.approved",
      "run.started",
      "step.finished",
      "run.succeeded",
    ]);
  });

  test("a statement that delays a read-only replica is canceled there", async () => {
    const labels = {
      alertname: "DatabaseReplicationLagHigh",
      cluster: "orders",
      pod: "orders-1",
      severity: "P2",
      service: "orders-db",
    };
    const client = new pg.Client({ connectionString: as(replica.url, "app"), application_name: "report" });
    client.on("error", () => {});
    await client.connect();
    const blocked = client.query("SELECT count(*), pg_sleep(600) FROM orders").then(
      () => "done",
      (error: unknown) => (error instanceof pg.DatabaseError ? `${error.code}: ${error.message}` : String(error)),
    );
    const sees =
      "SELECT 1 FROM pg_stat_activity WHERE application_name = 'report' AND state = 'active' AND now() - query_start > interval '1 second'";
    await waitFor(async () => (await querySql(replica.url, sees)).length === 1, { what: "a statement that runs" });
    await alertmanager.fire(labels);
    const requests = await reaches(muster, 2, "waiting-approval");
    expect(requests.steps.map((step) => [step["step"], step["state"]])).toEqual([
      ["lag", "finished"],
      ["blockers", "finished"],
      ["pause-batch", "skipped"],
    ]);
    expect(JSON.stringify(requests.steps)).toContain('"state":"streaming"');
    await approves(2, "bob");
    await waitFor(async () => ["verifying", "failed", "unknown"].includes((await runOf(muster, 2))?.state ?? ""), {
      what: "the call",
      timeoutMs: 20_000,
    });
    expect(await runOf(muster, 2)).toMatchObject({ state: "verifying" });
    expect(await blocked).toBe("57014: canceling statement due to user request");
    exporter.now.lag = 0.4;
    await alertmanager.resolve(labels);
    expect(await reaches(muster, 2, "succeeded")).toMatchObject({ state: "succeeded", reason: "0.4 (wanted < 10)" });
    await client.end();
  });

  test("no query ends another's connection, where the role may not", async () => {
    const client = new pg.Client({ connectionString: as(primary.url, "app"), application_name: "victim" });
    client.on("error", () => {});
    await client.connect();
    const sql = "SELECT pg_terminate_backend(pid) AS ended FROM pg_stat_activity WHERE application_name = 'victim'";
    const looks = createDataSource({
      name: "orders",
      url: as(primary.url, "looks"),
      variable: "ORDERS_URL",
      calls: {},
    });
    await expect(looks.query(sql, [])).rejects.toMatchObject({ reason: "forbidden", retryable: false });
    expect((await client.query<{ one: number }>("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
    // Whose role may cancel could also end, and READ ONLY does not stop it: no runbook with such a question is ever loaded.
    const text = readFileSync("runbooks/database-replication-lag.md", "utf8").replace(
      "SELECT pg_is_in_recovery() AS recovering",
      "SELECT pg_terminate_backend(7) AS recovering",
    );
    expect((await checkRunbook(text, "x.md")).problems.map(({ message }) => message)).toEqual([
      expect.stringContaining("pg_terminate_backend() is not known to only read"),
    ]);
    await client.end();
  });

  test("a call on a replica is not retried, and its outcome is unknown", async () => {
    const calls = Object.fromEntries(
      Object.entries(SQL_CALLS).map(([name, { sql, args }]) => [name, { sql, arguments: args.length }]),
    );
    const there = createDataSource({
      name: "orders/replica",
      url: as(replica.url, "acts"),
      variable: "ORDERS_REPLICA_URL",
      calls,
    });
    expect(await there.call("cancel-backends", [[1]], "key-1")).toMatchObject({ ok: true, repeated: false, rows: [] });
    expect(await there.probeCall("key-1")).toBe("unknown");
    const here = createDataSource({ name: "orders", url: as(primary.url, "acts"), variable: "ORDERS_URL", calls });
    expect(await here.call("cancel-backends", [[1]], "key-2")).toMatchObject({ ok: true, repeated: false });
    expect(await here.call("cancel-backends", [[1]], "key-2")).toMatchObject({ ok: true, repeated: true });
    expect([await here.probeCall("key-1"), await here.probeCall("key-2")]).toEqual(["no", "yes"]);
  });

  test("and finishes without a refusal or a fault", () => {
    expectNoViolations(stage);
    expect(k8s.violations).toEqual([]);
    expect(errorsIn(muster.log)).toEqual([]);
    expect(muster.stderr()).not.toContain("Warning: Possible EventEmitter memory leak");
  });
});
