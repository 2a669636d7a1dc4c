import { afterEach, beforeEach, expect, test } from "vitest";
import { endRecoveredRefusals } from "#engine/alerting/refusal-ledger.ts";
import { anAlertBody, aWebhookBody } from "#test/support/builders/webhooks.ts";
import { BrowserSession, startApp, type TestApp } from "#test/support/harness/app.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";
import { MINUTE } from "#test/support/builders/instants.ts";

let app: TestApp;
beforeEach(async () => void (app = await startApp({ settings: { MUSTER_API_TOKENS: "secret" } })));
afterEach(() => app.stop());

const ODD = { ...anAlertBody({ labels: { alertname: "Down", severity: "P0" } }), status: "<b>odd</b>" };
const BEARER = { authorization: "Bearer secret" };
const refusals = async (): Promise<unknown> => (await app.get("/api/refusals", BEARER)).json();
const firstPage = async (): Promise<string> => (await new BrowserSession(app, "Alice:secret").get("/")).text();
const deliver = (...alerts: readonly unknown[]): Promise<Response> =>
  app.post("/webhooks/alertmanager", { ...aWebhookBody(), alerts });
type Health = {
  readonly degraded: boolean;
  readonly checks: { readonly deliveries: { readonly healthy: boolean; readonly error?: string } };
};

test("a P0 that was refused beside good alerts is shown until someone deals with it", async () => {
  expect(await firstPage()).toContain("Sleep well");
  expect(await app.json<Health>("/health/ready")).toMatchObject({ checks: { deliveries: { healthy: true } } });
  expect((await deliver(anAlertBody(), ODD)).status).toBe(202);
  await app.settles();
  const page = await firstPage();
  expect(page).toContain("1 alert");
  expect(page).toContain("Alertmanager at 127.0.0.1");
  expect(page).not.toContain("Sleep well");
  expect(await app.json<Health>("/health/ready")).toMatchObject({
    healthy: true,
    degraded: true,
    checks: {
      deliveries: { healthy: false, error: expect.stringContaining("1 refused alert to deal with") as string },
    },
  });
  expect(await (await app.get("/metrics")).text()).toMatch(/^muster_alerts_refused 1$/m);
  expect(await (await app.get("/metrics")).text()).toMatch(/^muster_senders_refused\{door="alertmanager"\} 1$/m);
  expect(app.paging.paged).toContain("P1 on-call");

  const browser = new BrowserSession(app, "Alice:secret");
  const list = await (await browser.get("/refused")).text();
  expect(list).toContain("Down severity=P0");
  expect(list).toContain("&#60;b&#62;odd&#60;/b&#62;");
  const form = { csrf: await browser.field("/refused", "csrf"), id: await browser.field("/refused", "id") };
  expect((await browser.post("/refused", form)).status).toBe(303);
  expect(await (await browser.get("/refused")).text()).toContain("No refused alert is open");
  // The sender is still refused.
  expect(await firstPage()).toContain("Muster refuses some alerts from Alertmanager at 127.0.0.1");
  app.time.now += MINUTE;
  await deliver(anAlertBody());
  app.time.now += 16 * MINUTE;
  // A sender is not kept waiting until its acceptance is written down; the next look finds it.
  const isReported = async (): Promise<boolean> => {
    await endRecoveredRefusals(app.engine, app.submit);
    await app.settles();
    return (await firstPage()).includes("Muster refuses some alerts from Alertmanager at 127.0.0.1");
  };
  await waitFor(async () => !(await isReported()), { what: "the end of the refusal" });
  expect(await app.json<Health>("/health/ready")).toMatchObject({ checks: { deliveries: { healthy: true } } });
});

test("a form of another site does not deal with it", async () => {
  await deliver(anAlertBody(), ODD);
  const form = { "content-type": "application/x-www-form-urlencoded", ...BEARER };
  expect((await app.post("/refused", "id=1", form)).status).toBe(403);
  expect(await refusals()).toMatchObject({ total: 1 });
});

test("a sender that is refused as a whole is named on the first page, with the reason", async () => {
  expect((await app.post("/webhooks/grafana", "no JSON")).status).toBe(400);
  expect(await firstPage()).toContain("Grafana at 127.0.0.1 (HTTP 400): body: not JSON");
  expect(await refusals()).toMatchObject({
    total: 0,
    senders: [{ source: "grafana", sender: "127.0.0.1", status: 400 }],
  });
});
