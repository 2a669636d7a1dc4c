import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { aWebhookBody } from "#test/support/builders/webhooks.ts";
import { openWebhookStage, sendWebhook } from "#test/support/builders/doors/webhook-stage.ts";

test("more than 16 MB is a 413, and a refusal", async () => {
  const stage = await openWebhookStage();
  const response = await sendWebhook(stage, "x".repeat(16 * 1024 * 1024 + 1));
  expect(response.status).toBe(413);
  expect(await response.text()).toContain("max_alerts");
  expect(stage.refused).toMatchObject([{ status: 413, sender: "127.0.0.1" }]);
});

test("16 MB is not too much", async () => {
  const stage = await openWebhookStage();
  const body = aWebhookBody();
  const padding = 16 * 1024 * 1024 - JSON.stringify({ ...body, padding: "" }).length;
  expect((await sendWebhook(stage, { ...body, padding: "x".repeat(padding) })).status).toBe(202);
});

describe("a packed delivery", () => {
  const packed = (body: string): Buffer => gzipSync(body);

  test("is stored as it was before it was packed", async () => {
    const stage = await openWebhookStage();
    const raw = JSON.stringify(aWebhookBody());
    for (const encoding of ["gzip", "GZIP", "x-gzip"])
      expect((await sendWebhook(stage, packed(raw), { "content-encoding": encoding })).status).toBe(202);
    expect(stage.submitted.map(({ body }) => body.type === "alerts.deliver" && body.raw)).toEqual([raw, raw, raw]);
  });

  test("that begins with a byte order mark is read without it, packed or not", async () => {
    const stage = await openWebhookStage();
    const raw = JSON.stringify(aWebhookBody());
    const marked = Buffer.from(`\uFEFF${raw}`);
    expect((await sendWebhook(stage, marked)).status).toBe(202);
    expect((await sendWebhook(stage, gzipSync(marked), { "content-encoding": "gzip" })).status).toBe(202);
    expect(stage.submitted.map(({ body }) => body.type === "alerts.deliver" && body.raw)).toEqual([raw, raw]);
  });

  test.each([
    ["a bomb", packed("x".repeat(17 * 1024 * 1024)), "gzip", 413, /16 MB when unpacked/],
    ["no gzip", Buffer.from("{}"), "gzip", 400, /^body: not gzip/],
    ["half of one", packed(JSON.stringify(aWebhookBody())).subarray(0, 40), "gzip", 400, /^body: not gzip/],
    ["another encoding", Buffer.from("{}"), "br", 415, /^Content-Encoding: expected gzip or none, not "br"/],
    ["two encodings", Buffer.from("{}"), "gzip, gzip", 415, /^Content-Encoding/],
  ])("that is %s is refused", async (_, body, encoding, status, says) => {
    const stage = await openWebhookStage();
    const response = await sendWebhook(stage, body, { "content-encoding": encoding });
    const { error } = (await response.json()) as { error: string };
    expect([response.status, error]).toEqual([status, expect.stringMatching(says)]);
    expect(stage.submitted).toEqual([]);
    expect(stage.refused).toMatchObject([{ status, reason: error }]);
  });
});
