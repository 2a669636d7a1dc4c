import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { apiPerson } from "#domain/values/api-actor.ts";
import { aRunbookText } from "#test/support/builders/runbooks/catalogs.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
let automation: EngineHarness["automation"];
beforeAll(async () => {
  rig = await EngineHarness.open();
  ({ automation } = rig);
});
beforeEach(async () => {
  await rig.reset();
  rig.policy = aPolicy({
    ...STAFFED_POLICY,
    people: { ...STAFFED_POLICY.people, alice: { ...STAFFED_POLICY.people.alice, api: ["alice-laptop"] } },
  });
  await automation.shelve([aRunbookText()]);
  await automation.fires();
  await automation.asks({ do: "cancel", run: 1 });
});
afterEach(() => expect(rig.selfAlerts()).toEqual([]));
afterAll(() => rig.close());

const asksAs = (name: string) => automation.asks({ do: "run", name: "cancel-blockers", labels: {} }, apiPerson(name));

describe("one person who asks by one way and approves by another", () => {
  test("approves nothing by the id that the policy joins with it", async () => {
    await asksAs("alice-laptop");
    expect(await automation.approves(ALICE, 2)).toEqual({
      ok: false,
      text: "You asked for this run: somebody else must approve it.",
    });
    expect(await automation.approves(BOB, 2)).toMatchObject({ ok: true, text: expect.stringContaining("starts") });
    expect(automation.source.called).toHaveLength(1);
  });

  test("approves nothing alone by a name that the policy does not list: two people must", async () => {
    await asksAs("Alice");
    expect(await automation.run(2)).toMatchObject({
      asked: { count: 2, why: expect.stringContaining("two people approve") },
    });
    expect(await automation.approves(ALICE, 2)).toEqual({ ok: true, text: "Approved; 1 more must agree." });
    expect(automation.source.called).toEqual([]);
    expect(await automation.approves(ALICE, 2)).toMatchObject({ ok: false });
    expect(await automation.approves(BOB, 2)).toMatchObject({ ok: true });
    expect(automation.source.called).toHaveLength(1);
  });

  test("needs a second one also for what was asked of one person by the version before", async () => {
    await asksAs("Alice");
    await rig.engine.connection.pool.query(
      `update runs set asked = jsonb_set(asked::jsonb, '{count}', '1')::json where number = 2`,
    );
    expect(await automation.approves(ALICE, 2)).toEqual({ ok: true, text: "Approved; 1 more must agree." });
    expect(automation.source.called).toEqual([]);
  });

  test("is not the second of two by an id of theirs", async () => {
    await asksAs("Zoe");
    await automation.approves(ALICE, 2);
    expect(await automation.approves({ id: "alice", name: "Alice" }, 2)).toMatchObject({
      ok: false,
      text: expect.stringContaining("approved it already"),
    });
  });
});
