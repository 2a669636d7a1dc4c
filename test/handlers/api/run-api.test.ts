import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApp, type TestApp } from "#test/support/harness/app.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { STAFFED_POLICY } from "#test/support/builders/policies.ts";

const POLICY = {
  ...STAFFED_POLICY,
  inventory: {
    services: { "order-service": { namespace: "shop", deployment: "order-service", oncall: "@orders-oncall" } },
  },
};

/** With the shipped runbooks and nothing that they could act through. */
let app: TestApp;
beforeAll(async () => {
  app = await startApp({ policy: POLICY });
  await app.fires(
    { alertname: "ConnectionPoolExhausted", service: "order-service", severity: "P1" },
    { startsAt: NOW },
  );
});
afterAll(() => app.stop());

describe("runs", () => {
  test("are listed with their journal, which names missing settings", async () => {
    const { runs } = await app.json<{ runs: Record<string, unknown>[] }>("/api/runs?incident=INC-1");
    expect(runs).toMatchObject([
      {
        id: "RUN-1",
        incident: "INC-1",
        runbook: "restart-on-connection-leak",
        mode: "approve",
        state: "suggested",
        target: "k8s/order-service",
      },
    ]);
    expect(JSON.stringify(runs[0])).toContain("set PROMETHEUS_URL");
  });

  test("stand in their incident", async () => {
    expect(await app.json("/api/incidents/INC-1")).toMatchObject({
      runs: [{ id: "RUN-1", runbook: "restart-on-connection-leak", state: "suggested" }],
    });
  });

  test("can be asked for in words, and stopped for all", async () => {
    const say = async (text: string) =>
      (await (await app.post("/api/verbs", { text, as: "alice" })).json()) as { text: string; refused: boolean };
    expect(await say("runbook list")).toMatchObject({
      refused: false,
      text: expect.stringContaining(
        "restart-on-connection-leak: Restart a service that leaks database connections (approve, never run)",
      ),
    });
    expect(await say("runbook run restart-on-connection-leak service=other")).toMatchObject({
      refused: true,
      text: expect.stringContaining("inventory"),
    });
    expect(await say("automation off")).toMatchObject({ refused: false });
    expect(await say("runbook run restart-on-connection-leak service=order-service")).toMatchObject({
      refused: false,
      text: expect.stringMatching(/^RUN-2 has begun/),
    });
    await app.settles();
    const { runs } = await app.json<{ runs: Record<string, unknown>[] }>("/api/runs?limit=1");
    expect(runs).toMatchObject([
      {
        id: "RUN-2",
        by: "alice",
        state: "canceled",
        reason: "automation is off for everything, says alice",
        steps: [],
      },
    ]);
  });
});
