import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { anAlertBody, aWebhookBody } from "#test/support/builders/webhooks.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { openWebhookStage, sendWebhook } from "#test/support/builders/doors/webhook-stage.ts";

describe("a delivery", () => {
  test("is accepted only after it is stored", async () => {
    let store = (): void => {};
    const stage = await openWebhookStage(() => new Promise((resolve) => (store = resolve)));
    let answered = false;
    const response = sendWebhook(stage, aWebhookBody()).then((got) => ((answered = true), got));
    while (stage.submitted.length === 0) await new Promise((resolve) => setImmediate(resolve));
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(false);
    store();
    expect((await response).status).toBe(202);
    expect(await (await response).json()).toEqual({ accepted: 1, refused: 0 });
    expect(stage.answers).toEqual([["alertmanager", 202, 1]]);
    expect(stage.accepted).toEqual([{ source: "alertmanager", sender: "127.0.0.1" }]);
  });

  test.each([
    "/webhooks/alertmanager",
    "/webhooks/alertmanager/",
    "/webhooks/alertmanager?x=1",
    "/webhooks/alertmanager/?x=1",
  ])("is taken at %s without a redirect", async (path) => {
    const stage = await openWebhookStage();
    const response = await sendWebhook(stage, aWebhookBody(), {}, { path });
    expect([response.status, stage.submitted.length]).toEqual([202, 1]);
  });

  test("is stored byte for byte, with the urgency of its worst alert and the link to where it came from", async () => {
    const stage = await openWebhookStage();
    const raw = `${JSON.stringify(aWebhookBody({ alerts: [anAlertBody({ labels: { severity: "info" } }), anAlertBody({ fingerprint: "b", labels: { severity: "critical" } })] }))}\n`;
    await sendWebhook(stage, raw, { "content-type": "text/plain" });
    expect(stage.submitted).toEqual([
      {
        key: null,
        urgency: 0,
        weight: 2,
        actor: { kind: "source", id: "alertmanager", name: "Alertmanager" },
        at: NOW,
        replyTo: null,
        evidence: "http://prom.example:9090/graph?g0.expr=latency",
        body: { type: "alerts.deliver", source: "alertmanager", raw },
      },
    ]);
  });

  test("is weighed in alerts, or in text when that is more: a batch of long ones must fit into memory", async () => {
    const stage = await openWebhookStage();
    await sendWebhook(
      stage,
      aWebhookBody({ alerts: [anAlertBody({ annotations: { description: "x".repeat(40_000) } })] }),
    );
    expect(stage.submitted.map(({ weight }) => weight)).toEqual([11]);
  });

  test("without alerts is accepted and stores nothing", async () => {
    const stage = await openWebhookStage();
    const response = await sendWebhook(stage, aWebhookBody({ alerts: [] }));
    expect([response.status, await response.json(), stage.submitted]).toEqual([202, { accepted: 0, refused: 0 }, []]);
  });

  test("of Grafana is taken by POST and by PUT, with fields of its own", async () => {
    const stage = await openWebhookStage();
    const body = {
      ...aWebhookBody(),
      version: "1",
      orgId: 1,
      state: "alerting",
      alerts: [{ ...anAlertBody(), values: { A: 1 }, silenceURL: "" }],
    };
    for (const method of ["POST", "PUT"])
      expect((await sendWebhook(stage, body, {}, { path: "/webhooks/grafana/", method })).status).toBe(202);
    expect(stage.submitted.map(({ actor }) => actor.id)).toEqual(["grafana", "grafana"]);
  });
});

test.each([
  ["as it is", (body: string) => body, {}],
  ["packed", (body: string) => gzipSync(body), { "content-encoding": "gzip" }],
] as const)("15 MB of brackets, %s, are refused before anything is made of them", async (_, packed, headers) => {
  const stage = await openWebhookStage();
  const body = `{"alerts":${"[".repeat(7_500_000)}${"]".repeat(7_500_000)}}`;
  const response = await sendWebhook(stage, packed(body), headers);
  expect([response.status, await response.json()]).toEqual([
    400,
    { error: "body: JSON is nested deeper than 64 levels" },
  ]);
  expect([stage.submitted.length, stage.refused.length]).toEqual([0, 1]);
});

test.each([
  ["4 million lists", `{"alerts":[${"[],".repeat(4_000_000)}0]}`, /lists and objects$/],
  ["100,001 numbers", `{"alerts":[${"0,".repeat(100_000)}0]}`, /^alerts: more than 100,000/],
])("%s are refused as a whole, not one by one", async (_, body, error) => {
  const stage = await openWebhookStage();
  const response = await sendWebhook(stage, body);
  expect([response.status, await response.json()]).toEqual([400, { error: expect.stringMatching(error) }]);
  expect([stage.submitted.length, stage.refused.length]).toEqual([0, 1]);
});

test("a delivery that cannot be stored is a 503 with a retry time, never a 429", async () => {
  const stage = await openWebhookStage(() => Promise.reject(new Error("the database is away")));
  const response = await sendWebhook(stage, aWebhookBody());
  expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
  expect(await response.text()).toContain("were not taken");
  expect(stage.answers).toEqual([["alertmanager", 503, 0]]);
});

test.each([
  ["GET", "/webhooks/alertmanager", "POST"],
  ["PUT", "/webhooks/alertmanager", "POST"],
  ["DELETE", "/webhooks/grafana", "POST, PUT"],
])("%s %s is a 405", async (method, path, allow) => {
  const stage = await openWebhookStage();
  const response = await fetch(stage.url + path, { method });
  expect([response.status, response.headers.get("allow")]).toEqual([405, allow]);
});
