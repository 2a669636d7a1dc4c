import { afterAll, beforeAll, expect, test } from "vitest";
import { PlainStory } from "#test/support/doubles/plain-chat/plain-story.ts";
import { aRunbookText, automationRuntimeOf, catalogOf } from "#test/support/builders/runbooks/catalogs.ts";
import { FakeDataSource, FakeMetrics } from "#test/support/doubles/ports/fake-measurements.ts";

const LATENCY = { alertname: "HighLatency", service: "order-service", severity: "P1" };
const POLICY = {
  people: {
    alice: { name: "Alice", chat: "p-alice" },
    bob: { name: "Bob", email: "bob@example.com", chat: "p-bob" },
    charlie: { name: "Charlie", email: "charlie@example.com" },
  },
  teams: { orders: { channel: "payments", members: ["bob", "charlie"], oncall: ["alice"], escalation: [["bob"]] } },
  defaultTeam: "orders",
  services: { "order-service": { team: "orders" } },
};

let story: PlainStory;
const metrics = new FakeMetrics();
const source = new FakeDataSource();
beforeAll(async () => {
  metrics.values.set("latency", 8.5);
  const catalogue = await catalogOf(aRunbookText());
  const automation = automationRuntimeOf(catalogue, { metrics, datasource: () => source });
  story = await PlainStory.open(POLICY, { automation });
  story.workspace.groups.set("@oncall", ["p-alice", "p-bob"]);
});
afterAll(() => story.close());

test("a whole incident in a chat of text: numbers are buttons, questions are forms", async () => {
  await story.fires(LATENCY);
  const room = story.room(/^inc-1-/);
  expect(room.topic).toContain("P1");
  expect([...room.members].toSorted()).toEqual(["p-alice", "p-bob", "p-charlie"]);
  const card = room.lines.find(({ id }) => room.pins.has(id))!;
  expect(card.text).toContain("triggered");
  expect(story.paging.triggered.map(({ people }) => people)).toEqual([["alice"]]);
  // Each person who is paged gets a message in their own room.
  expect(story.transcript(story.room("with p-alice"))).toContain("INC-1");

  await story.says("Alice", room, story.number(room, "Acknowledge"));
  expect(await story.incident()).toMatchObject({ status: "acknowledged" });
  expect(card.text).toContain("acknowledged");

  await story.says("Alice", room, story.number(room, "Take command"));
  expect(await story.incident()).toMatchObject({ roles: { commander: { id: "p-alice", name: "Alice" } } });
  await story.says("Bob", room, "muster role tech @bob");
  expect(await story.incident()).toMatchObject({ roles: { tech: { id: "p-bob", name: "Bob" } } });

  // Talk is talk.
  expect(await story.says("Charlie", room, "what is going on?")).toBe("");
  expect(await story.says("Charlie", room, "9999")).toBe("");

  expect(await story.says("Bob", room, story.number(room, "Update"))).toContain("Where does it stand?");
  expect(await story.says("Bob", room, "-")).toContain("That is no answer.");
  expect(await story.says("Bob", room, "Orders are late by 8 s.")).toContain("For whom?");
  expect(await story.says("Bob", room, "1")).toContain("Priority\n1 P0");
  await story.says("Bob", room, "-");
  expect(story.transcript(room)).toContain("Orders are late by 8 s.");
  expect(story.transcript(story.room("incidents"))).toContain("Orders are late by 8 s.");

  await story.passes("1m");
  expect(story.transcript(room)).toContain("RUN-1");
  expect(await story.says("Charlie", room, story.number(room, "Approve"))).toContain("@oncall");
  expect(source.called).toEqual([]);
  metrics.values.set("latency", 0.2);
  await story.says("Bob", room, story.number(room, "Approve"));
  await story.passes("1m");
  expect(source.called).toHaveLength(1);

  expect(await story.says("Alice", room, story.number(room, "Resolve"))).toContain("1 alert is still firing");
  expect(await story.says("Alice", room, "cancelled what blocked")).toContain(
    "When, in your time zone? Empty: now (- to leave it as it is)",
  );
  expect(await story.says("Alice", room, "quarter past")).toContain("Write it like 14:05, friday 18:00");
  await story.says("Alice", room, "-");
  expect(await story.incident()).toMatchObject({ status: "resolved" });
  await story.passes("10m");
  expect(room.files.map(({ name }) => name)).toEqual(["INC-1-postmortem-1.md"]);
  expect(room.files[0]!.text).toContain("Orders are late by 8 s.");
  expect(story.log.selfAlerts).toEqual([]);
});

test("words in one's own room need no name, and a wrong one is answered", async () => {
  const own = story.room("with p-alice");
  expect(await story.says("Alice", own, "list")).toContain("incident");
  expect(await story.says("Alice", own, "sevrity P1")).toContain("Did you mean `severity`?");
});
