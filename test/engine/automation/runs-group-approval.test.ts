import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { aRunbookText } from "#test/support/builders/runbooks/catalogs.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE, SECOND } from "#test/support/builders/instants.ts";
import { HIGH_LATENCY, EngineHarness } from "#test/support/harness/engine.ts";

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
    automation: { systemic: { alerts: 2, within: "2m" }, writeBudget: { max: 2, per: "10m" } },
  });
});
afterEach(() => expect(rig.selfAlerts()).toEqual([]));
afterAll(() => rig.close());

const latencyOf = (service: string) => ({ ...HIGH_LATENCY, service });
const AUTO = { mode: "auto", approve: "{ from: ['@oncall'], count: 1, expires: 10m }" };
const text = (more = {}) => aRunbookText({ ...AUTO, maxRuns: "9/24h", ...more });
const runStates = async (): Promise<string[]> => (await automation.runs()).map(({ state }) => state);
/** Cards with buttons to approve. */
const questions = () => rig.chat.messages.filter(({ blocks }) => JSON.stringify(blocks).includes("run.approve"));

describe("many alerts of one name", () => {
  test("make one approval for all their runs, which lists the targets", async () => {
    await automation.shelve([text()]);
    await automation.fires(latencyOf("a"), latencyOf("b"), latencyOf("c"), latencyOf("d"));
    await rig.passes(20 * SECOND);
    expect(await runStates()).toEqual(Array(4).fill("waiting-approval"));
    expect(automation.source.called).toEqual([]);
    expect(questions()).toHaveLength(1);
    expect(JSON.stringify(questions()[0]!.blocks)).toMatch(/One answer for 4 runs.*db\/a.*db\/b.*db\/c.*db\/d/);
    expect((await rig.eventTypes()).filter((type) => type === "run.requested")).toHaveLength(1);
  });

  test("approved once are done one after another, under the limits", async () => {
    await automation.shelve([text()]);
    await automation.fires(latencyOf("a"), latencyOf("b"), latencyOf("c"));
    expect(await automation.approves(ALICE, 2)).toMatchObject({
      ok: false,
      text: "RUN-2 is asked for together with others: answer RUN-1.",
    });
    expect(await automation.approves()).toEqual({ ok: true, text: "Approved: cancel of 3 runs, one after another." });
    expect(automation.source.called, "one target at a time").toHaveLength(1);
    automation.metrics.values.set("latency", 0.5);
    for (const each of ["a", "b", "c"]) await automation.resolves(latencyOf(each));
    expect(await runStates(), "those whose alert is over are not done any more").toEqual([
      "verifying",
      "canceled",
      "canceled",
    ]);
  });

  test("go on to the next when the one before has helped", async () => {
    automation.metrics.values.clear();
    for (const each of ["a", "b", "c"]) automation.metrics.values.set(`latency{service="${each}"}`, 8.5);
    await automation.shelve([text()]);
    await automation.fires(latencyOf("a"), latencyOf("b"), latencyOf("c"));
    await automation.approves();
    for (const [i, each] of ["a", "b", "c"].entries()) {
      if (i === 2) {
        await rig.passes(MINUTE);
        expect(automation.source.called, "the write budget of two is used").toHaveLength(2);
        await rig.passes(10 * MINUTE);
      }
      await rig.passes(15 * SECOND);
      expect(automation.source.called).toHaveLength(i + 1);
      automation.metrics.values.set(`latency{service="${each}"}`, 0.5);
      await automation.resolves(latencyOf(each));
      await rig.passes(90 * SECOND);
    }
    expect(automation.source.called).toHaveLength(3);
  });

  test("denied once all end", async () => {
    await automation.shelve([text()]);
    await automation.fires(latencyOf("a"), latencyOf("b"), latencyOf("c"));
    expect(await automation.asks({ do: "deny", run: 1, hash: null }, BOB)).toMatchObject({ ok: true });
    expect(await runStates()).toEqual(["canceled", "canceled", "canceled"]);
    expect((await automation.run(3)).reason).toBe("Bob denied cancel");
    expect(automation.source.called).toEqual([]);
  });

  test("not answered in time all end", async () => {
    await automation.shelve([text()]);
    await automation.fires(latencyOf("a"), latencyOf("b"), latencyOf("c"));
    await rig.passes(10 * MINUTE + SECOND);
    expect(await runStates()).toEqual(["canceled", "canceled", "canceled"]);
    expect(automation.source.called).toEqual([]);
  });

  test("make a new approval when another alert arrives: an older button does nothing", async () => {
    await automation.shelve([text()]);
    await automation.fires(latencyOf("a"), latencyOf("b"), latencyOf("c"));
    const seen = (await automation.run()).asked!.hash;
    await automation.fires(latencyOf("d"));
    expect((await automation.run()).asked!.hash).not.toBe(seen);
    expect(await automation.asks({ do: "approve", run: 1, hash: seen.slice(0, 12) })).toMatchObject({
      ok: false,
      text: expect.stringContaining("look again"),
    });
    expect(automation.source.called).toEqual([]);
  });

  test("move the approval to the next run when the first one ends, with the same deadline", async () => {
    await automation.shelve([text()]);
    await automation.fires(latencyOf("a"), latencyOf("b"), latencyOf("c"));
    const { until } = (await automation.run()).asked!;
    await rig.passes(2 * MINUTE);
    await automation.resolves(latencyOf("a"));
    expect(await runStates()).toEqual(["canceled", "waiting-approval", "waiting-approval"]);
    const runs = await automation.runs();
    expect(runs.slice(1).filter(({ asked: approval }) => approval?.over !== undefined)).toHaveLength(1);
    expect(runs.slice(1).map(({ asked: approval }) => approval!.until)).toEqual([until, until]);
    const leader = runs.find(
      ({ state, asked: approval }) => state === "waiting-approval" && approval?.over !== undefined,
    )!;
    expect(await automation.approves(ALICE, leader.number)).toMatchObject({
      text: "Approved: cancel of 2 runs, one after another.",
    });
  });

  test("run nothing approved when the plan has changed", async () => {
    await automation.shelve([text()]);
    await automation.fires(latencyOf("a"), latencyOf("b"), latencyOf("c"));
    await automation.shelve([text().replace("Something blocks.", "Something else blocks.")]);
    await automation.approves();
    expect(automation.source.called).toEqual([]);
  });

  test("survive the death of the process", async () => {
    await automation.shelve([text()]);
    await automation.fires(latencyOf("a"), latencyOf("b"), latencyOf("c"));
    rig.restart();
    await automation.approves();
    rig.restart();
    await rig.settles();
    expect(automation.source.called).toHaveLength(1);
  });
});

