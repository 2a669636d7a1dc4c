import { afterEach, describe, expect, test } from "vitest";
import { createTokenGuard } from "#handlers/token-guard.ts";
import { openWebhook } from "#handlers/webhooks/webhook-door.ts";
import * as webhookSources from "#handlers/webhooks/webhook-sources.ts";
import type { CommandSubmission } from "#engine/base/submit.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { anAlertBody, aWebhookBody } from "#test/support/builders/webhooks.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { closeServer, createHttpServer, startListening } from "#app/server.ts";
import { stopwatch } from "#test/support/harness/test-clock.ts";

type Stage = {
  readonly url: string;
  readonly submitted: CommandSubmission[];
  readonly answers: [string, number, number][];
};

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** The doors over real HTTP; what they submit goes where the test says. */
async function openStage(
  submit: (submission: CommandSubmission) => Promise<void> = () => Promise.resolve(),
  tokens: readonly string[] = [],
): Promise<Stage> {
  const submitted: CommandSubmission[] = [];
  const answers: [string, number, number][] = [];
  const door = {
    submit: (submission: CommandSubmission) => (submitted.push(submission), submit(submission)),
    policy: () => aPolicy(),
    clock: () => NOW,
    guard: createTokenGuard(tokens, "MUSTER_WEBHOOK_TOKENS", "muster.example"),
    stopwatch,
    onAnswer: (source: string, status: number, alerts: number) => void answers.push([source, status, alerts]),
  };
  const { server } = createHttpServer(
    new Map(
      Object.values(webhookSources).map((source) => [`/webhooks/${source.name}`, openWebhook(door, source)] as const),
    ),
    () => {},
  );
  const port = await startListening(server, 0, "127.0.0.1");
  stops.push(() => closeServer(server, 100));
  return { url: `http://127.0.0.1:${port}`, submitted, answers };
}

const send = (
  stage: Stage,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
  { path = "/webhooks/alertmanager", method = "POST" } = {},
): Promise<Response> =>
  fetch(stage.url + path, {
    method,
    body: typeof body === "string" || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
    redirect: "manual",
  });

describe("a delivery", () => {
  test("is accepted only after it is stored", async () => {
    let store = (): void => {};
    const stage = await openStage(() => new Promise((resolve) => (store = resolve)));
    let answered = false;
    const response = send(stage, aWebhookBody()).then((got) => ((answered = true), got));
    while (stage.submitted.length === 0) await new Promise((resolve) => setImmediate(resolve));
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(false);
    store();
    expect((await response).status).toBe(202);
    expect(await (await response).json()).toEqual({ accepted: 1 });
    expect(stage.answers).toEqual([["alertmanager", 202, 1]]);
  });

  test.each([
    "/webhooks/alertmanager",
    "/webhooks/alertmanager/",
    "/webhooks/alertmanager?x=1",
    "/webhooks/alertmanager/?x=1",
  ])("is taken at %s without a redirect", async (path) => {
    const stage = await openStage();
    const response = await send(stage, aWebhookBody(), {}, { path });
    expect([response.status, stage.submitted.length]).toEqual([202, 1]);
  });

  test("is stored byte for byte, with the urgency of its worst alert and the link to where it came from", async () => {
    const stage = await openStage();
    const raw = `${JSON.stringify(aWebhookBody({ alerts: [anAlertBody({ labels: { severity: "info" } }), anAlertBody({ fingerprint: "b", labels: { severity: "critical" } })] }))}\n`;
    await send(stage, raw, { "content-type": "text/plain" });
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
    const stage = await openStage();
    await send(stage, aWebhookBody({ alerts: [anAlertBody({ annotations: { description: "x".repeat(40_000) } })] }));
    expect(stage.submitted.map(({ weight }) => weight)).toEqual([11]);
  });

  test("without alerts is accepted and stores nothing", async () => {
    const stage = await openStage();
    const response = await send(stage, aWebhookBody({ alerts: [] }));
    expect([response.status, await response.json(), stage.submitted]).toEqual([202, { accepted: 0 }, []]);
  });

  test("of Grafana is taken by POST and by PUT, with fields of its own", async () => {
    const stage = await openStage();
    const body = {
      ...aWebhookBody(),
      version: "1",
      orgId: 1,
      state: "alerting",
      alerts: [{ ...anAlertBody(), values: { A: 1 }, silenceURL: "" }],
    };
    for (const method of ["POST", "PUT"])
      expect((await send(stage, body, {}, { path: "/webhooks/grafana/", method })).status).toBe(202);
    expect(stage.submitted.map(({ actor }) => actor.id)).toEqual(["grafana", "grafana"]);
  });
});

