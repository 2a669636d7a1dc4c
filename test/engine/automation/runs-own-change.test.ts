import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { addRunbookVersions } from "#db/runbook-versions.ts";
import { aRunbookText } from "#test/support/builders/catalogs.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { HOUR, MINUTE } from "#test/support/builders/instants.ts";
import { AutomationHarness } from "#test/support/harness/engine.ts";

let at: AutomationHarness;
beforeAll(async () => void (at = await AutomationHarness.open()));
beforeEach(async () => {
  await at.reset();
  at.rig.policy = aPolicy({
    ...STAFFED_POLICY,
    people: {
      ...STAFFED_POLICY.people,
      alice: { name: "Alice", slack: ALICE.id, email: "Alice@example.com" },
      bob: { name: "Bob", slack: BOB.id, email: "bob@example.com" },
    },
  });
  // What Muster began with.
  await addRunbookVersions(at.rig.connection.db, [{ runbook: "other", sha: "0", seenAt: 0, authors: [] }]);
});
afterEach(() => expect(at.rig.troubles()).toEqual([]));
afterAll(() => at.rig.close());

const by = (...authors: readonly string[]) => ({ authors: () => Promise.resolve(authors) });
const MINE = { ok: false, text: "You changed this runbook within the last 24 hours: somebody else must approve it." };

describe("for a day after a runbook was changed", () => {
  test("whoever wrote it may not approve it, and anybody else may", async () => {
    await at.shelve([aRunbookText()], by("alice@example.com"));
    await at.fires();
    expect(await at.approves(ALICE)).toEqual(MINE);
    expect(at.source.called).toEqual([]);
    expect(await at.approves(BOB)).toMatchObject({ ok: true });
    expect(at.source.called).toHaveLength(1);
  });

  test("two people are asked when nobody knows who wrote it", async () => {
    await at.shelve([aRunbookText()], by());
    await at.fires();
    expect(await at.run()).toMatchObject({
      asked: { count: 2, why: expect.stringContaining("nobody knows who wrote them") },
    });
    await at.approves(ALICE);
    expect(at.source.called).toEqual([]);
    await at.approves(BOB);
    expect(at.source.called).toHaveLength(1);
  });

  test("two people are asked also when one of its authors is a stranger, and the known one is none of them", async () => {
    await at.shelve([aRunbookText()], by("alice@example.com", "stranger@example.org"));
    await at.fires();
    expect(await at.run()).toMatchObject({ asked: { count: 2 } });
    expect(await at.approves(ALICE)).toEqual(MINE);
  });

  test("what was changed while people were asked counts from when it was first seen", async () => {
    await at.shelve([aRunbookText()], by("bob@example.com"));
    await at.fires();
    await at.approves(ALICE);
    at.metrics.values.set("latency", 0.5);
    await at.resolves();
    await at.rig.passes(23 * HOUR);
    const changed = aRunbookText().replace("Something blocks.", "Something else blocks.");
    await at.shelve([changed], by("alice@example.com"));
    at.metrics.values.set("latency", 8.5);
    await at.fires();
    await at.rig.passes(9 * MINUTE);
    expect(await at.approves(ALICE, 2)).toEqual(MINE);
  });
});

test("what a first start finds is no change", async () => {
  await at.reset();
  await at.shelve([aRunbookText()], by("alice@example.com"));
  await at.fires();
  expect(await at.approves(ALICE)).toMatchObject({ ok: true });
  expect(at.source.called).toHaveLength(1);
});

test("a day later whoever wrote it may approve it", async () => {
  await at.shelve(
    [aRunbookText({ approve: "{ from: ['@oncall'], count: 1, expires: 30h }" })],
    by("alice@example.com"),
  );
  await at.fires();
  expect(await at.approves(ALICE)).toEqual(MINE);
  await at.rig.passes(25 * HOUR);
  expect(await at.approves(ALICE)).toMatchObject({ ok: true });
});

test("a runbook that may run by itself asks again until three runs of its new words were verified", async () => {
  const text = aRunbookText({
    mode: "auto",
    cooldown: "1m",
    maxRuns: "9/24h",
    approve: "{ from: ['@oncall'], count: 1, expires: 10m, unless: steps.latency.value > 2.0 }",
  });
  await at.shelve([text]);
  for (let n = 1; n <= 5; n++) {
    if (n === 5) await at.shelve([text.replace("Something blocks.", "Something else blocks.")]);
    at.metrics.values.set("latency", 8.5);
    await at.fires();
    expect((await at.run(n)).state, `run ${n}`).toBe(n === 4 ? "verifying" : "waiting-approval");
    if (n < 4) await at.approves(ALICE, n);
    at.metrics.values.set("latency", 0.5);
    await at.resolves();
    await at.rig.passes(15 * MINUTE);
  }
});