test("in a storm nothing runs without approval: one request for all targets, in one message", async () => {
  rig.policy = aPolicy({
    ...STAFFED_POLICY,
    storm: { incidents: 2, within: "1m", window: "10m" },
    automation: { systemic: { alerts: 1_000, within: "2m" } },
  });
  await automation.shelve([text()]);
  await automation.fires(...["a", "b", "c", "d", "e", "f"].map(latencyOf));
  await rig.passes(20 * SECOND);
  expect(automation.source.called).toEqual([]);
  expect(questions()).toHaveLength(1);
  const attemptFor = (await automation.runs()).find(({ asked: approval }) => approval?.over !== undefined)!;
  expect(attemptFor.asked!.over!.map(({ target }) => target).toSorted()).toEqual([
    "db/a",
    "db/b",
    "db/c",
    "db/d",
    "db/e",
    "db/f",
  ]);
});

describe("a failure domain", () => {
  const INVENTORY = { services: { a: { domain: "zone-1" }, b: { domain: "zone-1" }, c: { domain: "zone-2" } } };
  const inZones = () =>
    aRunbookText({ maxRuns: "9/24h" })
      .replace("pattern: '^[a-z0-9-]{1,40}$'", "inventory: services")
      .replace("maxTargets: 1", "maxTargets: 9");

  test("is changed by one run at a time, within its budget; another domain continues", async () => {
    rig.policy = aPolicy({
      ...STAFFED_POLICY,
      inventory: INVENTORY,
      automation: { writeBudget: { max: 9, per: "10m" } },
    });
    await automation.shelve([inZones()]);
    await automation.fires(latencyOf("a"), latencyOf("b"), latencyOf("c"));
    for (const run of [1, 2, 3]) await automation.approves(ALICE, run);
    const done = () => automation.source.called.map((key) => key.slice(0, 5)).toSorted();
    expect(done()).toEqual(["RUN-1", "RUN-3"]);
    expect(await automation.run(2)).toMatchObject({ domains: ["zone-1"], reason: "waits: RUN-1 works in zone-1" });
    automation.metrics.values.set("latency", 0.5);
    await automation.resolves(latencyOf("a"));
    await rig.passes(90 * SECOND);
    expect(await automation.run(1)).toMatchObject({ state: "succeeded" });
    await rig.passes(15 * SECOND);
    expect(await automation.run(2)).toMatchObject({
      reason: "waits: 1 in 10 min is the most that runs change in zone-1",
    });
    expect(done()).toEqual(["RUN-1", "RUN-3"]);
  });
});
