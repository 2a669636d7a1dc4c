import { sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { dryRunChat } from "#integrations/dry-run/dry-run.ts";
import { enqueueChannelChecks } from "#db/effects.ts";
import { PortError } from "#ports/port-error.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { ALICE } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

const AWAY = new PortError("unreachable", "the chat is away", { retryable: true });

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(() => rig.reset());
afterAll(() => rig.close());

const opensChannel = async (): Promise<void> => {
  await rig.receives(deliveryOf([alertOf({ service: "order-service", severity: "P1" }, { startsAt: NOW })]));
  await rig.passes(5_000);
};
const channelNow = () => rig.chat.channel(/^inc-1-/);
const describedEvents = async (type: string): Promise<string[]> =>
  (await rig.events()).flatMap((event) => (event.type === type ? [JSON.stringify(event.data)] : []));

test("an incident that ends and reopens while the chat is down gets one channel", async () => {
  rig.chat.fails("openChannel", AWAY, { times: 4 });
  await opensChannel();
  await rig.does({ type: "incident.resolve", reason: "false alarm" });
  await rig.passes(MINUTE / 2);
  await rig.does({ type: "incident.reopen", reason: null });
  await rig.passes(10 * MINUTE);
  expect(rig.chat.channels.size).toBe(1);
  expect(await rig.incident()).toMatchObject({ episode: 2, channel: { id: "C1" } });
});

test("a channel that is open is not opened again while that waits to be applied", async () => {
  await rig.receives(deliveryOf([alertOf({ service: "order-service", severity: "P1" }, { startsAt: NOW })]));
  await rig.laneWorkers.apply();
  await rig.laneWorkers.chat();
  await rig.connection.pool.query(
    "update commands set done_at = now(), outcome = 'held' where type = 'channel.opened'",
  );
  await rig.does({ type: "incident.acknowledge" });
  await rig.laneWorkers.apply();
  rig.now += 5_000;
  await rig.laneWorkers.chat();
  expect(rig.chat.channels.size).toBe(1);
  await rig.connection.pool.query("update commands set done_at = null, outcome = null where type = 'channel.opened'");
  await rig.passes(10_000);
  expect((await rig.eventTypes()).filter((type) => type === "channel.opened")).toHaveLength(1);
});

test("a channel that was refused for a missing scope is retried with the next change, and reported once", async () => {
  rig.chat.fails(
    "openChannel",
    new PortError("forbidden", "the app needs the scope channels:manage", { retryable: false }),
    { times: 3 },
  );
  await opensChannel();
  await rig.passes(2 * MINUTE);
  expect(await describedEvents("channel.failed")).toHaveLength(1);
  rig.chat.heals();
  await rig.does({ type: "incident.acknowledge" });
  await rig.passes(MINUTE);
  expect(channelNow().topic).toBe("P1 (SEV-2) · IC: unassigned · order-service");
});

test("an incident is announced at once, and gets the link of its channel by an edit", async () => {
  rig.chat.fails("openChannel", AWAY, { times: 3 });
  await rig.receives(deliveryOf([alertOf({ service: "order-service", severity: "P1" }, { startsAt: NOW })]));
  await rig.laneWorkers.apply();
  await rig.laneWorkers.chat();
  const announced = () => rig.chat.in("incidents");
  expect(announced()).toHaveLength(1);
  expect(JSON.stringify(announced()[0])).toContain("channel opens");
  await rig.passes(2 * MINUTE);
  expect(announced()).toHaveLength(1);
  expect(JSON.stringify(announced()[0])).toContain(channelNow().id);
  expect(JSON.stringify(announced()[0])).not.toContain("channel opens");
});

describe("the archived channel", () => {
  afterEach(() => expect(rig.selfAlerts()).toEqual([]));

  test("is one whose incident is still closed when the effect runs", async () => {
    rig.policy = aPolicy({ ...STAFFED_POLICY, archiveAfter: "1h" });
    await opensChannel();
    await rig.does({ type: "incident.resolve", reason: "false alarm" });
    await rig.fires({ service: "order-service", severity: "P1" }, { startsAt: NOW, endsAt: rig.now });
    await rig.passes(HOUR - 1);
    rig.now += 1;
    await rig.laneWorkers.timers();
    await rig.laneWorkers.apply();
    expect((await rig.incident()).status).toBe("closed");
    await rig.does({ type: "incident.reopen", reason: "it was not over" });
    await rig.laneWorkers.apply();
    await rig.passes(MINUTE);
    expect(channelNow().archived).toBe(false);
    await rig.does({ type: "incident.resolve", reason: "now it is" });
    await rig.passes(2 * HOUR);
    expect(channelNow().archived).toBe(true);
  });
});

describe("within half a minute", () => {
  const look = async (): Promise<void> => {
    await enqueueChannelChecks(rig.connection.db, rig.now);
    await rig.passes(5_000);
  };

  test("restores a topic that was edited by hand, and the timeline records it", async () => {
    await opensChannel();
    channelNow().topic = "everything is fine";
    await look();
    expect(channelNow().topic).toBe("P1 (SEV-2) · IC: unassigned · order-service");
    expect(await describedEvents("channel.drifted")).toEqual([expect.stringContaining("everything is fine")]);
    await look();
    expect(await describedEvents("channel.drifted")).toHaveLength(1);
  });

  test("a dry run misses neither its channel nor its card, which are in the log only", async () => {
    const dry = dryRunChat(
      () => {},
      () => "id",
    );
    rig.chat.look = (channel, attempt) => dry.look(channel, attempt);
    rig.chat.message = (channel, id, thread, attempt) => dry.message(channel, id, thread, attempt);
    await opensChannel();
    await look();
    expect(await describedEvents("channel.drifted")).toEqual([]);
  });

  test("a deleted card is posted and pinned again", async () => {
    await opensChannel();
    const card = rig.chat.in("C1").find(({ pinned }) => pinned)!;
    rig.chat.messages.splice(rig.chat.messages.indexOf(card), 1);
    await look();
    expect(rig.chat.in("C1").filter(({ pinned }) => pinned)).toHaveLength(1);
  });

  test("rejoins a channel it was removed from, and reports when it cannot", async () => {
    await opensChannel();
    channelNow().member = false;
    await look();
    expect(channelNow().member).toBe(true);
    channelNow().member = false;
    rig.chat.fails("join", new PortError("forbidden", "method_not_supported_for_channel_type", { retryable: false }), {
      times: 2,
    });
    await look();
    await look();
    expect(await describedEvents("channel.drifted")).toEqual([
      expect.stringContaining("has come back"),
      expect.stringContaining("invite it again"),
    ]);
    expect(rig.chat.in("incidents").filter(({ text }) => text.includes("invite it again"))).toHaveLength(1);
  });

  test("a channel that was archived by hand while the incident is open is reported once, where incidents are watched", async () => {
    await opensChannel();
    channelNow().archived = true;
    await look();
    await look();
    expect(rig.chat.in("incidents").filter(({ text }) => text.includes("archived by hand"))).toHaveLength(1);
  });

  test("what waits is posted where the team is while the channel is archived by hand, and there again afterwards", async () => {
    await opensChannel();
    channelNow().archived = true;
    await look();
    const before = rig.chat.in("C1").length;
    await rig.passes(2 * HOUR);
    expect(rig.chat.in("C1")).toHaveLength(before);
    expect(rig.chat.in("team-orders").map(({ text }) => text)).toContainEqual(expect.stringMatching(/^🔔 INC-1: /));
    channelNow().archived = false;
    await look();
    expect(JSON.stringify(rig.chat.in("C1").at(-1))).toContain("is there again");
    expect(await rig.incident()).toMatchObject({ channelLost: false });
  });

  test("adopts a new channel name", async () => {
    await opensChannel();
    Object.assign(channelNow(), { name: "inc-1-renamed" });
    await look();
    expect((await rig.incident()).channel).toMatchObject({ name: "inc-1-renamed" });
  });

  test("nothing is checked for ended incidents", async () => {
    await opensChannel();
    await rig.does({ type: "incident.resolve", reason: "fixed" });
    await rig.passes(MINUTE);
    const before = rig.chat.callsOf("look");
    await look();
    expect(rig.chat.callsOf("look")).toBe(before);
  });
});

describe("a marked message", () => {
  afterEach(() => expect(rig.selfAlerts()).toEqual([]));
  const reply = {
    id: "1764.1",
    author: { id: "U0BOB0001", name: "Bob" },
    text: "the pool is full",
    at: NOW + MINUTE,
    permalink: "https://chat.example/p1764",
    files: [],
  };
  const mark = { type: "message.mark", channel: "C1", id: reply.id, thread: null } as const;
  const lines = async (): Promise<string[]> => {
    const { buildTimeline } = await import("#domain/events/timeline.ts");
    return buildTimeline(await rig.events()).flatMap((entry) =>
      entry.type === "message.captured" ? [`${entry.summary} ${entry.permalink}`] : [],
    );
  };

  test("is in the timeline at its own time, with its author and link, and is confirmed", async () => {
    await opensChannel();
    rig.chat.said.set("C1:1764.1", reply);
    await rig.does(mark);
    await rig.does(mark, { actor: { kind: "person", id: "U0BOB0001", name: "Bob" } });
    await rig.passes(5_000);
    expect(await lines()).toEqual(["Bob: the pool is full https://chat.example/p1764"]);
    expect([...rig.chat.reactions]).toEqual(["C1:1764.1:white_check_mark"]);
  });

  test("without a word or a file is reported, and not confirmed", async () => {
    await opensChannel();
    rig.chat.said.set("C1:1764.1", { ...reply, text: " " });
    await rig.does(mark);
    await rig.passes(5_000);
    expect([await lines(), rig.chat.reactions.size]).toEqual([[], 0]);
    expect(await describedEvents("chat.failed")).toEqual([expect.stringContaining("has no words to keep")]);
  });

  test("follows its edits, notes its deletion, and is removed with the last mark", async () => {
    await opensChannel();
    rig.chat.said.set("C1:1764.1", reply);
    await rig.does(mark);
    await rig.passes(5_000);
    await rig.does({ type: "message.edited", channel: "C1", id: reply.id, text: "the pool is full: 485 of 500" });
    await rig.does({ type: "message.edited", channel: "C1", id: "another", text: "not of interest" });
    await rig.settles();
    expect(await lines()).toEqual([expect.stringContaining("485 of 500")]);
    await rig.does(
      { type: "message.unmark", channel: "C1", id: reply.id },
      { actor: { kind: "person", id: "somebody-else", name: "Carl" } },
    );
    await rig.settles();
    expect(await lines()).toHaveLength(1);
    await rig.does({ type: "message.unmark", channel: "C1", id: reply.id }, { actor: ALICE });
    await rig.passes(5_000);
    expect([await lines(), rig.chat.reactions.size]).toEqual([[], 0]);
  });

  test("and unmarked before it was fetched is not in the timeline", async () => {
    await opensChannel();
    rig.chat.said.set("C1:1764.1", reply);
    await rig.does(mark);
    await rig.laneWorkers.apply();
    await rig.does({ type: "message.unmark", channel: "C1", id: reply.id });
    await rig.passes(5_000);
    expect(await lines()).toEqual([]);
  });
});

test("the state stored by the previous version is read with defaults for new fields", async () => {
  await opensChannel();
  await rig.connection.db.execute(
    sql`update incidents set state = (state::jsonb - 'updates' - 'tasks' - 'marks' - 'undo' - 'handoff' - 'rolesSince' - 'channelsOpened')::json`,
  );
  await rig.does({ type: "task.add", kind: "task", text: "look", owner: null, due: null });
  await rig.settles();
  expect(await rig.incident()).toMatchObject({ tasks: [{ id: 1 }], handoff: null });
});
