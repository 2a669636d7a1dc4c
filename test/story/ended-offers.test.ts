import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SlackPeople } from "#test/support/harness/app.ts";

let slack: SlackPeople;
let room: string;
beforeAll(async () => {
  slack = await SlackPeople.open();
  room = await slack.incident({ service: "order-service" });
  await slack.settlesPaced();
});
afterAll(async () => {
  expect(slack.emulated.violations).toEqual([]);
  await slack.close();
});

describe("the message of an offer of command", () => {
  const packets = (since: number): string[] =>
    slack.emulated.calls
      .slice(since)
      .filter(({ method, body }) => method === "chat.update" && body["channel"] === room)
      .map(({ body }) => JSON.stringify(body["blocks"]))
      .filter((text) => text.includes("🤝"));

  test.each([
    ["accepted", "bob", "handoff accept", "Bob is Incident Commander"],
    ["declined", "alice", "handoff decline", "Alice did not take command"],
  ] as const)("asks no one any longer once it is %s", async (_, who, answer, says) => {
    const giver = who === "bob" ? "alice" : "bob";
    if (who === "bob") await slack.types("alice", "ic", room);
    await slack.types(giver, `handoff <@${slack.id(who)}>`, room);
    await slack.settlesPaced();
    const since = slack.emulated.calls.length;
    await slack.types(who, answer, room);
    await slack.settlesPaced();
    const [packet, ...more] = packets(since);
    expect(packet).toContain(says);
    expect(packet).not.toContain("handoff.accept");
    expect(more).toEqual([]);
  });
});
