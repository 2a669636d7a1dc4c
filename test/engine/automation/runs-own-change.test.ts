import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { addRunbookVersions } from "#db/runbook-versions.ts";
import { aRunbookText } from "#test/support/builders/runbooks/catalogs.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { HOUR, MINUTE } from "#test/support/builders/instants.ts";
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
    people: {
      ...STAFFED_POLICY.people,
      alice: { name: "Alice", slack: ALICE.id, email: "Alice@example.com" },
      bob: { name: "Bob", slack: BOB.id, email: "bob@example.com" },
    },
  });
  // What Muster began with.
  await addRunbookVersions(rig.connection.db, [{ runbook: "other", sha: "0", seenAt: 0, authors: [] }]);
});
afterEach(() => expect(rig.selfAlerts()).toEqual([]));
afterAll(() => rig.close());

const by = (...authors: readonly string[]) => ({ authors: () => Promise.resolve(authors) });
const MINE = { ok: false, text: "You changed this runbook within the last 24 hours: somebody else must approve it." };

describe("for a day after a runbook was changed", () => {
  test("its author may not approve it, and others may", async () => {
    await automation.shelve([aRunbookText()], {}, by("alice@example.com"));
    await automation.fires();
    expect(await automation.approves(ALICE)).toEqual(MINE);
    expect(automation.source.called).toEqual([]);
    expect(await automation.approves(BOB)).toMatchObject({ ok: true });
    expect(automation.source.called).toHaveLength(1);
  });

  test("two approvals are needed when its author is unknown", async () => {
    await automation.shelve([aRunbookText()], {}, by());
    await automation.fires();
    expect(await automation.run()).toMatchObject({
      asked: { count: 2, why: expect.stringContaining("nobody knows who wrote them") },
    });
    await automation.approves(ALICE);
    expect(automation.source.called).toEqual([]);
    await automation.approves(BOB);
    expect(automation.source.called).toHaveLength(1);
  });

  test("two approvals by others are needed when one of its authors is unknown", async () => {
    await automation.shelve([aRunbookText()], {}, by("alice@example.com", "stranger@example.org"));
    await automation.fires();
    expect(await automation.run()).toMatchObject({ asked: { count: 2 } });
    expect(await automation.approves(ALICE)).toEqual(MINE);
  });

  test("a change during an approval counts from when it was first seen", async () => {
    await automation.shelve([aRunbookText()], {}, by("bob@example.com"));
    await automation.fires();
    await automation.approves(ALICE);
    automation.metrics.values.set("latency", 0.5);
    await automation.resolves();
    await rig.passes(23 * HOUR);
    const changed = aRunbookText().replace("Something blocks.", "Something else blocks.");
    await automation.shelve([changed], {}, by("alice@example.com"));
    automation.metrics.values.set("latency", 8.5);
    await automation.fires();
    await rig.passes(9 * MINUTE);
    expect(await automation.approves(ALICE, 2)).toEqual(MINE);
  });
});

test("the first start finds no change", async () => {
  await rig.reset();
  await automation.shelve([aRunbookText()], {}, by("alice@example.com"));
  await automation.fires();
  expect(await automation.approves(ALICE)).toMatchObject({ ok: true });
  expect(automation.source.called).toHaveLength(1);
});

test("its author may approve it a day later", async () => {
  await automation.shelve(
    [aRunbookText({ approve: "{ from: ['@oncall'], count: 1, expires: 30h }" })],
    {},
    by("alice@example.com"),
  );
  await automation.fires();
  expect(await automation.approves(ALICE)).toEqual(MINE);
  await rig.passes(25 * HOUR);
  expect(await automation.approves(ALICE)).toMatchObject({ ok: true });
});

test("an automatic runbook asks again until three runs of its new version were verified", async () => {
  const text = aRunbookText({
    mode: "auto",
    cooldown: "1m",
    maxRuns: "9/24h",
    approve: "{ from: ['@oncall'], count: 1, expires: 10m, unless: steps.latency.value > 2.0 }",
  });
  await automation.shelve([text]);
  for (let n = 1; n <= 5; n++) {
    if (n === 5) await automation.shelve([text.replace("Something blocks.", "Something else blocks.")]);
    automation.metrics.values.set("latency", 8.5);
    await automation.fires();
    expect((await automation.run(n)).state, `run ${n}`).toBe(n === 4 ? "verifying" : "waiting-approval");
    if (n < 4) await automation.approves(ALICE, n);
    automation.metrics.values.set("latency", 0.5);
    await automation.resolves();
    await rig.passes(15 * MINUTE);
  }
});
