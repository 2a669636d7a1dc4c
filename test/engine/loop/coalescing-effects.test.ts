import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { claimEffects, finishEffects, enqueueEffects, type ClaimedEffect, type FinishedEffect } from "#db/effects.ts";
import { playedDatabaseClock } from "#db/place/database-clock.ts";
import type { Effect } from "#domain/effects/effect-registry.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { MINUTE, NOW, SECOND } from "#test/support/builders/instants.ts";
import { EFFECT_ROWS } from "#test/support/builders/effect-rows.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

const LEASE = MINUTE;
const HEADER: Effect = { type: "chat.header" };
const ONCE: Effect = { type: "ticket.open" };

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(() => rig.reset());
afterAll(() => rig.close());

const wished = (effect: Effect, now: number, urgency = 2): Promise<void> =>
  enqueueEffects(rig.connection.db, [{ effect, incident: 1, urgency }], now);
const claimDue = (now: number, limit = 9): Promise<ClaimedEffect[]> =>
  claimEffects(rig.connection.db, "chat", limit, playedDatabaseClock(() => now).now(), LEASE);
const finish = (claimed: ClaimedEffect, now: number, overrides: Partial<FinishedEffect> = {}): Promise<void> =>
  finishEffects(rig.connection.db, [
    {
      id: claimed.id,
      epoch: claimed.epoch,
      wanted: claimed.wanted,
      status: "done",
      dueAt: now,
      unsure: false,
      counted: true,
      error: null,
      memo: null,
      finishedAt: now,
      ...overrides,
    },
  ]);

describe("a coalescing effect", () => {
  test("is one row for any number of requests, with the highest priority", async () => {
    for (const urgency of [3, 1, 2]) await wished(HEADER, NOW, urgency);
    expect(await rig.effects()).toMatchObject([{ key: "chat.header:INC-1", wanted: 3, urgency: 1, status: "pending" }]);
    expect(await claimDue(NOW)).toHaveLength(1);
    expect(await claimDue(NOW)).toEqual([]);
  });

  test("that was performed is due again no sooner than its pace allows", async () => {
    await wished(HEADER, NOW);
    const [first] = await claimDue(NOW);
    await finish(first!, NOW);
    await wished(HEADER, NOW + 200);
    expect(await claimDue(NOW + 999)).toEqual([]);
    expect(await claimDue(NOW + 1_000)).toHaveLength(1);
  });

  test("that was idle for long is due at once", async () => {
    await wished(HEADER, NOW);
    await finish((await claimDue(NOW))[0]!, NOW);
    await wished(HEADER, NOW + MINUTE);
    expect(await claimDue(NOW + MINUTE)).toHaveLength(1);
  });

  test("that is requested while it is performed is performed once more", async () => {
    await wished(HEADER, NOW);
    const [first] = await claimDue(NOW);
    await wished(HEADER, NOW + 10);
    await finish(first!, NOW + 20);
    expect(await rig.effects()).toMatchObject([{ status: "pending" }]);
    expect(await claimDue(NOW + 1_020)).toHaveLength(1);
  });

  test("keeps waiting for the end of its back-off when it is requested again", async () => {
    await wished(HEADER, NOW);
    await finish((await claimDue(NOW))[0]!, NOW, {
      status: "pending",
      dueAt: NOW + 30 * SECOND,
      error: "rate limited",
    });
    await wished(HEADER, NOW + 1_000);
    expect(await claimDue(NOW + 29 * SECOND)).toEqual([]);
    expect(await claimDue(NOW + 30 * SECOND)).toMatchObject([{ attempts: 2 }]);
  });

  test("that failed for good may be requested again", async () => {
    await wished(HEADER, NOW);
    await finish((await claimDue(NOW))[0]!, NOW, { status: "failed", error: "no" });
    expect(await claimDue(NOW + MINUTE)).toEqual([]);
    await wished(HEADER, NOW + MINUTE);
    expect(await claimDue(NOW + MINUTE)).toHaveLength(1);
  });
});

test("every effect is stored byte for byte as the versions before store it", async () => {
  const known = Object.values(EFFECT_ROWS);
  await enqueueEffects(
    rig.connection.db,
    known.map(({ effect }) => ({ effect, incident: 7, urgency: 2 })),
    NOW,
  );
  const { rows } = await rig.connection.db.execute(
    sql`select key, lane, incident, every, effect::text as effect from effects order by id`,
  );
  expect(rows).toEqual(
    known.map(({ effect, key, lane, incident, every }) => ({
      key,
      lane,
      incident,
      every,
      effect: JSON.stringify(effect),
    })),
  );
});

describe("an effect that happens once", () => {
  test("is not requested again after any outcome", async () => {
    await wished(ONCE, NOW);
    const [first] = await claimEffects(rig.connection.db, "ticket", 9, playedDatabaseClock(() => NOW).now(), LEASE);
    await wished(ONCE, NOW);
    await finish(first!, NOW);
    await wished(ONCE, NOW + MINUTE);
    expect(await rig.effects()).toMatchObject([{ wanted: 1, status: "done" }]);
    expect(
      await claimEffects(rig.connection.db, "ticket", 9, playedDatabaseClock(() => NOW + MINUTE).now(), LEASE),
    ).toEqual([]);
  });
});

