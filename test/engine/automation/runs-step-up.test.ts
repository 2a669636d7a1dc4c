import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { aRunbookText } from "#test/support/builders/runbooks/catalogs.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

const RISKY = aRunbookText({ approve: "{ from: ['@oncall'], count: 2, expires: 10m }" })
  .replace("uses: sql.call", "uses: exec")
  .replace(
    "with: { datasource: orders, call: cancel-backends, pids: [7] }",
    "with: { argv: [/usr/local/bin/drain, now] }",
  );

let rig: EngineHarness;
let automation: EngineHarness["automation"];
beforeAll(async () => {
  rig = await EngineHarness.open();
  ({ automation } = rig);
});
beforeEach(() => rig.reset());
afterEach(() => expect(rig.selfAlerts()).toEqual([]));
afterAll(() => rig.close());

test("without a sign-in, a click does not approve high risk, and the answer names the setting", async () => {
  await automation.shelve([RISKY]);
  await automation.fires();
  expect(await automation.approves()).toMatchObject({
    ok: false,
    text: expect.stringMatching(/SLACK_CLIENT_ID.*automation\.stepUp: false/),
  });
  expect(await automation.asks({ do: "deny", run: 1, hash: null }, BOB), "to say no needs no proof").toMatchObject({
    ok: true,
  });
});

test("a click suffices when the policy allows it, from two people other than the requester", async () => {
  rig.policy = aPolicy({ ...STAFFED_POLICY, automation: { stepUp: false } });
  await automation.shelve([RISKY]);
  await automation.fires();
  await automation.asks({ do: "cancel", run: 1 });
  await automation.asks({ do: "run", name: "cancel-blockers", labels: {} }, ALICE);
  expect(await automation.run(2)).toMatchObject({ asked: { count: 2 } });
  expect(await automation.approves(ALICE, 2)).toMatchObject({
    ok: false,
    text: expect.stringContaining("somebody else"),
  });
  expect(await automation.approves(BOB, 2)).toEqual({ ok: true, text: "Approved; 1 more must agree." });
  expect(await automation.run(2)).toMatchObject({ state: "waiting-approval" });
});

test("a sign-in of five minutes ago does not count", async () => {
  await automation.shelve([RISKY]);
  await automation.fires();
  const signedInAt = rig.now;
  rig.now += 5 * MINUTE;
  expect(await automation.asks({ do: "approve", run: 1, hash: null, signedInAt })).toMatchObject({ ok: false });
  expect(await automation.asks({ do: "approve", run: 1, hash: null, signedInAt: signedInAt + 1 })).toMatchObject({
    ok: true,
  });
});

test("an approval lapses when another row of the inventory is selected", async () => {
  const rows = (namespace: string) => ({ services: { "order-service": { namespace } } });
  rig.policy = aPolicy({ ...STAFFED_POLICY, inventory: rows("shop") });
  await automation.shelve([aRunbookText().replace("pattern: '^[a-z0-9-]{1,40}$'", "inventory: services")]);
  await automation.fires();
  rig.policy = aPolicy({ ...STAFFED_POLICY, inventory: rows("bank") });
  expect(await automation.approves()).toMatchObject({ ok: true });
  expect(automation.source.called).toEqual([]);
  expect(await automation.run()).toMatchObject({
    state: "canceled",
    reason: "the runbook or the inventory has changed since this run was planned",
  });
});
