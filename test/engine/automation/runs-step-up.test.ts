import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { aRunbookText } from "#test/support/builders/catalogs.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE } from "#test/support/builders/instants.ts";
import { AutomationHarness } from "#test/support/harness/engine.ts";

const RISKY = aRunbookText({ approve: "{ from: ['@oncall'], count: 2, expires: 10m }" })
  .replace("uses: sql.call", "uses: exec")
  .replace(
    "with: { datasource: orders, call: cancel-backends, pids: [7] }",
    "with: { argv: [/usr/local/bin/drain, now] }",
  );

let at: AutomationHarness;
beforeAll(async () => void (at = await AutomationHarness.open()));
beforeEach(() => at.reset());
afterEach(() => expect(at.rig.troubles()).toEqual([]));
afterAll(() => at.rig.close());

test("where nobody can sign in, high risk is not approved by a click, and the answer says what to set up", async () => {
  await at.shelve([RISKY]);
  await at.fires();
  expect(await at.approves()).toMatchObject({
    ok: false,
    text: expect.stringMatching(/SLACK_CLIENT_ID.*automation\.stepUp: false/),
  });
  expect(await at.asks({ do: "deny", run: 1, hash: null }, BOB), "to say no needs no proof").toMatchObject({
    ok: true,
  });
});

test("the policy may let a click do; then it still takes two people, and not the one who asked for it", async () => {
  at.rig.policy = aPolicy({ ...STAFFED_POLICY, automation: { stepUp: false } });
  await at.shelve([RISKY]);
  await at.fires();
  await at.asks({ do: "cancel", run: 1 });
  await at.asks({ do: "run", name: "cancel-blockers", labels: {} }, ALICE);
  expect(await at.run(2)).toMatchObject({ asked: { count: 2 } });
  expect(await at.approves(ALICE, 2)).toMatchObject({ ok: false, text: expect.stringContaining("somebody else") });
  expect(await at.approves(BOB, 2)).toEqual({ ok: true, text: "Approved; 1 more must agree." });
  expect(await at.run(2)).toMatchObject({ state: "waiting-approval" });
});

test("a proof of five minutes ago is none", async () => {
  await at.shelve([RISKY]);
  await at.fires();
  const signedInAt = at.rig.now;
  at.rig.now += 5 * MINUTE;
  expect(await at.asks({ do: "approve", run: 1, hash: null, signedInAt })).toMatchObject({ ok: false });
  expect(await at.asks({ do: "approve", run: 1, hash: null, signedInAt: signedInAt + 1 })).toMatchObject({ ok: true });
});

test("an approval is none any more when another row of the inventory is meant", async () => {
  const rows = (namespace: string) => ({ services: { "order-service": { namespace } } });
  at.rig.policy = aPolicy({ ...STAFFED_POLICY, inventory: rows("shop") });
  await at.shelve([aRunbookText().replace("pattern: '^[a-z0-9-]{1,40}$'", "inventory: services")]);
  await at.fires();
  at.rig.policy = aPolicy({ ...STAFFED_POLICY, inventory: rows("bank") });
  expect(await at.approves()).toMatchObject({ ok: true });
  expect(at.source.called).toEqual([]);
  expect(await at.run()).toMatchObject({
    state: "canceled",
    reason: "the runbook or the inventory has changed since this run was planned",
  });
});
