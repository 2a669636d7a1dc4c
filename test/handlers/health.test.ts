import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { healthRoutes, type HealthCheck } from "#handlers/health.ts";
import { NamedProblem } from "#domain/values/named-problem.ts";
import { PortError } from "#ports/port-error.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { setReadOnly } from "#test/support/harness/servers/test-database.ts";
import { startApp, type TestApp } from "#test/support/harness/app.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { closeServer, createHttpServer, errorHandler, startListening } from "#app/server.ts";
import { monotonic } from "#test/support/harness/test-clock.ts";

const ok: HealthCheck["probe"] = () => Promise.resolve();
const broken: HealthCheck["probe"] = () => Promise.reject(new NamedProblem("the database is read-only"));

/** What GET answers with these dependencies. */
async function askHealth(
  path: string,
  {
    started = true,
    stopping = false,
    database = ok,
    slack = ok,
    metrics = (): Promise<{ type: string; text: string }> =>
      Promise.resolve({ type: "text/plain; version=0.0.4", text: "muster_x 1\n" }),
  } = {},
): Promise<{ status: number; body: unknown }> {
  const { server, app } = createHttpServer(new Map(), () => {}, false);
  app.use(
    healthRoutes(
      { started: () => started, stopping: () => stopping },
      [
        { name: "database", critical: true, probe: database },
        { name: "slack", critical: false, probe: slack },
      ],
      metrics,
      { monotonic, onProblem: () => {} },
    ),
  );
  app.use(errorHandler(() => {}));
  const port = await startListening(server, 0, "127.0.0.1");
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  const text = await response.text();
  await closeServer(server, 100);
  return { status: response.status, body: text.startsWith("{") ? JSON.parse(text) : text };
}

describe("readiness", () => {
  test("checks every dependency and reports how long it took", async () => {
    expect(await askHealth("/health/ready")).toEqual({
      status: 200,
      body: {
        healthy: true,
        degraded: false,
        checks: {
          database: { healthy: true, latencyMs: expect.any(Number) as number },
          slack: { healthy: true, latencyMs: expect.any(Number) as number },
        },
      },
    });
  });

  test("fails with the database, and reports why", async () => {
    expect(await askHealth("/health/ready", { database: broken })).toMatchObject({
      status: 503,
      body: {
        healthy: false,
        reason: "database: the database is read-only",
        checks: { database: { healthy: false, error: "the database is read-only" }, slack: { healthy: true } },
      },
    });
  });

  test("is only degraded without Slack", async () => {
    expect(await askHealth("/health/ready", { slack: broken })).toMatchObject({
      status: 200,
      body: { healthy: true, degraded: true, checks: { slack: { healthy: false } } },
    });
  });

  test.each<[string, Error, string]>([
    ["a library's words", new Error("connect ECONNREFUSED 10.1.2.3:5432"), "failed; the log of Muster says more"],
    ["a statement", new Error("Failed query: select 1\nparams: "), "failed; the log of Muster says more"],
    [
      "an address of a port",
      new PortError("unreachable", "cannot be reached at http://prometheus.internal:9090", { retryable: true }),
      "cannot be reached; the log of Muster says more",
    ],
  ])("shows strangers nothing of %s", async (_, error, shown) => {
    expect(await askHealth("/health/ready", { database: () => Promise.reject(error) })).toMatchObject({
      body: { reason: `database: ${shown}`, checks: { database: { error: shown } } },
    });
  });

  test("does not wait for ever for a dependency", async () => {
    expect(await askHealth("/health/ready", { slack: () => new Promise(() => {}) })).toMatchObject({
      status: 200,
      body: { degraded: true, checks: { slack: { error: "no answer within 3000 ms" } } },
    });
  });

  test.each([[{ started: false }], [{ stopping: true }]])("is not given while %o", async (state) =>
    expect((await askHealth("/health/ready", state)).status).toBe(503),
  );
});

test("startup is separate from liveness", async () => {
  expect([
    (await askHealth("/health/startup", { started: false })).status,
    (await askHealth("/health/startup")).status,
  ]).toEqual([503, 200]);
  expect((await askHealth("/health/live", { started: false, stopping: true, database: broken })).status).toBe(200);
});

test("a metrics page that cannot be made is a 503, not a page that never ends", async () => {
  expect((await askHealth("/metrics", { metrics: () => Promise.reject(new Error("no")) })).status).toBe(503);
});

test("what fails is logged once, until it works again", async () => {
  const [failed, results] = [[] as string[], [false, false, true, false]];
  const { server, app } = createHttpServer(new Map(), () => {}, false);
  const probe = (): Promise<void> => (results.shift() === true ? Promise.resolve() : Promise.reject(new Error("no")));
  const means = { monotonic, onProblem: (check: string) => void failed.push(check) };
  const state = { started: () => true, stopping: () => false };
  const metrics = (): Promise<{ type: string; text: string }> => Promise.resolve({ type: "text/plain", text: "" });
  app.use(healthRoutes(state, [{ name: "database", critical: true, probe }], metrics, means));
  const port = await startListening(server, 0, "127.0.0.1");
  for (const expected of [1, 1, 1, 2]) {
    await (await fetch(`http://127.0.0.1:${port}/health`)).text();
    expect(failed).toHaveLength(expected);
  }
  await closeServer(server, 100);
});

