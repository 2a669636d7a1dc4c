import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { labelValue } from "#domain/values/alert-labels.ts";
import { checkWebhook, salvageWebhook, toDelivery, type WebhookBody } from "#domain/deliveries/alertmanager-body.ts";
import { labelFingerprint } from "#domain/deliveries/label-fingerprint.ts";
import { anAlertBody, aWebhookBody } from "#test/support/builders/webhooks.ts";

type Recorded = {
  readonly scenarios: readonly { readonly id: string; readonly deliveries: readonly { readonly body_raw: string }[] }[];
};
const { scenarios } = JSON.parse(
  readFileSync(new URL("../../fixtures/alertmanager-deliveries.json", import.meta.url), "utf8"),
) as Recorded;
const recorded = scenarios.flatMap(({ id, deliveries }) =>
  deliveries.map(({ body_raw }, i) => ({ name: `${id}[${i}]`, body_raw })),
);

/** A good body with one thing wrong, as untyped as the internet. */
function bodyWith(changes: Record<string, unknown>): unknown {
  return { ...aWebhookBody(), ...changes };
}

function alertWith(changes: Record<string, unknown>): unknown {
  return bodyWith({ alerts: [anAlertBody(), { ...anAlertBody(), ...changes }] });
}

describe("a webhook body", () => {
  test.each(recorded)("recorded from a running Alertmanager is accepted: $name", ({ body_raw }) => {
    expect(checkWebhook(JSON.parse(body_raw))).toBeNull();
  });

  test("of Grafana with fields of its own is accepted", () => {
    expect(
      checkWebhook(
        bodyWith({
          version: "1",
          orgId: 1,
          title: "x",
          state: "alerting",
          message: "y",
          alerts: [{ ...anAlertBody(), values: { A: 1 }, silenceURL: "http://g" }],
        }),
      ),
    ).toBeNull();
  });

  test.each([
    { body: null, says: "body: expected a JSON object as Alertmanager sends it" },
    { body: [], says: "body: expected a JSON object as Alertmanager sends it" },
    { body: "firing", says: "body: expected a JSON object as Alertmanager sends it" },
    { body: {}, says: "alerts: expected a list of alerts" },
    { body: bodyWith({ alerts: { 0: {} } }), says: "alerts: expected a list of alerts" },
    { body: bodyWith({ receiver: 1 }), says: "receiver: expected a string" },
    { body: bodyWith({ groupKey: null }), says: "groupKey: expected a string" },
    { body: bodyWith({ externalURL: [] }), says: "externalURL: expected a string" },
    { body: bodyWith({ truncatedAlerts: -1 }), says: "truncatedAlerts: expected a whole number of 0 or more" },
    { body: bodyWith({ truncatedAlerts: 1.5 }), says: "truncatedAlerts: expected a whole number of 0 or more" },
    { body: bodyWith({ truncatedAlerts: "1" }), says: "truncatedAlerts: expected a whole number of 0 or more" },
  ])("that is wrong is refused with: $says", ({ body, says }) => {
    expect(checkWebhook(body)).toBe(says);
  });

  test.each([
    { wrong: { status: "pending" }, says: 'status: expected "firing" or "resolved"' },
    { wrong: { fingerprint: "" }, says: "fingerprint: expected 1 to 200 visible ASCII characters" },
    { wrong: { fingerprint: "a b" }, says: "fingerprint: expected 1 to 200 visible ASCII characters" },
    { wrong: { fingerprint: "f".repeat(201) }, says: "fingerprint: expected 1 to 200 visible ASCII characters" },
    { wrong: { fingerprint: undefined }, says: "fingerprint: expected 1 to 200 visible ASCII characters" },
    { wrong: { labels: null }, says: "labels: expected an object of strings" },
    { wrong: { labels: ["a"] }, says: "labels: expected an object of strings" },
    { wrong: { labels: { severity: 1 } }, says: 'labels["severity"]: expected a string' },
    { wrong: { annotations: "none" }, says: "annotations: expected an object of strings" },
    { wrong: { annotations: { summary: null } }, says: 'annotations["summary"]: expected a string' },
    { wrong: { startsAt: undefined }, says: "startsAt: expected an RFC 3339 time such as 2026-11-21T14:32:00Z" },
    { wrong: { startsAt: 1_700_000_000 }, says: "startsAt: expected an RFC 3339 time such as 2026-11-21T14:32:00Z" },
    {
      wrong: { endsAt: "soon" },
      says: "endsAt: expected an RFC 3339 time, or 0001-01-01T00:00:00Z while the alert fires",
    },
    { wrong: { generatorURL: 7 }, says: "generatorURL: expected a string" },
  ])("with $wrong in its second alert is refused with alerts[1].$says", ({ wrong, says }) => {
    expect(checkWebhook(alertWith(wrong))).toBe(`alerts[1].${says}`);
  });

  test("names the alert that is not an object", () => {
    expect(checkWebhook(bodyWith({ alerts: [null] }))).toBe("alerts[0].alert: expected an object");
  });
});

