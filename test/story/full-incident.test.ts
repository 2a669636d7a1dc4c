import { afterEach, beforeEach, expect, test } from "vitest";
import { StoryHarness } from "#test/support/harness/story.ts";

let house: StoryHarness;
beforeEach(async () => void (house = await StoryHarness.open()));
afterEach(() => house.end());

const LATENCY = { alertname: "HighLatency", service: "order-service", severity: "P2" };

test("three people run a whole incident with verbs and buttons only", async () => {
  const { alertmanager, slack, time, pages } = house;
  const { alice, bob, charlie } = house.emulated.people;
  await time.at("14:32");
  await alertmanager.fires(LATENCY, { summary: "Order processing delayed" });
  pages.expect(["P2 Alice"]);
  const channel = await slack.channel(/^inc-1-/);
  const types = (as: "alice" | "bob" | "charlie", text: string): Promise<string> => slack.types(as, text, channel.id);

  await time.at("14:33");
  await (await channel.expectCard("triggered")).button("Take command").click({ as: "alice" });
  expect(await types("alice", "")).toContain("declare");
  expect(await types("alice", "sevrity P1")).toContain("Did you mean `severity`?");

  await time.at("14:35");
  expect(await types("alice", "severity P1 error rate 15 %")).toBe("");
  // Who raises it is there, and is not paged for that.
  pages.expect([]);
  await types("alice", `role comms <@${bob.id}|bob>`);
  await types("charlie", "role tech");
  expect(await types("charlie", "ic")).toBe("");
  slack.expectWhisper("charlie", "Alice is Incident Commander");

  await time.at("14:37");
  await types("alice", "ack");
  slack.expectWhisper("alice", "already acknowledged by you");
  await types("bob", "update Orders are delayed by 8 s. We are looking for the cause.");
  await types("charlie", "note payment-service answers in 10 s since at 14:34");
  await types("charlie", "task look at the connection pool <@" + charlie.id + ">");
  await types("charlie", "task done 1");

  await time.at("14:40");
  await types("bob", "title Orders delayed: connection leak");
  await types("bob", "undo");
  expect(await types("bob", "status")).toContain("Order processing delayed");

  await time.at("14:45");
  await types("alice", `handoff <@${bob.id}|bob>`);
  expect(await channel.expectCard()).toMatchObject({ text: expect.stringContaining("offered to") });

  await time.at("14:46");
  await types("bob", "handoff accept");
  await types("charlie", "mitigate at 14:44");
  await types("charlie", `followup alert on pool exhaustion <@${charlie.id}|charlie> due 2026-11-30`);

  await time.at("14:50");
  expect(await types("bob", "resolve")).toBe("");
  slack.expectWhisper("bob", "still fires");
  await alertmanager.resolves(LATENCY);
  await types("bob", "resolve restarted order-service");

  expect(await house.timeline("INC-1")).toMatchInlineSnapshot(`
    [
      "14:32 INC-1 opened as P2 (SEV-2): order-service: Order processing delayed. Why P2: label severity="P2"",
      "14:32 1 alert firing: Order processing delayed",
      "14:32 Paging Alice: opened as P2",
      "14:32 Next: pages Bob at 15:02 UTC (in 30 min) unless someone acknowledges",
      "14:32 Paged Alice via pager",
      "14:32 Channel #inc-1-order-service-order-processing-delayed opened",
      "14:33 Acknowledged by Alice",
      "14:33 Alice is Incident Commander",
      "14:34 Charlie: payment-service answers in 10 s since",
      "14:35 P2 → P1 (SEV-2) by Alice: error rate 15 %",
      "14:35 Next: pages Bob at 14:45 UTC (in 10 min) unless someone acknowledges",
      "14:35 Acknowledged by Alice",
      "14:35 Alice made Bob Communications Lead",
      "14:35 Charlie is Technical Lead",
      "14:35 Charlie was refused: Alice is Incident Commander. Ask them to hand over.",
      "14:37 Update by Bob: Orders are delayed by 8 s. We are looking for the cause.",
      "14:37 Task 1: look at the connection pool, Charlie",
      "14:37 Charlie finished task 1",
      "14:40 Title changed by Bob: Orders delayed: connection leak",
      "14:40 Bob undid: Title changed: Orders delayed: connection leak",
      "14:44 Charlie marked it mitigated",
      "14:45 Alice offers command to Bob, and has it until they take it",
      "14:46 Bob is Incident Commander",
      "14:46 Follow-up 2: alert on pool exhaustion, Charlie, due 2026-11-30",
      "14:50 1 alert resolved: Order processing delayed",
      "14:50 All alerts resolved. Auto-resolves at 14:51 UTC unless one fires again",
      "14:50 Resolved by Bob: restarted order-service",
      "14:50 Postmortem draft posted",
    ]
  `);
  expect(await house.incident("INC-1")).toMatchObject({
    status: "resolved",
    priority: "P1",
    mitigatedAt: "2026-11-21T14:44:00.000Z",
    roles: { commander: { name: "Bob" }, comms: { name: "Bob" }, tech: { name: "Charlie" }, scribe: null },
    updates: { sent: 1, onTime: 1 },
    tasks: [
      { id: 1, kind: "task", doneAt: expect.any(String) },
      { id: 2, kind: "followup", due: "2026-11-30", owner: { name: "Charlie" } },
    ],
  });
  expect(await channel.topic()).toBe("P1 (SEV-2) · IC: Bob · order-service");
  const reply = (await channel.read()).join("\n");
  for (const line of [
    "Alice is Incident Commander",
    "Update by Bob: Orders are delayed",
    "Bob undid: Title changed",
    "Resolved by Bob: restarted",
  ])
    expect(reply).toContain(line);
  expect((await (await slack.channel("incidents")).read()).join("\n")).toContain("Orders are delayed by 8 s");
  await (await slack.channel("payments")).read();
  await channel.expectFile("INC-1-postmortem-1.md");
  expect([alice.name, await channel.members()]).toEqual(["alice", ["alice", "bob", "charlie"]]);
});
