import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  ALERTMANAGER_DIALECT,
  defineWebhookSource,
  outlineDelivery,
  type DeliveryOutline,
} from "#domain/deliveries/webhook-source.ts";
import { anAlertBody, aWebhookBody } from "#test/support/builders/webhooks.ts";

type Recorded = { readonly scenarios: readonly { readonly deliveries: readonly { readonly body_raw: string }[] }[] };
const { scenarios } = JSON.parse(readFileSync("test/fixtures/alertmanager-deliveries.json", "utf8")) as Recorded;
const RECORDED = scenarios.flatMap(({ deliveries }) => deliveries.map(({ body_raw }) => body_raw));

/** Only what the door looks at: an alert has more in a body, and other things in a delivery. */
const whatTheDoorSees = ({ alerts, links }: DeliveryOutline) => ({ labels: alerts.map(({ labels }) => labels), links });

describe("the outline of a body", () => {
  const source = defineWebhookSource({ name: "a", title: "A", methods: ["POST"], ...ALERTMANAGER_DIALECT });
  test.each<[string, object]>([
    ["whole", aWebhookBody()],
    ["of two alerts", aWebhookBody({ alerts: [anAlertBody({ labels: { severity: "P0" } }), anAlertBody()] })],
    ["without alerts", { alerts: [] }],
    ["with no more than it must", { alerts: [anAlertBody({ annotations: null })] }],
    ["with the address of its sender", { alerts: [], externalURL: "https://alerts.example.com" }],
  ])("%s is that of its translation", (_, body) => {
    expect(source.check(body)).toBeNull();
    expect(whatTheDoorSees(source.outline(body))).toEqual(whatTheDoorSees(outlineDelivery(source.toDelivery(body))));
  });

  test("is that of the translation for all that a running Alertmanager sent", () => {
    expect(RECORDED.length).toBeGreaterThan(10);
    for (const raw of RECORDED) {
      const body: unknown = JSON.parse(raw);
      expect(whatTheDoorSees(source.outline(body))).toEqual(whatTheDoorSees(outlineDelivery(source.toDelivery(body))));
    }
  });

  test("is made of the translation where a source gives none", () => {
    const { outline: _, ...dialect } = ALERTMANAGER_DIALECT;
    const plain = defineWebhookSource({ name: "b", title: "B", methods: ["POST"], ...dialect });
    expect(plain.outline(aWebhookBody())).toEqual(outlineDelivery(plain.toDelivery(aWebhookBody())));
  });
});
