import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { PortError } from "#ports/port-error.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { HOUR, MINUTE, SECOND } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

const pagerDown = (answer: Partial<ConstructorParameters<typeof PortError>[2]> = {}): PortError =>
  new PortError("unreachable", "nobody there", { retryable: true, ...answer });

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(() => rig.reset());
afterAll(() => rig.close());

const attemptsOf = async (type: string): Promise<number[]> => {
  const at: number[] = [];
  for (let last = -1; at.length < 20;) {
    const effect = (await rig.effects()).find((each) => each.effect.type === type)!;
    if (effect.status === "done" || effect.status === "failed" || effect.dueAt.getTime() === last) break;
    last = effect.dueAt.getTime();
    at.push(last - rig.now);
    rig.now = last;
    await rig.laneWorkers[effect.lane as "page"]();
  }
  return at;
};

describe("a service that is down", () => {
  test("is asked again after half a second, doubling, up to 20 s for a page", async () => {
    rig.random = 1;
    rig.paging.fails(pagerDown(), 9);
    await rig.opensIncident("P1");
    expect(await attemptsOf("page.trigger")).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000, 20_000]);
    expect(rig.paging.paged).toEqual(["P1 Alice"]);
  });

  test("is asked at other moments by each of those who wait", async () => {
    rig.random = 0;
    rig.paging.fails(pagerDown(), 3);
    await rig.opensIncident("P1");
    expect(await attemptsOf("page.trigger")).toEqual([250, 500, 1_000]);
  });

  test("sets the time of the next attempt, and is not called before", async () => {
    rig.random = 0;
    rig.chat.fails(
      "openChannel",
      new PortError("rate_limited", "slow down", { retryable: true, retryAfterMs: 30_000 }),
    );
    await rig.opensIncident("P2");
    await rig.passes(29 * SECOND);
    expect(rig.chat.callsOf("openChannel")).toBe(1);
    await rig.passes(SECOND);
    expect(rig.chat.callsOf("openChannel")).toBe(2);
  });

  test("delays no others: with the chat down for an hour, people are paged, and the channel shows the latest state when it is back", async () => {
    rig.policy = aPolicy({ ...STAFFED_POLICY, priorities: { P1: { ackExpires: null } } });
    rig.chat.fails("openChannel", pagerDown(), { times: Infinity });
    await rig.opensIncident("P1");
    expect(rig.paging.paged).toEqual(["P1 Alice"]);
    await rig.does({ type: "incident.acknowledge" });
    await rig.does({ type: "role.claim", role: "commander" });
    await rig.passes(HOUR);
    expect(await rig.incident()).toMatchObject({ channel: null, status: "acknowledged" });
    rig.chat.heals();
    await rig.passes(2 * MINUTE);
    const channel = rig.chat.channel(/^inc-1-/);
    expect(rig.chat.in(channel.id)).toHaveLength(2);
    expect(rig.chat.in(channel.id).map(({ pinned, edits }) => [pinned, edits])).toEqual(
      expect.arrayContaining([[true, 0]]),
    );
    expect(channel).toMatchObject({ topic: expect.stringContaining("IC: Alice") as string, topics: 1 });
    expect(rig.chat.repeated).toEqual([]);
  });

  test("did it, and only its answer was lost: it is not done twice", async () => {
    for (const method of ["openChannel", "post", "upload"] as const)
      rig.chat.fails(method, pagerDown({ mayHaveHappened: true }), { did: true });
    await rig.opensIncident("P2");
    await rig.passes(MINUTE);
    await rig.does({ type: "incident.resolve", reason: "done" });
    await rig.passes(MINUTE);
    expect([...rig.chat.channels.values()]).toMatchObject([
      { name: "inc-1-down-on-order-service", files: [{ name: "INC-1-postmortem-1.md" }] },
    ]);
    expect(rig.chat.in("C1").filter(({ pinned }) => pinned)).toHaveLength(1);
    expect(new Set(rig.chat.messages.map(({ key }) => key)).size).toBe(rig.chat.messages.length);
    expect(rig.chat.repeated).toEqual([]);
  });

  test("is retried without a look for earlier work when it surely did nothing", async () => {
    rig.chat.fails("openChannel", pagerDown());
    await rig.opensIncident("P2");
    await rig.passes(MINUTE);
    expect(rig.chat.calls.filter(({ method }) => method === "openChannel").map(({ unsure }) => unsure)).toEqual([
      false,
      false,
    ]);
  });
});

