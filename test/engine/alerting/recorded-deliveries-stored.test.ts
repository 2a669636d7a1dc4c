import { readFileSync } from "node:fs";
import type { KnownBlock } from "@slack/types";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { listAlerts } from "#db/alerts.ts";
import type { WebhookBody } from "#domain/deliveries/alertmanager-body.ts";
import { isOpen } from "#domain/values/language.ts";
import { expectNoForeignMarkup } from "#test/support/doubles/slack/block-kit.ts";
import { MINUTE, SECOND } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

type Outcome = {
  readonly incidents_opened: number;
  readonly incidents_resolved?: number;
  readonly final_state?: "open" | "resolved";
  readonly alerts_seen?: number;
  readonly pages?: number;
  readonly new_page_allowed?: boolean;
  readonly never_resolve_on_delivery_index?: readonly number[];
  readonly must_not_resolve_on_delivery_index?: readonly number[];
  readonly receiver_name_after_unescape?: string;
  readonly rule?: string;
};
type Scenario = {
  readonly id: string;
  readonly title: string;
  readonly deliveries: readonly { readonly at_s: number; readonly body_raw: string }[];
  readonly expected_receiver_outcome: Outcome;
};
const { scenarios } = JSON.parse(
  readFileSync(new URL("../../fixtures/alertmanager-deliveries.json", import.meta.url), "utf8"),
) as { scenarios: Scenario[] };

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(() => rig.reset());
afterEach(() => expect(rig.selfAlerts()).toEqual([]));
afterAll(() => rig.close());

test.each(scenarios)("$id: $title", async ({ deliveries, expected_receiver_outcome: expected }) => {
  const first = JSON.parse(deliveries[0]!.body_raw) as WebhookBody;
  const began = Date.parse(first.alerts[0]!.startsAt);
  rig.now = began;
  const neverResolve = [
    ...(expected.never_resolve_on_delivery_index ?? []),
    ...(expected.must_not_resolve_on_delivery_index ?? []),
  ];
  const pagesAfter: number[] = [];
  for (const [index, delivery] of deliveries.entries()) {
    await rig.passes(began + delivery.at_s * SECOND - rig.now);
    await rig.receives(JSON.parse(delivery.body_raw) as WebhookBody);
    await rig.settles();
    pagesAfter.push(rig.paging.triggered.length);
    if (neverResolve.includes(index))
      expect(await rig.incident()).toMatchObject({ status: "triggered", quietUntil: null });
  }
  await rig.passes(15 * 60 * SECOND - 1);
  const incidents = await rig.incidents();
  const alerts = await listAlerts(rig.connection.db, { limit: 100 });

  const found: Record<keyof Outcome, unknown> = {
    incidents_opened: incidents.length,
    incidents_resolved: incidents.filter(({ status }) => status === "resolved").length,
    final_state: incidents.some(({ status }) => isOpen(status)) ? "open" : "resolved",
    alerts_seen: alerts.length,
    pages: pagesAfter.at(-1),
    new_page_allowed: pagesAfter.at(-1) !== pagesAfter[0],
    receiver_name_after_unescape: alerts[0]?.receivers.join(),
    // these three are looked at elsewhere: above, and in the tests named after the rules
    never_resolve_on_delivery_index: expected.never_resolve_on_delivery_index,
    must_not_resolve_on_delivery_index: expected.must_not_resolve_on_delivery_index,
    rule: expected.rule,
  };
  expect(found).toMatchObject(expected);
});

test("label names of JavaScript properties arrive, match nothing by accident, and mention no one", async () => {
  const { deliveries } = scenarios.find(({ id }) => id === "hostile_label_names")!;
  await rig.receives(JSON.parse(deliveries[0]!.body_raw) as WebhookBody);
  await rig.passes(MINUTE);
  const [alert] = await listAlerts(rig.connection.db, { limit: 1 });
  expect(Object.entries(alert!.labels)).toEqual([
    ["__proto__", "x"],
    ["alertname", "P"],
    ["constructor", "y"],
    ["toString", "z"],
  ]);
  expect(await rig.incident()).toMatchObject({ route: { service: null, team: null } });
  expect(rig.chat.messages.length).toBeGreaterThan(0);
  for (const { text, blocks } of rig.chat.messages)
    expectNoForeignMarkup({ text, blocks: blocks as KnownBlock[] }, [/^<#C1>$/]);
});
