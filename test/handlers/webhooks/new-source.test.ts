import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defineWebhookSource } from "#domain/deliveries/webhook-source.ts";
import * as webhookSources from "#handlers/webhooks/webhook-sources.ts";
import { uptimeSource } from "#test/fixtures/sources/uptime-webhook.ts";
import { startApp, type TestApp } from "#test/support/harness/app.ts";

type UptimeRequest = {
  readonly heartbeat: Record<string, unknown>;
  readonly monitor: Record<string, unknown>;
};

const DOWN = JSON.parse(readFileSync("test/fixtures/sources/uptime-down.json", "utf8")) as UptimeRequest;
const UP = { ...DOWN, heartbeat: { ...DOWN.heartbeat, status: 1, time: "2026-11-21 14:31:58.002", msg: "200 - OK" } };

/** How often each body was translated by a source that can give the urgency at the door. */
const translated: unknown[] = [];
const briskSource = defineWebhookSource({
  name: "brisk",
  title: "Brisk",
  methods: ["POST"],
  check: uptimeSource.check,
  toDelivery(body: UptimeRequest) {
    translated.push(body);
    return uptimeSource.toDelivery(body);
  },
  outline: () => ({ alerts: [{ labels: { severity: "P0" } }], links: ["no address", "https://brisk.example.com/1"] }),
});

/** A Muster with two sources more: their files, and their lines in the list. */
let app: TestApp;
beforeAll(async () => {
  app = await startApp({
    overrides: { webhookSources: [...Object.values(webhookSources), uptimeSource, briskSource] },
  });
}, 120_000);
afterAll(() => app.stop());

type ShownState = {
  readonly alerts: { readonly total: number; readonly firing: number };
};

describe("a new source of alerts needs one file and one line", () => {
  test("stores its request as it came, and translates it when it is applied: an incident opens", async () => {
    const response = await app.post("/webhooks/uptime", DOWN);
    expect([response.status, await response.json()]).toEqual([202, { accepted: 1, refused: 0 }]);
    const { rows } = await app.engine.connection.pool.query<{ body: string; done_at: unknown }>(
      "select body, done_at from commands where type = 'alerts.deliver'",
    );
    expect(rows.map(({ body, done_at }) => [JSON.parse(body), done_at])).toEqual([[DOWN, null]]);
    await app.settles();
    const { incidents } = await app.json<{ incidents: readonly Record<string, unknown>[] }>("/api/incidents");
    expect(incidents).toMatchObject([
      { id: "INC-1", priority: "P1", title: expect.stringContaining("checkout is down: connect ECONNREFUSED") },
    ]);
    expect((await app.json<ShownState>("/api/incidents/INC-1")).alerts).toMatchObject({ total: 1, firing: 1 });
  });

  test("maps a later request about the same problem to the same alert", async () => {
    expect((await app.post("/webhooks/uptime", UP)).status).toBe(202);
    await app.settles();
    expect((await app.json<ShownState>("/api/incidents/INC-1")).alerts).toMatchObject({ total: 1, firing: 0 });
  });

  test.each([
    ["a status there is not", { ...DOWN, heartbeat: { ...DOWN.heartbeat, status: 5 } }, /^heartbeat\.status: /],
    ["no time", { ...DOWN, heartbeat: { status: 0, msg: "" } }, /^heartbeat\.time: /],
    ["no monitor", { heartbeat: DOWN.heartbeat }, /^monitor\.id: /],
    ["the body of another source", { alerts: [] }, /^heartbeat\.status: /],
  ])("refuses %s with the name of the field", async (_, body, says) => {
    const response = await app.post("/webhooks/uptime", body);
    expect(response.status).toBe(400);
    expect(((await response.json()) as { error: string }).error).toMatch(says);
  });

  test("accepts only its own methods", async () => {
    expect((await app.post("/webhooks/uptime", DOWN, {}, "PUT")).status).toBe(405);
  });

  test("whose door looks only at its outline when it gives one: the body is translated once, when it is applied", async () => {
    expect((await app.post("/webhooks/brisk", DOWN)).status).toBe(202);
    expect(translated).toEqual([]);
    const { rows } = await app.engine.connection.pool.query(
      "select urgency, evidence from commands where actor::jsonb ->> 'id' = 'brisk'",
    );
    expect(rows).toEqual([{ urgency: 0, evidence: "https://brisk.example.com/1" }]);
    await app.settles();
    expect(translated.length).toBeGreaterThan(0);
  });

  test("beside the others, which are as they were", async () => {
    expect((await app.post("/webhooks/grafana", { alerts: [] }, {}, "PUT")).status).toBe(202);
    expect((await app.post("/webhooks/alertmanager", DOWN)).status).toBe(400);
  });
});