describe("a delivery that can never work is a 400 that names the field", () => {
  const { fingerprint: _, ...nameless } = anAlertBody();
  const withAlert = (overrides: object): object => ({
    ...aWebhookBody(),
    alerts: [anAlertBody(), { ...anAlertBody(), ...overrides }],
  });
  test.each([
    ["nothing", "", /^body: not JSON/],
    ["half a body", '{"alerts":[', /^body: not JSON/],
    ["a list", [], /^body: expected a JSON object/],
    ["null", null, /^body: expected a JSON object/],
    ["another service's body", { text: "hello" }, /^alerts: expected a list/],
    ["alerts that are no list", { alerts: {} }, /^alerts: expected a list/],
    ["an alert that is no object", { alerts: ["x"] }, /^alerts\[0\]\.alert: expected an object/],
    ["a status of its own", withAlert({ status: "pending" }), /^alerts\[1\]\.status: expected "firing" or "resolved"/],
    ["no fingerprint", { ...aWebhookBody(), alerts: [nameless] }, /^alerts\[0\]\.fingerprint/],
    ["a fingerprint with a line break", withAlert({ fingerprint: "a\nb" }), /^alerts\[1\]\.fingerprint/],
    ["no labels", withAlert({ labels: undefined }), /^alerts\[1\]\.labels: expected an object/],
    [
      "a label that is a number",
      withAlert({ labels: { a: "1", "b c": 2 } }),
      /^alerts\[1\]\.labels\["b c"\]: expected a string/,
    ],
    [
      "an annotation that is null",
      withAlert({ annotations: { summary: null } }),
      /^alerts\[1\]\.annotations\["summary"\]/,
    ],
    [
      "a start that is no time",
      withAlert({ startsAt: "yesterday" }),
      /^alerts\[1\]\.startsAt: expected an RFC 3339 time/,
    ],
    ["an end that is no time", withAlert({ endsAt: 5 }), /^alerts\[1\]\.endsAt/],
    ["a start that no database can hold", withAlert({ startsAt: "0000-01-01T00:00:00Z" }), /^alerts\[1\]\.startsAt/],
    ["an end past all calendars", withAlert({ endsAt: "9999-12-31T23:59:59-23:59" }), /^alerts\[1\]\.endsAt/],
    ["a link that is no text", withAlert({ generatorURL: {} }), /^alerts\[1\]\.generatorURL/],
    ["a receiver that is no text", { ...aWebhookBody(), receiver: 5 }, /^receiver/],
    ["a group key that is no text", { ...aWebhookBody(), groupKey: null }, /^groupKey/],
    ["a count that is none", { ...aWebhookBody(), truncatedAlerts: -1 }, /^truncatedAlerts/],
  ])("%s", async (__, body, says) => {
    const stage = await openStage();
    const response = await send(stage, body);
    const { error } = (await response.json()) as { error: string };
    expect(response.status).toBe(400);
    expect(error).toMatch(says);
    expect(stage.submitted).toEqual([]);
  });

  test("a year-1 time with an offset is no fault: the alert is still firing", async () => {
    const stage = await openStage();
    expect((await send(stage, withAlert({ endsAt: "0001-01-01T00:00:00+08:00" }))).status).toBe(202);
  });
});

describe("who may deliver", () => {
  test.each([
    ["no token", {}, 401],
    ["a wrong token", { authorization: "Bearer wrong" }, 401],
    ["the old token", { authorization: "Bearer old" }, 202],
    ["the new token", { authorization: "Bearer new" }, 202],
    ["the token as a password", { authorization: `Basic ${Buffer.from("alertmanager:new").toString("base64")}` }, 202],
  ])("with two tokens set: %s", async (_, headers, status) => {
    const stage = await openStage(undefined, ["old", "new"]);
    const response = await send(stage, aWebhookBody(), headers);
    expect([response.status, stage.submitted.length]).toEqual([status, status === 202 ? 1 : 0]);
    expect(response.headers.get("www-authenticate")).toBe(status === 401 ? "Bearer" : null);
  });

  test.each([
    ["a program on this machine", {}, 202],
    ["a proxy's client", { "x-forwarded-for": "198.51.100.4" }, 401],
    ["a stranger's page", { origin: "https://evil.example" }, 401],
  ])("with no token set: %s", async (_, headers, status) => {
    const response = await send(await openStage(), aWebhookBody(), headers);
    expect(response.status).toBe(status);
    expect((await response.text()).includes("MUSTER_WEBHOOK_TOKENS")).toBe(status === 401);
  });
});

test("more than 16 MB is a 413, and an alert about Muster itself", async () => {
  const stage = await openStage();
  const response = await send(stage, "x".repeat(16 * 1024 * 1024 + 1));
  expect(response.status).toBe(413);
  expect(await response.text()).toContain("max_alerts");
  expect(stage.submitted).toMatchObject([
    {
      urgency: 1,
      actor: { id: "muster" },
      body: { source: "muster", raw: expect.stringContaining("MusterRefusesAlerts") as string },
    },
  ]);
});

test("16 MB is not too much", async () => {
  const stage = await openStage();
  const body = aWebhookBody();
  const padding = 16 * 1024 * 1024 - JSON.stringify({ ...body, padding: "" }).length;
  expect((await send(stage, { ...body, padding: "x".repeat(padding) })).status).toBe(202);
});

test("a body that is too large is a 413 even when the database is down", async () => {
  const stage = await openStage(() => Promise.reject(new Error("away")));
  expect((await send(stage, "x".repeat(16 * 1024 * 1024 + 1))).status).toBe(413);
});

test("a delivery that cannot be stored is a 503 with a retry time, never a 429", async () => {
  const stage = await openStage(() => Promise.reject(new Error("the database is away")));
  const response = await send(stage, aWebhookBody());
  expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
  expect(await response.text()).toContain("were not taken");
  expect(stage.answers).toEqual([["alertmanager", 503, 0]]);
});

test.each([
  ["GET", "/webhooks/alertmanager", "POST"],
  ["PUT", "/webhooks/alertmanager", "POST"],
  ["DELETE", "/webhooks/grafana", "POST, PUT"],
])("%s %s is a 405", async (method, path, allow) => {
  const stage = await openStage();
  const response = await fetch(stage.url + path, { method });
  expect([response.status, response.headers.get("allow")]).toEqual([405, allow]);
});
