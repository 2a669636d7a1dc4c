import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { createTokenGuard } from "#handlers/token-guard.ts";
import { openWebhook } from "#handlers/webhooks/webhook-door.ts";
import * as webhookSources from "#handlers/webhooks/webhook-sources.ts";
import type { SenderKey } from "#db/intake/alert-senders.ts";
import type { RefusedDelivery } from "#engine/alerting/refusal-ledger.ts";
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
  readonly accepted: SenderKey[];
  readonly refused: RefusedDelivery[];
};

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** The doors over real HTTP; what they submit goes where the test says. */
async function openStage(
  submit: (submission: CommandSubmission) => Promise<void> = () => Promise.resolve(),
  tokens: readonly string[] = [],
  refuses: () => Promise<void> = () => Promise.resolve(),
): Promise<Stage> {
  const submitted: CommandSubmission[] = [];
  const answers: [string, number, number][] = [];
  const accepted: SenderKey[] = [];
  const refused: RefusedDelivery[] = [];
  const door = {
    ledger: {
      accepted: (sender: SenderKey) => void accepted.push(sender),
      refused: (delivery: RefusedDelivery) => (refused.push(delivery), refuses()),
    },
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
  return { url: `http://127.0.0.1:${port}`, submitted, answers, accepted, refused };
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
    expect([response.status, await response.json(), stage.submitted]).toEqual([202, { accepted: 0, refused: 0 }, []]);
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

/** A delivery of one alert, with `overrides`. */
const withAlert = (overrides: object): object => ({ ...aWebhookBody(), alerts: [{ ...anAlertBody(), ...overrides }] });
type RefusalAnswer = {
  readonly error: string;
  readonly accepted: number;
  readonly refused: number;
  readonly errors: readonly string[];
};

describe("a delivery of which nothing can be accepted is a 400 that names the field", () => {
  test.each([
    ["nothing", "", /^body: not JSON/],
    ["half a body", '{"alerts":[', /^body: not JSON/],
    ["a list", [], /^body: expected a JSON object/],
    ["null", null, /^body: expected a JSON object/],
    ["another service's body", { text: "hello" }, /^alerts: expected a list/],
    ["alerts that are no list", { alerts: {} }, /^alerts: expected a list/],
    ["an alert that is no object", { alerts: ["x"] }, /^alerts\[0\]\.alert: expected an object/],
    ["a status of its own", withAlert({ status: "pending" }), /^alerts\[0\]\.status: expected "firing" or "resolved"/],
    ["a fingerprint with a line break", withAlert({ fingerprint: "a\nb" }), /^alerts\[0\]\.fingerprint/],
    ["no labels", withAlert({ labels: undefined }), /^alerts\[0\]\.labels: expected an object/],
    [
      "a label that is a number",
      withAlert({ labels: { a: "1", "b c": 2 } }),
      /^alerts\[0\]\.labels\["b c"\]: expected a string/,
    ],
    [
      "a start that is no time",
      withAlert({ startsAt: "yesterday" }),
      /^alerts\[0\]\.startsAt: expected an RFC 3339 time/,
    ],
    ["an end that is no time", withAlert({ endsAt: 5 }), /^alerts\[0\]\.endsAt/],
    ["a start that no database can hold", withAlert({ startsAt: "0000-01-01T00:00:00Z" }), /^alerts\[0\]\.startsAt/],
    ["an end past all calendars", withAlert({ endsAt: "9999-12-31T23:59:59-23:59" }), /^alerts\[0\]\.endsAt/],
    ["a link that is no text", withAlert({ generatorURL: {} }), /^alerts\[0\]\.generatorURL/],
  ])("%s", async (__, body, says) => {
    const stage = await openStage();
    const response = await send(stage, body);
    const { error } = (await response.json()) as { error: string };
    expect(response.status).toBe(400);
    expect(error).toMatch(says);
    expect(stage.submitted).toEqual([]);
    expect(stage.refused).toMatchObject([{ source: "alertmanager", sender: "127.0.0.1", status: 400, reason: error }]);
    expect(stage.accepted).toEqual([]);
  });

  test("with the number of its refused alerts, which are stored before the answer", async () => {
    const stage = await openStage();
    const alerts = Array.from({ length: 12 }, (_, i) => ({ ...anAlertBody(), status: i }));
    const answer = (await (await send(stage, { ...aWebhookBody(), alerts })).json()) as RefusalAnswer;
    expect(answer).toMatchObject({ error: answer.errors[0], accepted: 0, refused: 12 });
    expect(answer.errors).toHaveLength(10);
    expect(stage.refused[0]!.parts).toHaveLength(12);
  });
});

describe("a delivery of good and bad alerts", () => {
  const mixed = {
    ...aWebhookBody(),
    alerts: [{ ...anAlertBody(), status: "pending" }, anAlertBody(), { ...anAlertBody(), labels: { a: 1 } }],
  };

  test("is accepted without the bad ones: the answer has both numbers, and what is wrong", async () => {
    const stage = await openStage();
    const response = await send(stage, mixed);
    expect([response.status, await response.json()]).toEqual([
      202,
      {
        accepted: 1,
        refused: 2,
        errors: ['alerts[0].status: expected "firing" or "resolved"', 'alerts[2].labels["a"]: expected a string'],
      },
    ]);
    expect(stage.answers).toEqual([["alertmanager", 202, 1]]);
    expect(
      stage.submitted.map(({ body }) => body.type === "alerts.deliver" && (JSON.parse(body.raw) as unknown)),
    ).toEqual([aWebhookBody()]);
  });

  test("is refused in part: the ledger receives it, and the sender is not called accepted", async () => {
    const stage = await openStage();
    await send(stage, mixed);
    expect(stage.refused).toMatchObject([
      {
        status: 202,
        reason: 'alerts[0].status: expected "firing" or "resolved"',
        parts: [
          { index: 0, field: "status" },
          { index: 2, field: 'labels["a"]' },
        ],
      },
    ]);
    expect(stage.accepted).toEqual([]);
  });

  test("is a 503 when the refused ones cannot be stored: the sender sends all of it again", async () => {
    const stage = await openStage(undefined, [], () => Promise.reject(new Error("disk full")));
    const response = await send(stage, mixed);
    expect([response.status, await response.text()]).toEqual([503, expect.stringContaining("disk full")]);
    expect(stage.submitted).toHaveLength(1);
  });

  test("keeps a P0 beside an alert without a fingerprint, and that one too", async () => {
    const stage = await openStage();
    const { fingerprint: _, ...nameless } = anAlertBody({ labels: { alertname: "Nameless", severity: "info" } });
    const critical = anAlertBody({ labels: { alertname: "Down", severity: "critical" } });
    const response = await send(stage, { ...aWebhookBody(), alerts: [nameless, critical] });
    expect([response.status, await response.json()]).toEqual([202, { accepted: 2, refused: 0 }]);
    expect(stage.submitted).toMatchObject([{ urgency: 0 }]);
    expect(stage.refused).toEqual([]);
  });

  test.each([
    ["an annotation", { annotations: { summary: null } }],
    ["a label", { labels: { alertname: "X", pod: null } }],
    ["a start", { startsAt: null }],
    ["an end", { endsAt: null }],
    ["a link", { generatorURL: null }],
  ])("counts null as absent: %s", async (_, overrides) => {
    const stage = await openStage();
    expect(await (await send(stage, withAlert(overrides))).json()).toEqual({ accepted: 1, refused: 0 });
  });

  test.each([
    ["a receiver that is no text", { receiver: 5 }, "receiver: expected a string"],
    ["a count that is none", { truncatedAlerts: -1 }, "truncatedAlerts: expected a whole number of 0 or more"],
  ])("loses no alert by %s", async (_, overrides, error) => {
    const stage = await openStage();
    const answer = (await (await send(stage, { ...aWebhookBody(), ...overrides })).json()) as RefusalAnswer;
    expect(answer).toEqual({ accepted: 1, refused: 0, errors: [error] });
    expect(stage.refused).toMatchObject([{ status: 202, reason: error }]);
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
    expect(stage.refused).toMatchObject(status === 401 ? [{ status: 401, parts: [] }] : []);
  });

  test.each([
    ["nothing", ""],
    ["a form", "user=a&password=b"],
    ["another service's body", JSON.stringify({ text: "hello" })],
    ["alerts far behind the beginning", `{"x":"${"x".repeat(70_000)}",${JSON.stringify(aWebhookBody()).slice(1)}`],
  ])("a stranger who sends %s is refused without a report", async (_, body) => {
    const stage = await openStage(undefined, ["token"]);
    expect((await send(stage, body)).status).toBe(401);
    expect(stage.refused).toEqual([]);
  });

  test("what looks like a delivery without a token is reported, also when it is packed or large", async () => {
    const stage = await openStage(undefined, ["token"]);
    const alerts = Array.from({ length: 2_000 }, () => anAlertBody());
    for (const body of [aWebhookBody(), aWebhookBody({ alerts })]) {
      expect((await send(stage, body)).status).toBe(401);
      const packed = gzipSync(JSON.stringify(body));
      expect((await send(stage, packed, { "content-encoding": "gzip" })).status).toBe(401);
    }
    expect(stage.refused.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
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

test("more than 16 MB is a 413, and a refusal", async () => {
  const stage = await openStage();
  const response = await send(stage, "x".repeat(16 * 1024 * 1024 + 1));
  expect(response.status).toBe(413);
  expect(await response.text()).toContain("max_alerts");
  expect(stage.refused).toMatchObject([{ status: 413, sender: "127.0.0.1" }]);
});

describe("a packed delivery", () => {
  const packed = (body: string): Buffer => gzipSync(body);

  test("is stored as it was before it was packed", async () => {
    const stage = await openStage();
    const raw = JSON.stringify(aWebhookBody());
    for (const encoding of ["gzip", "GZIP", "x-gzip"])
      expect((await send(stage, packed(raw), { "content-encoding": encoding })).status).toBe(202);
    expect(stage.submitted.map(({ body }) => body.type === "alerts.deliver" && body.raw)).toEqual([raw, raw, raw]);
  });

  test.each([
    ["a bomb", packed("x".repeat(17 * 1024 * 1024)), "gzip", 413, /16 MB when unpacked/],
    ["no gzip", Buffer.from("{}"), "gzip", 400, /^body: not gzip/],
    ["half of one", packed(JSON.stringify(aWebhookBody())).subarray(0, 40), "gzip", 400, /^body: not gzip/],
    ["another encoding", Buffer.from("{}"), "br", 415, /^Content-Encoding: expected gzip or none, not "br"/],
    ["two encodings", Buffer.from("{}"), "gzip, gzip", 415, /^Content-Encoding/],
  ])("that is %s is refused", async (_, body, encoding, status, says) => {
    const stage = await openStage();
    const response = await send(stage, body, { "content-encoding": encoding });
    const { error } = (await response.json()) as { error: string };
    expect([response.status, error]).toEqual([status, expect.stringMatching(says)]);
    expect(stage.submitted).toEqual([]);
    expect(stage.refused).toMatchObject([{ status, reason: error }]);
  });
});

test("16 MB is not too much", async () => {
  const stage = await openStage();
  const body = aWebhookBody();
  const padding = 16 * 1024 * 1024 - JSON.stringify({ ...body, padding: "" }).length;
  expect((await send(stage, { ...body, padding: "x".repeat(padding) })).status).toBe(202);
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