describe("an outside service", () => {
  test("is asked once for all who ask for health, and again after five seconds", async () => {
    let [asked, now] = [0, 0];
    const { server, app } = createHttpServer(new Map(), () => {}, false);
    const probe = (): Promise<void> => (asked++, Promise.resolve());
    const checks = [{ name: "slack", critical: false, outside: true as const, probe }];
    const means = { monotonic: () => now, onProblem: () => {} };
    const state = { started: () => true, stopping: () => false };
    app.use(healthRoutes(state, checks, () => Promise.reject(new Error("no")), means));
    const port = await startListening(server, 0, "127.0.0.1");
    const ask = async (): Promise<void> => void (await (await fetch(`http://127.0.0.1:${port}/health`)).text());
    await Promise.all(Array.from({ length: 60 }, ask));
    expect(asked).toBe(1);
    now = 4_999;
    await ask();
    expect(asked).toBe(1);
    now = 5_000;
    await Promise.all([ask(), ask()]);
    expect(asked).toBe(2);
    await closeServer(server, 100);
  });
});

describe("of a running Muster", () => {
  let app: TestApp;
  beforeAll(async () => void (app = await startApp()));
  afterAll(() => app.stop());

  test("readiness checks database, queue and chat", async () => {
    expect(await app.json("/health/ready")).toMatchObject({
      healthy: true,
      degraded: false,
      checks: {
        database: { healthy: true },
        queue: { healthy: true },
        lanes: { healthy: true },
        deadLetters: { healthy: true },
        fake: { healthy: true },
      },
    });
  });

  test("a database that only reads makes it unready, by name, and the doors answer 503", async () => {
    await setReadOnly(app.engine.connection, true);
    try {
      // A refused write closes all connections, so a check may first meet one that is closing.
      await expect
        .poll(async () => {
          const response = await app.get("/health");
          return [response.status, ((await response.json()) as { readonly reason: string }).reason];
        })
        .toEqual([503, expect.stringMatching(/^database: the database is read-only \(25006: /) as string]);
      const delivery = deliveryOf([alertOf({ service: "order-service", severity: "P0" }, { startsAt: NOW })]);
      const refused = await app.post("/webhooks/alertmanager", delivery);
      expect([refused.status, await refused.text()]).toEqual([
        503,
        expect.stringMatching(/the database (is read-only|cannot be reached)/) as string,
      ]);
    } finally {
      await setReadOnly(app.engine.connection, false);
    }
    expect((await app.get("/health/ready")).status).toBe(200);
  });

  test("metrics count requests, alerts, commands, effects, incidents and the backlog", async () => {
    await app.post(
      "/webhooks/alertmanager",
      deliveryOf([
        alertOf({ service: "order-service", severity: "P1" }, { startsAt: NOW }),
        alertOf({ service: "order-service", severity: "P1", instance: "2" }, { startsAt: NOW }),
      ]),
    );
    // A refused delivery is an alert of Muster itself.
    await app.post("/webhooks/alertmanager", "{");
    const waiting = await (await app.get("/metrics")).text();
    expect(waiting).toContain('muster_queue_depth{lane="apply"} 2');
    await app.settles();
    const text = await (await app.get("/metrics")).text();
    for (const line of [
      'muster_http_requests_total{door="alertmanager",status="202"} 1',
      'muster_http_requests_total{door="alertmanager",status="400"} 1',
      'muster_alerts_received_total{source="alertmanager"} 2',
      'muster_incidents_opened_total{priority="P1"} 2',
      'muster_incidents_open{priority="P1"} 2',
      'muster_effects_total{type="page.trigger",outcome="done"} 2',
      'muster_queue_depth{lane="apply"} 0',
      'muster_senders_refused{door="alertmanager"} 1',
      "muster_alerts_refused 0",
      "muster_clock_skew_seconds 0",
      "muster_teams_unstaffed 0",
    ])
      expect(text.split("\n")).toContain(line);
    expect(text).toMatch(/^muster_apply_seconds_count [1-9]/m);
    expect(text).toMatch(/^process_cpu_user_seconds_total /m);
  });

  test("names incidents that ended while alerts fire, until those resolve, and none that is a false alarm", async () => {
    const firing = async (): Promise<unknown> =>
      ((await app.json("/health")) as { checks: { endedWhileFiring: unknown } }).checks.endedWhileFiring;
    const [ended, canceled] = ["INC-1", "INC-2"];
    expect(await firing()).toMatchObject({ healthy: true });
    for (const text of [`${ended} resolve the rollback is on its way`, `${canceled} cancel a drill`])
      await app.post("/api/verbs", { text, as: "alice" });
    await app.settles();
    expect(await firing()).toMatchObject({
      healthy: false,
      error: expect.stringMatching(/^\d incidents? ended while alerts still fire: /) as string,
    });
    expect(JSON.stringify(await firing())).not.toContain(canceled);
    // What an undo remembers is no false alarm.
    for (const text of ["undo", "resolve it is no drill"]) {
      await app.post("/api/verbs", { text: `${canceled} ${text}`, as: "alice" });
      await app.settles();
    }
    expect(JSON.stringify(await firing())).toContain(canceled);
    expect(await app.json("/health")).toMatchObject({ healthy: true, degraded: true });
  });
});
