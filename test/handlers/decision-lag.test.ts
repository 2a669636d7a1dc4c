import { afterAll, beforeAll, expect, test } from "vitest";
import { SECOND } from "#test/support/builders/instants.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { startApp, type TestApp } from "#test/support/harness/app.ts";

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

const DELAY_NOTICE =
  "2 deliveries and commands wait to be decided, the oldest for 14 s; the most urgent are decided first";

test("what waits for too long to be decided shows on the front page, in health and as a metric", async () => {
  const send = (service: string, severity: string): Promise<Response> =>
    app.post("/webhooks/alertmanager", deliveryOf([alertOf({ service, severity }, { startsAt: app.time.now })]));
  const [page, metric] = [
    async () => (await app.get("/")).text(),
    async () => (await (await app.get("/metrics")).text()).match(/^muster_apply_lag_seconds .*$/m)?.[0],
  ];
  await send("order-service", "P4");
  app.time.now += 8 * SECOND;
  await send("billing", "P1");
  expect(await app.json("/health/ready")).toMatchObject({ checks: { lag: { healthy: true } } });
  expect(await page()).not.toContain("to be decided");
  app.time.now += 6 * SECOND;
  expect(await app.json("/health/ready")).toMatchObject({
    healthy: true,
    degraded: true,
    checks: { lag: { healthy: false, error: DELAY_NOTICE } },
  });
  expect(await page()).toContain(DELAY_NOTICE);
  expect(await metric()).toBe("muster_apply_lag_seconds 14");
  await app.settles();
  expect(await app.json("/health/ready")).toMatchObject({ checks: { lag: { healthy: true } } });
  expect(await page()).not.toContain("to be decided");
  expect(await metric()).toBe("muster_apply_lag_seconds 0");
});
