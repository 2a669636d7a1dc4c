import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { anAlertBody, aWebhookBody } from "#test/support/builders/webhooks.ts";
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
    ["a program on this machine", {}, 202],
    ["a proxy's client", { "x-forwarded-for": "198.51.100.4" }, 401],
    ["a stranger's page", { origin: "https://evil.example" }, 401],
  ])("with no token set: %s", async (_, headers, status) => {
    const response = await sendWebhook(await openWebhookStage(), aWebhookBody(), headers);
    expect(response.status).toBe(status);
    expect((await response.text()).includes("MUSTER_WEBHOOK_TOKENS")).toBe(status === 401);
  });
});
