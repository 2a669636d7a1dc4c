import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { anAlertBody, aWebhookBody } from "#test/support/builders/webhooks.ts";
import { aNamedToken, bearer } from "#test/support/builders/doors/guards.ts";
import { openWebhookStage, sendWebhook } from "#test/support/builders/doors/webhook-stage.ts";

describe("who may deliver", () => {
  test.each([
    ["no token", {}, 401],
    ["a wrong token", { authorization: "Bearer wrong" }, 401],
    ["the old token", { authorization: "Bearer old" }, 202],
    ["the new token", { authorization: "Bearer new" }, 202],
    ["the token as a password", { authorization: `Basic ${Buffer.from("alertmanager:new").toString("base64")}` }, 202],
  ])("with two tokens set: %s", async (_, headers, status) => {
    const stage = await openWebhookStage(undefined, ["old", "new"]);
    const response = await sendWebhook(stage, aWebhookBody(), headers);
    expect([response.status, stage.submitted.length]).toEqual([status, status === 202 ? 1 : 0]);
    expect(response.headers.get("www-authenticate")).toBe(status === 401 ? "Bearer" : null);
    expect(stage.refused).toMatchObject(status === 401 ? [{ status: 401, parts: [] }] : []);
  });

  test.each([
    ["nothing", ""],
    ["a form", "user=a&password=b"],
    ["another service's body", JSON.stringify({ text: "hello" })],
    ["alerts far behind the beginning", `{"x":"${"x".repeat(70_000)}",${JSON.stringify(aWebhookBody()).slice(1)}`],
  ])("a stranger who sends %s is refused without a report", async (_, body) => {
    const stage = await openWebhookStage(undefined, ["token"]);
    expect((await sendWebhook(stage, body)).status).toBe(401);
    expect(stage.refused).toEqual([]);
  });

  test("what looks like a delivery without a token is reported, also when it is packed or large", async () => {
    const stage = await openWebhookStage(undefined, ["token"]);
    const alerts = Array.from({ length: 2_000 }, () => anAlertBody());
    for (const body of [aWebhookBody(), aWebhookBody({ alerts })]) {
      expect((await sendWebhook(stage, body)).status).toBe(401);
      const packed = gzipSync(JSON.stringify(body));
      expect((await sendWebhook(stage, packed, { "content-encoding": "gzip" })).status).toBe(401);
    }
    expect(stage.refused.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
  });

  test.each([
    ["its own source", "/webhooks/alertmanager", "ingest:alertmanager", 202],
    ["another source", "/webhooks/grafana", "ingest:alertmanager", 403],
    ["the API", "/webhooks/alertmanager", "respond", 403],
    ["everything else", "/webhooks/alertmanager", "admin", 403],
  ] as const)("a sender's own token for %s", async (_, path, scope, status) => {
    const stage = await openWebhookStage(undefined, ["token"], undefined, { mst_x: aNamedToken("am-eu", scope) });
    const response = await sendWebhook(stage, aWebhookBody(), bearer("mst_x"), { path });
    expect([response.status, stage.submitted.length]).toEqual([status, status === 202 ? 1 : 0]);
    if (status === 403) expect(await response.text()).toContain(`the token am-eu does not open this webhook`);
  });

  test("of many attempts from one address the first ones are reported, and a good token is taken all the while", async () => {
    const stage = await openWebhookStage(undefined, ["token"]);
    for (let i = 0; i < 25; i++)
      expect((await sendWebhook(stage, aWebhookBody(), bearer(`wrong ${i}`))).status).toBe(401);
    expect(stage.refused).toHaveLength(20);
    expect((await sendWebhook(stage, aWebhookBody(), bearer("token"))).status).toBe(202);
  });

  test("a sender whose token cannot be judged now is asked to come again, and nothing is held against it", async () => {
    const named = { mst_x: { kind: "unavailable", reason: "the tokens cannot be read now" } } as const;
    const stage = await openWebhookStage(undefined, ["token"], undefined, named);
    const response = await sendWebhook(stage, aWebhookBody(), bearer("mst_x"));
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(stage.refused).toEqual([]);
  });

  test.each([
    ["a program on this machine", {}, 202],
    ["a proxy's client", { "x-forwarded-for": "198.51.100.4" }, 401],
    ["a stranger's page", { origin: "https://evil.example" }, 401],
  ])("with no token set: %s", async (_, headers, status) => {
    const response = await sendWebhook(await openWebhookStage(), aWebhookBody(), headers);
    expect(response.status).toBe(status);
    expect((await response.text()).includes("MUSTER_WEBHOOK_TOKENS")).toBe(status === 401);
  });
});