describe("a delivery", () => {
  const delivered = (overrides: Partial<WebhookBody>) => toDelivery(aWebhookBody(overrides));

  test("has no end when Go's zero time is in year 1", () => {
    expect(delivered({ alerts: [anAlertBody({ endsAt: "0001-01-01T00:00:00Z" })] }).alerts[0]!.endsAt).toBeNull();
  });

  test("has no end when there is none", () => {
    const { endsAt: _, ...endless } = anAlertBody();
    expect(delivered({ alerts: [endless] }).alerts[0]!.endsAt).toBeNull();
  });

  test("keeps the milliseconds of times with nine fraction digits", () => {
    expect(delivered({ alerts: [anAlertBody()] }).alerts[0]!.startsAt).toBe(Date.UTC(2026, 10, 21, 14, 31, 30, 123));
  });

  test.each([
    { sent: "team\\.db\\+oncall \\(eu\\)", meant: "team.db+oncall (eu)" },
    { sent: "a\\\\b", meant: "a\\b" },
    { sent: "\\[x\\]\\{y\\}\\^\\$\\|\\*\\?", meant: "[x]{y}^$|*?" },
    { sent: "plain", meant: "plain" },
    { sent: "caf\\é", meant: "caf\\é" },
  ])("names the receiver $meant as its owner wrote it", ({ sent, meant }) => {
    expect(delivered({ receiver: sent }).receiver).toBe(meant);
  });

  test("limits the number of truncated alerts to what can be stored", () => {
    expect(toDelivery(aWebhookBody({ truncatedAlerts: Number.MAX_SAFE_INTEGER })).truncated).toBe(1_000_000_000);
  });

  test("identifies alerts by their labels when its sender gives several of them one fingerprint", () => {
    const [one, other] = ["a", "b"].map((service) => anAlertBody({ fingerprint: "same", labels: { service } }));
    const { alerts } = toDelivery(aWebhookBody({ alerts: [one!, other!, { ...one!, status: "resolved" }] }));
    expect(alerts.map(({ fingerprint }) => fingerprint)).toEqual(
      [one!, other!, one!].map(({ labels }) => labelFingerprint(labels)),
    );
    const [again] = toDelivery(aWebhookBody({ alerts: [one!, { ...one!, status: "resolved" }] })).alerts;
    expect(again!.fingerprint).toBe("same");
  });

  test("of a sender that leaves out all that is optional is complete", () => {
    const { fingerprint, status, labels, startsAt } = anAlertBody();
    expect(toDelivery({ alerts: [{ fingerprint, status, labels, startsAt, annotations: null }] })).toMatchObject({
      receiver: "",
      groupKey: "",
      externalUrl: "",
      truncated: 0,
      alerts: [{ annotations: {}, endsAt: null, generatorUrl: "" }],
    });
  });
});

describe("label names", () => {
  const hostile = JSON.parse('{"__proto__":"a","constructor":"b","toString":"c","hasOwnProperty":"d"}') as Record<
    string,
    string
  >;

  test("that belong to JavaScript survive the way through", () => {
    const body = aWebhookBody({ alerts: [anAlertBody({ labels: hostile })] });
    expect(checkWebhook(body)).toBeNull();
    const { labels } = toDelivery(body).alerts[0]!;
    expect(["__proto__", "constructor", "toString", "hasOwnProperty"].map((name) => labelValue(labels, name))).toEqual([
      "a",
      "b",
      "c",
      "d",
    ]);
    expect(Object.keys(labels)).toHaveLength(4);
  });

  test.each(["__proto__", "constructor", "toString", "valueOf", "absent"])(
    "that are absent are empty and never inherited: %s",
    (name) => {
      expect(labelValue({ alertname: "X" }, name)).toBe("");
    },
  );
});

