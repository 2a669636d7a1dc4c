import { describe, expect, test } from "vitest";
import { NamedProblem } from "#domain/values/named-problem.ts";
import { anAlertBody, aWebhookBody } from "#test/support/builders/webhooks.ts";
import { openWebhookStage, sendWebhook } from "#test/support/builders/doors/webhook-stage.ts";

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
    const stage = await openWebhookStage();
    const response = await sendWebhook(stage, body);
    const { error } = (await response.json()) as { error: string };
    expect(response.status).toBe(400);
    expect(error).toMatch(says);
    expect(stage.submitted).toEqual([]);
    expect(stage.refused).toMatchObject([{ source: "alertmanager", sender: "127.0.0.1", status: 400, reason: error }]);
    expect(stage.accepted).toEqual([]);
  });

  test("with the number of its refused alerts, which are stored before the answer", async () => {
    const stage = await openWebhookStage();
    const alerts = Array.from({ length: 12 }, (_, i) => ({ ...anAlertBody(), status: i }));
    const answer = (await (await sendWebhook(stage, { ...aWebhookBody(), alerts })).json()) as RefusalAnswer;
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
    const stage = await openWebhookStage();
    const response = await sendWebhook(stage, mixed);
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
    const stage = await openWebhookStage();
    await sendWebhook(stage, mixed);
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
    const stage = await openWebhookStage(undefined, [], () => Promise.reject(new NamedProblem("disk full")));
    const response = await sendWebhook(stage, mixed);
    expect([response.status, await response.text()]).toEqual([503, expect.stringContaining("disk full")]);
    expect(stage.submitted).toHaveLength(1);
  });

  test("shows its sender no words of a library", async () => {
    const stage = await openWebhookStage(undefined, [], () =>
      Promise.reject(new Error("connect ECONNREFUSED 10.1.2.3:5432")),
    );
    const response = await sendWebhook(stage, mixed);
    expect([response.status, await response.text()]).toEqual([503, expect.not.stringMatching(/10\.1\.2\.3|5432/)]);
  });

  test("keeps a P0 beside an alert without a fingerprint, and that one too", async () => {
    const stage = await openWebhookStage();
    const { fingerprint: _, ...nameless } = anAlertBody({ labels: { alertname: "Nameless", severity: "info" } });
    const critical = anAlertBody({ labels: { alertname: "Down", severity: "critical" } });
    const response = await sendWebhook(stage, { ...aWebhookBody(), alerts: [nameless, critical] });
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
    const stage = await openWebhookStage();
    expect(await (await sendWebhook(stage, withAlert(overrides))).json()).toEqual({ accepted: 1, refused: 0 });
  });

  test.each([
    ["a receiver that is no text", { receiver: 5 }, "receiver: expected a string"],
    ["a count that is none", { truncatedAlerts: -1 }, "truncatedAlerts: expected a whole number of 0 or more"],
  ])("loses no alert by %s", async (_, overrides, error) => {
    const stage = await openWebhookStage();
    const answer = (await (await sendWebhook(stage, { ...aWebhookBody(), ...overrides })).json()) as RefusalAnswer;
    expect(answer).toEqual({ accepted: 1, refused: 0, errors: [error] });
    expect(stage.refused).toMatchObject([{ status: 202, reason: error }]);
  });

  test("a year-1 time with an offset is no fault: the alert is still firing", async () => {
    const stage = await openWebhookStage();
    expect((await sendWebhook(stage, withAlert({ endsAt: "0001-01-01T00:00:00+08:00" }))).status).toBe(202);
  });
});
