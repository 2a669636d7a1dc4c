import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { openWebhookStage, sendWebhook } from "#test/support/builders/doors/webhook-stage.ts";
import { readDeliveryBody } from "#handlers/webhooks/delivery-body.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { startApp, type TestApp } from "#test/support/harness/app.ts";
import { MINUTE, NOW, SECOND } from "#test/support/builders/instants.ts";

type ShownState = {
  readonly incidents: readonly {
    readonly id: string;
    readonly priority: string;
    readonly service: string;
    readonly alerts: { readonly total: number; readonly firing: number };
  }[];
};
type Alerts = {
  readonly alerts: readonly {
    readonly fingerprint: string;
    readonly status: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
    readonly endsAt: string | null;
  }[];
};

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

const deliver = (body: unknown): Promise<Response> => app.post("/webhooks/alertmanager", body);

// Written by hand: an object literal with __proto__ would set its prototype.
const ODD_LABELS = String.raw`{"__proto__":"x","constructor":"y","toString":"z","hasOwnProperty":"h","alertname":"Odd \u0000 name","nul\u0000":"\u0000","lone":"\ud83d surrogate \udfff","emoji 🔥":"👩‍🚒","rtl":"\u202eabc","quote\"\\":"\\\"","":"empty name","html":"<script>","service":"odd-service","severity":"P3"}`;

test("labels arrive exactly as they were sent, with any names and values", async () => {
  const body = `{"receiver":"m","groupKey":"g","alerts":[{"status":"firing","fingerprint":"odd","labels":${ODD_LABELS},"annotations":${ODD_LABELS},"startsAt":"2026-11-21T14:31:00Z","endsAt":"0001-01-01T00:00:00Z"}]}`;
  expect((await deliver(body)).status).toBe(202);
  await app.settles();
  const raw = await (await app.get("/api/alerts?limit=1")).text();
  const { alerts } = JSON.parse(raw) as Alerts;
  const entries = Object.entries(JSON.parse(ODD_LABELS) as object);
  expect(Object.entries(alerts[0]!.labels)).toEqual(entries);
  expect(Object.entries(alerts[0]!.annotations)).toEqual(entries);
  expect(alerts[0]!.endsAt).toBeNull();
  // and the incident they opened can be shown, listed and searched
  const paths = [
    "/api/incidents",
    "/api/incidents/INC-1",
    "/api/incidents/INC-1/timeline",
    "/api/incidents/INC-1/postmortem",
    "/",
    "/incidents/INC-1",
    "/incidents/INC-1/postmortem",
  ];
  for (const path of paths) expect([path, (await app.get(path)).status]).toEqual([path, 200]);
});

test("an alert with odd names resolves as usual, without inherited properties", async () => {
  const body = `{"alerts":[{"status":"resolved","fingerprint":"odd","labels":${ODD_LABELS},"startsAt":"2026-11-21T14:31:00Z","endsAt":"2026-11-21T14:32:00Z"}]}`;
  expect((await deliver(body)).status).toBe(202);
  await app.settles();
  expect((await app.json<Alerts>("/api/alerts?status=resolved")).alerts).toMatchObject([
    { fingerprint: "odd", status: "resolved" },
  ]);
});

test("a delivery above 16 MB is refused, and opens a P1 about Muster", async () => {
  app.time.now += MINUTE;
  expect((await deliver("x".repeat(17 * 1024 * 1024))).status).toBe(413);
  await app.settles();
  const { incidents } = await app.json<ShownState>("/api/incidents?service=muster");
  expect(incidents).toMatchObject([{ priority: "P1", service: "muster" }]);
  expect(app.paging.paged).toContain("P1 on-call");
});

test("20,000 alerts of one group in one request are one incident", async () => {
  const alerts = Array.from({ length: 20_000 }, (_, i) =>
    alertOf(
      { alertname: "Storm", service: "order-service", severity: "P1", instance: `node-${i}` },
      { startsAt: NOW - SECOND },
    ),
  );
  const response = await deliver(deliveryOf(alerts));
  expect([response.status, await response.json()]).toEqual([202, { accepted: 20_000, refused: 0 }]);
  await app.settles();
  const { incidents } = await app.json<ShownState>("/api/incidents?service=order-service");
  expect(incidents).toMatchObject([{ alerts: { total: 20_000, firing: 20_000 } }]);
  expect((await (await app.get(`/api/incidents/${incidents[0]!.id}`)).text()).length).toBeLessThan(10_000);
});

test("others have their turn while 20,000 alerts are looked at, and not only after", async () => {
  let turns = 0;
  let counting = true;
  const count = (): void => void (turns++, counting && setImmediate(count));
  const seen: number[] = [];
  const stage = await openWebhookStage(
    () => Promise.resolve(void seen.push(turns)),
    [],
    undefined,
    {},
    () => (seen.push(turns), aPolicy()),
  );
  const alerts = Array.from({ length: 20_000 }, (_, i) =>
    alertOf({ alertname: "Storm", service: "large", severity: "P3", instance: `node-${i}` }, { startsAt: NOW }),
  );
  setImmediate(count);
  expect((await sendWebhook(stage, deliveryOf(alerts))).status).toBe(202);
  counting = false;
  // From the first severity that is looked up to the submission: ten times two thousand alerts.
  expect(seen[1]! - seen[0]!).toBeGreaterThanOrEqual(10);
  const body = Readable.from([Buffer.from(JSON.stringify(deliveryOf(alerts)))]) as unknown as IncomingMessage;
  const before = turns;
  counting = true;
  setImmediate(count);
  await readDeliveryBody(Object.assign(body, { headers: {} }));
  counting = false;
  expect(turns - before).toBeGreaterThanOrEqual(1);
});

test("an unknown path is a plain 404", async () => {
  for (const path of ["/webhooks", "/webhooks/nagios", "/nothing"]) expect((await deliver_(path)).status).toBe(404);
  const slack = await app.post("/slack/events", "payload=x");
  expect([slack.status, await slack.text()]).toEqual([404, expect.stringContaining("SLACK_BOT_TOKEN")]);
});
const deliver_ = (path: string): Promise<Response> => app.post(path, {});
