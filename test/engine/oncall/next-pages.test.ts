import { sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createReader } from "#engine/loop/reader.ts";
import { createNextPagesRefresh } from "#engine/oncall/next-pages.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(async () => {
  await rig.reset();
  rig.policy = aPolicy({
    people: { alice: { name: "Alice", slack: "U0ALICE01" }, bob: { name: "Bob", slack: "U0BOB0001" } },
    teams: { orders: { schedule: "orders" } },
    services: { "order-service": { team: "orders" } },
    schedules: { orders: { layers: [{ people: ["alice", "bob"], from: "2026-11-16" }] } },
  });
});
afterEach(() => expect(rig.selfAlerts()).toEqual([]));
afterAll(() => rig.close());

test("who is paged next is named as it is now in what is read and on the card, when an override has changed it since", async () => {
  await rig.fires({ alertname: "Down", service: "order-service", severity: "P1" }, { startsAt: NOW });
  await rig.settles();
  const read = createReader(rig.engine);
  const card = (): string => JSON.stringify(rig.chat.messages.find(({ pinned }) => pinned)!.blocks);
  expect(card()).toContain("pages Bob");
  const [from, until] = [NOW + 8 * MINUTE, NOW + HOUR];
  const person = { id: "U0BOB0001", name: "Bob" };
  await rig.arranges({ type: "shift.override", schedule: "orders", person, from, until });
  expect((await read.incident(1))!.escalation.next).toMatchObject({ to: "Alice", at: NOW + 10 * MINUTE });
  expect((await read.openIncidents(() => true, 5))[0]!.escalation.next).toMatchObject({ to: "Alice" });
  const refresh = createNextPagesRefresh(rig.engine);
  await refresh();
  await rig.passes(10_000);
  expect(card()).toContain("pages Alice");
  const effects = async (): Promise<unknown> =>
    (await rig.connection.db.execute(sql`select wanted from effects where key = 'chat.header:INC-1'`)).rows;
  const before = await effects();
  await refresh();
  expect(await effects()).toEqual(before);
  await rig.passes(10 * MINUTE);
  expect(rig.paging.paged).toEqual(["P1 Alice", "P1 Alice"]);
});