describe("the fingerprint of labels", () => {
  const pairs = recorded.flatMap(({ name, body_raw }) =>
    (JSON.parse(body_raw) as WebhookBody).alerts.map(({ labels, fingerprint }, i) => ({
      name: `${name} ${i}`,
      labels,
      fingerprint,
    })),
  );

  test.each(pairs)("is the one that a running Alertmanager gave: $name", ({ labels, fingerprint }) => {
    expect(labelFingerprint(labels)).toBe(fingerprint);
  });

  test("is that of the empty set for no labels", () => {
    expect(labelFingerprint({})).toBe("cbf29ce484222325");
  });

  test("does not depend on the order of the labels, and orders names by their bytes", () => {
    // In UTF-16 the emoji would stand before the private use character, in UTF-8 it stands after.
    expect(labelFingerprint({ "🔥": "1", "\ue000": "2" })).toBe(labelFingerprint({ "\ue000": "2", "🔥": "1" }));
    expect(labelFingerprint({ ab: "c" })).not.toBe(labelFingerprint({ a: "bc" }));
  });
});

describe("a body that is not wholly good", () => {
  const { fingerprint, annotations: _, endsAt: __, generatorURL: ___, ...bare } = anAlertBody();

  test("is accepted alert by alert, and what is refused keeps its place, field and reason", () => {
    const good = anAlertBody();
    const wrong = { ...good, status: "pending" };
    expect(salvageWebhook(bodyWith({ alerts: [wrong, good, 5] }))).toEqual({
      body: aWebhookBody(),
      refused: [
        { index: 0, field: "status", reason: 'expected "firing" or "resolved"', value: wrong },
        { index: 2, field: "alert", reason: "expected an object", value: 5 },
      ],
    });
  });

  test("has the fingerprint of its labels when it has none", () => {
    const { fingerprint: ____, ...nameless } = anAlertBody({ labels: { alertname: "InstanceDown", case: "basic" } });
    expect(salvageWebhook(bodyWith({ alerts: [nameless] }))).toMatchObject({
      body: { alerts: [{ fingerprint: labelFingerprint({ alertname: "InstanceDown", case: "basic" }) }] },
      refused: [],
    });
  });

  test("counts null and empty texts as absent, also in labels", () => {
    const salvaged = salvageWebhook({
      receiver: null,
      groupKey: null,
      truncatedAlerts: null,
      alerts: [
        {
          ...bare,
          fingerprint: null,
          labels: { ...bare.labels, pod: null },
          annotations: { summary: null },
          startsAt: null,
          endsAt: "",
          generatorURL: null,
        },
      ],
    });
    expect(salvaged).toEqual({
      body: {
        alerts: [
          {
            ...bare,
            annotations: {},
            startsAt: "0001-01-01T00:00:00Z",
            fingerprint: labelFingerprint(bare.labels),
          },
        ],
      },
      refused: [],
    });
  });

  test("loses a field beside its alerts that has the wrong type, and no alert", () => {
    expect(salvageWebhook(bodyWith({ receiver: 5 }))).toMatchObject({
      body: { alerts: [{ fingerprint }] },
      refused: [{ index: null, field: "receiver", reason: "expected a string", value: 5 }],
    });
  });

  test.each([
    { labels: { "a: expected b": 5 }, field: 'labels["a: expected b"]' },
    { labels: { "": {} }, field: 'labels[""]' },
    { labels: [], field: "labels" },
    { labels: undefined, field: "labels" },
  ])("names the field $field whatever the label is called, with a fingerprint or without", ({ labels, field }) => {
    for (const own of [{}, { fingerprint: undefined }, { fingerprint: null }])
      expect(salvageWebhook(alertWith({ labels, ...own }))?.refused).toMatchObject([{ index: 1, field }]);
  });

  test("keeps labels that belong to JavaScript", () => {
    const text = '{"alerts":[{"status":"firing","labels":{"__proto__":"a","constructor":"b","x":null}}]}';
    const alert = (salvageWebhook(JSON.parse(text))!.body as WebhookBody).alerts[0]!;
    expect(Object.entries(alert.labels)).toEqual([
      ["__proto__", "a"],
      ["constructor", "b"],
    ]);
  });

  test.each([null, [], "firing", {}, { alerts: {} }])("without a list of alerts has nothing to accept: %j", (body) => {
    expect(salvageWebhook(body)).toBeNull();
  });
});