describe("a claim", () => {
  test("takes the most urgent effects first, up to its limit", async () => {
    await wished({ type: "chat.topic" }, NOW, 3);
    await wished(HEADER, NOW, 0);
    await wished({ type: "chat.feed" }, NOW, 2);
    expect((await claimDue(NOW, 2)).map(({ effect }) => effect.type)).toEqual(["chat.header", "chat.feed"]);
    expect((await claimDue(NOW, 2)).map(({ effect }) => effect.type)).toEqual(["chat.topic"]);
  });

  test("that was abandoned is taken again after its lease, marked as unsure", async () => {
    await wished(HEADER, NOW);
    expect(await claimDue(NOW)).toMatchObject([{ unsure: false, epoch: 1 }]);
    expect(await claimDue(NOW + LEASE - 1)).toEqual([]);
    expect(await claimDue(NOW + LEASE)).toMatchObject([{ unsure: true, epoch: 2 }]);
  });

  test("that was taken over cannot be finished by its former owner", async () => {
    await wished(HEADER, NOW);
    const [stale] = await claimDue(NOW);
    const [mine] = await claimDue(NOW + LEASE);
    await finish(stale!, NOW + LEASE + 1, { memo: "stale" });
    expect(await rig.effects()).toMatchObject([{ status: "started", memo: null }]);
    await finish(mine!, NOW + LEASE + 2, { memo: "mine" });
    expect(await rig.effects()).toMatchObject([{ status: "done", memo: "mine", unsure: false }]);
  });
});

describe("in the loop", () => {
  const opens = async (): Promise<void> => {
    await rig.receives(
      deliveryOf([alertOf({ service: "order-service", severity: "P2", instance: "0" }, { startsAt: NOW })]),
    );
    await rig.passes(10 * SECOND);
  };

  test("thirty alerts in ten seconds change the card about once a second, and it ends up right", async () => {
    await opens();
    const before = rig.chat.callsOf("edit");
    for (let i = 1; i <= 30; i++) {
      await rig.receives(
        deliveryOf([alertOf({ service: "order-service", severity: "P2", instance: String(i) }, { startsAt: NOW })]),
      );
      await rig.passes(333);
    }
    const card = rig.chat.in("C1").find(({ pinned }) => pinned)!;
    // ten seconds of the card and, every other second, of the announcements in two channels
    expect(rig.chat.callsOf("edit") - before).toBeLessThanOrEqual(11 + 2 * 6);
    await rig.passes(5 * SECOND);
    expect(JSON.stringify(card.blocks)).toContain("31 alerts firing");
    expect(rig.selfAlerts()).toEqual([]);
  });

  test("does not post an unchanged message again", async () => {
    await opens();
    const calls = rig.chat.calls.length;
    await rig.receives(
      deliveryOf([alertOf({ service: "order-service", severity: "P2", instance: "0" }, { startsAt: NOW })]),
    );
    await rig.passes(10 * SECOND);
    expect(rig.chat.calls.length).toBe(calls);
  });

  test("a request made while the chat call runs is not lost", async () => {
    await rig.fires({ service: "order-service", severity: "P2" }, { startsAt: NOW });
    let requests = false;
    rig.chat.during = async (method) => {
      if (method !== "edit" || requests) return;
      requests = true;
      await rig.does({ type: "role.claim", role: "scribe" });
      await rig.laneWorkers.apply();
    };
    await rig.does({ type: "incident.acknowledge" });
    await rig.passes(10 * SECOND);
    expect(requests).toBe(true);
    expect(JSON.stringify(rig.chat.in("C1").find(({ pinned }) => pinned)!.blocks)).toContain("Scribe <@U0ALICE01>");
  });

  test("a process that died in the middle leaves work to the next, which looks before it does anything twice", async () => {
    await rig.receives(deliveryOf([alertOf({ service: "order-service", severity: "P2" }, { startsAt: NOW })]));
    await rig.laneWorkers.apply();
    // the channel is made, and the process dies before it can report it
    let died = false;
    const never = new Promise<void>(() => {});
    rig.chat.during = (method) => (method === "openChannel" && !died ? ((died = true), never) : undefined);
    void rig.laneWorkers.chat();
    await rig.laneWorkers.page();
    rig.chat.during = () => {};
    rig.restart();
    await rig.passes(LEASE - 1);
    expect(rig.chat.channels.size).toBe(0);
    await rig.passes(10 * SECOND);
    expect(rig.chat.calls.filter(({ method }) => method === "openChannel").map(({ unsure }) => unsure)).toEqual([
      false,
      true,
    ]);
    expect([...rig.chat.channels.values()].map(({ name }) => name)).toEqual(["inc-1-down-on-order-service"]);
    expect(rig.selfAlerts()).toEqual([]);
  });
});