test("giving up does not end the doubt: the next request for it looks for it first", async () => {
  rig.chat.fails("openChannel", pagerDown({ mayHaveHappened: true }), { did: true });
  rig.chat.fails("openChannel", new PortError("forbidden", "restricted_action", { retryable: false }));
  await rig.opensIncident("P2");
  await rig.passes(MINUTE);
  expect((await rig.incident()).channel).toBeNull();
  expect((await rig.effects()).find(({ effect }) => effect.type === "chat.channel")).toMatchObject({
    status: "failed",
    unsure: true,
  });
  await rig.connection.db.execute(
    sql`update effects set status = 'pending', wanted = wanted + 1 where effect->>'type' = 'chat.channel'`,
  );
  await rig.settles();
  expect((await rig.incident()).channel).not.toBeNull();
  expect(rig.chat.channels.size).toBe(1);
});

describe("a refusal for good", () => {
  const never = (): PortError => new PortError("forbidden", "restricted_action", { retryable: false });

  test.each([
    [
      "a page",
      "P1",
      (): void => rig.paging.fails(never()),
      { type: "page.failed", data: { to: "Alice", reason: "restricted_action" } },
    ],
    [
      "a channel",
      "P2",
      (): void => rig.chat.fails("openChannel", never()),
      { type: "channel.failed", data: { reason: "restricted_action" } },
    ],
    [
      "a ticket",
      "P3",
      (): void => rig.tickets.fails(never()),
      { type: "ticket.failed", data: { reason: "restricted_action" } },
    ],
    [
      "an announcement",
      "P2",
      (): void => rig.chat.fails("post", never()),
      { type: "chat.failed", data: { what: expect.stringMatching(/^chat\./) as string, reason: "restricted_action" } },
    ],
  ])("of %s becomes an event that people see", async (_, severity, spoil, event) => {
    spoil();
    await rig.opensIncident(severity);
    await rig.passes(MINUTE);
    expect((await rig.events()).filter(({ type }) => type === event.type)).toMatchObject([event]);
    expect(rig.log.selfAlerts).toEqual(["error: an effect failed for good"]);
  });

  test("of one page pages the next step at once, and the escalation goes on from there", async () => {
    rig.paging.fails(never());
    await rig.opensIncident("P1");
    await rig.settles();
    expect(rig.paging.paged).toEqual(["P1 Mia"]);
    await rig.passes(10 * MINUTE);
    expect(rig.paging.paged).toEqual(["P1 Mia", "P1 vic"]);
  });

  test("of the pin leaves the card where it is, and up to date", async () => {
    rig.chat.fails("pin", never());
    await rig.opensIncident("P2");
    await rig.passes(MINUTE);
    await rig.does({ type: "incident.acknowledge" });
    await rig.passes(MINUTE);
    expect((await rig.eventTypes()).filter((type) => type === "chat.failed")).toHaveLength(1);
    expect(JSON.stringify(rig.chat.in("C1").map(({ blocks }) => blocks))).toContain("acknowledged");
  });
});

test("a fault of our own is tried eight times, then it is an event", async () => {
  rig.chat.fails("openChannel", new Error("bug: undefined is not a function"), { times: Infinity });
  await rig.opensIncident("P2");
  await rig.passes(15 * MINUTE);
  expect(rig.chat.callsOf("openChannel")).toBe(8);
  // A change asks for it once more; that it still fails is no news.
  await rig.does({ type: "incident.acknowledge" });
  await rig.passes(15 * MINUTE);
  expect(rig.chat.callsOf("openChannel")).toBe(9);
  expect((await rig.eventTypes()).filter((type) => type === "channel.failed")).toHaveLength(1);
});

test("a deleted card is posted again", async () => {
  await rig.opensIncident("P2");
  await rig.passes(MINUTE);
  const card = rig.chat.messages.findIndex(({ pinned }) => pinned);
  rig.chat.messages.splice(card, 1);
  await rig.does({ type: "incident.acknowledge" });
  await rig.passes(MINUTE);
  const channel = rig.chat.channel(/^inc-1/);
  expect(rig.chat.in(channel.id).filter(({ pinned }) => pinned)).toHaveLength(1);
});

test("leaves an effect of a newer version to that version, after any number of claims", async () => {
  await rig.connection.db.execute(
    sql`insert into effects (key, lane, incident, urgency, effect, status, due_at, created_at, wanted, epoch, attempts, unsure)
      values ('page.newer:INC-1', 'page', 1, 0, '{"type":"page.newer"}', 'pending', ${new Date(rig.now).toISOString()}, ${new Date(rig.now).toISOString()}, 1, 0, 0, false)`,
  );
  await rig.opensIncident("P1");
  for (let attempt = 0; attempt < 12; attempt++) await rig.passes(20 * SECOND);
  expect((await rig.effects()).find(({ key }) => key === "page.newer:INC-1")).toMatchObject({
    status: "pending",
    error: "no effect is called page.newer in this version",
    unsure: false,
  });
  expect(rig.paging.paged).toContain("P1 Alice");
});
