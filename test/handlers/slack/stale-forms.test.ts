import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SlackPeople } from "#test/support/harness/app.ts";
import type { SlackDelivery } from "#test/support/doubles/slack/slack-double.ts";

/** INC-1 is a P2 when the form opens, and a P0 when it is sent. */
let slack: SlackPeople;
let room: string;
beforeAll(async () => {
  slack = await SlackPeople.open();
  room = await slack.incident({ service: "order-service", severity: "P2" });
});
afterAll(async () => {
  expect(slack.emulated.violations).toEqual([]);
  await slack.close();
});

const chosen = (value: string): Readonly<Record<string, object>> => ({
  priority: { type: "static_select", selected_option: { text: { type: "plain_text", text: value }, value } },
});

/** Opens a form at P2, lets the incident rise to P0, and sends it with this priority in its select. */
async function sendsLate(
  words: string,
  priority: string,
  values: Readonly<Record<string, object>>,
): Promise<SlackDelivery> {
  const since = slack.emulated.calls.length;
  await slack.types("bob", "sev P2 as it was", room);
  await slack.app.settles();
  await slack.types("alice", words, room);
  const view = await slack.form(since);
  await slack.types("bob", "sev P0 all of Europe", room);
  await slack.app.settles();
  const delivery = await slack.emulated.submitView({
    ...slack.product,
    as: slack.id("alice"),
    callbackId: String(view["callback_id"]),
    values: { ...values, priority: chosen(priority) },
  });
  await slack.app.settles();
  return delivery;
}

const priorityNow = async (): Promise<unknown> =>
  (await slack.app.json<{ priority: string }>("/api/incidents/INC-1")).priority;

describe("a form that is out of date", () => {
  test("changes nothing that was not changed in it: the update is posted, and the priority stays", async () => {
    const sent = await sendsLate("update", "P2", { text: { text: "we look at it" } });
    expect(sent.body).toBe("");
    expect(await priorityNow()).toBe("P0");
    expect(await slack.timeline("INC-1")).toContain("Update by Alice: we look at it");
  });

  test("does not lower what has risen since, and names both priorities", async () => {
    const sent = await sendsLate("update", "P3", { text: { text: "less is broken" } });
    expect(JSON.parse(sent.body)).toMatchObject({
      response_action: "errors",
      errors: { priority: expect.stringContaining("INC-1 is P0 by now; it was P2") as string },
    });
    expect(await priorityNow()).toBe("P0");
  });

  test("of the priority alone asks for another one when it was not changed", async () => {
    const sent = await sendsLate("severity", "P2", {});
    expect(JSON.parse(sent.body)).toMatchObject({ response_action: "errors" });
    expect(await priorityNow()).toBe("P0");
  });
});
