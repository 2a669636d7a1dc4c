import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { LoopStep } from "#engine/base/engine.ts";
import { answerRunRequest } from "#engine/automation/run-commands.ts";
import { createRunWorker } from "#engine/loop/run-worker.ts";
import { PortError } from "#ports/port-error.ts";
import { aRunbookText } from "#test/support/builders/runbooks/catalogs.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { MINUTE, SECOND } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
let automation: EngineHarness["automation"];
let expectsNoSelfAlert = true;
beforeAll(async () => {
  rig = await EngineHarness.open();
  ({ automation } = rig);
});
beforeEach(async () => {
  await rig.reset();
  expectsNoSelfAlert = true;
});
afterEach(() => {
  if (expectsNoSelfAlert) expect(rig.selfAlerts()).toEqual([]);
});
afterAll(() => rig.close());

describe("killed at every point", () => {
  const crash = new Error("killed");
  const POINTS: readonly LoopStep["step"][] = [
    "run.claimed",
    "run.starting",
    "run.started",
    "run.acted",
    "run.written",
  ];

  /** Dies at the nth time that a step of the loop is passed, and begins again as another process. */
  async function killedAt(point: LoopStep["step"], nth: number): Promise<boolean> {
    let passed = 0;
    let died = false;
    rig.onStep = (step) => {
      if (step.step !== point || ++passed !== nth) return;
      died = true;
      throw crash;
    };
    await rig.laneWorkers.run().catch(() => {});
    rig.onStep = () => {};
    rig.restart();
    return died;
  }

  for (const remembers of [true, false])
    test.each(POINTS)(
      `a once step is done once, killed at %s, ${remembers ? "where it can be looked up" : "where it cannot be looked up"}`,
      async (point) => {
        expectsNoSelfAlert = false;
        automation.source.remembers = remembers;
        await automation.shelve([aRunbookText()]);
        await automation.fires();
        await answerRunRequest(rig.engine, { do: "approve", run: 1, hash: null }, ALICE, null);
        expect(await killedAt(point, 1)).toBe(true);
        await rig.passes(8 * MINUTE);
        const run = await automation.run();
        if (run.state === "unknown") {
          expect(remembers).toBe(false);
          expect(["run.started", "run.acted"]).toContain(point);
          expect(automation.source.called.length).toBe(point === "run.acted" ? 1 : 0);
          return;
        }
        expect(automation.source.called.length).toBeLessThanOrEqual(1);
        expect(["failed", "canceled", "waiting-approval"]).toContain(run.state);
        if (run.state === "failed")
          expect(automation.source.called).toEqual([expect.stringMatching(/^RUN-1-\w+\/1-cancel$/)]);
      },
    );

  test("a worker frozen between the journal and the step does nothing after its lease", async () => {
    automation.source.remembers = false;
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await answerRunRequest(rig.engine, { do: "approve", run: 1, hash: null }, ALICE, null);
    const other = createRunWorker(rig.engine, 1);
    let frozen = false;
    rig.onStep = (step) => {
      if (step.step !== "run.started" || frozen) return;
      frozen = true;
      rig.now += 5 * MINUTE;
    };
    await rig.laneWorkers.run();
    expect(automation.source.called).toEqual([]);
    await other();
    expect(await automation.run()).toMatchObject({ state: "unknown" });
    expect(automation.source.called).toEqual([]);
  });

  test("a worker frozen during the step writes nothing after another has taken the run over", async () => {
    automation.source.remembers = false;
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await answerRunRequest(rig.engine, { do: "approve", run: 1, hash: null }, ALICE, null);
    const other = createRunWorker(rig.engine, 1);
    const second: Promise<void>[] = [];
    automation.source.during = () => {
      if (second.length > 0) return;
      rig.now += 5 * MINUTE;
      second.push(other());
    };
    await rig.laneWorkers.run();
    await Promise.all(second);
    await rig.settles();
    expect(automation.source.called).toHaveLength(1);
    expect(await automation.run()).toMatchObject({ state: "unknown" });
  });
});

describe("an unknown outcome", () => {
  async function unknown(): Promise<void> {
    automation.source.remembers = false;
    automation.source.faults.push({
      error: new PortError("timeout", "no answer", { retryable: true, mayHaveHappened: true }),
      did: true,
    });
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await automation.approves();
    await rig.passes(10 * SECOND);
    expect(await automation.run()).toMatchObject({ state: "unknown" });
    expect(await rig.eventTypes()).toContain("run.unknown");
  }

  test("is asked about, and the run continues when a person confirms it", async () => {
    await unknown();
    await rig.passes(20 * MINUTE);
    expect(await automation.run(), "for ever, if need be").toMatchObject({ state: "unknown" });
    expect(await automation.asks({ do: "settle", run: 1, answer: "happened" })).toMatchObject({ ok: true });
    expect(await automation.run()).toMatchObject({ state: "verifying" });
    expect(automation.source.called).toHaveLength(1);
    expect((await rig.events()).find(({ type }) => type === "run.settled")).toMatchObject({
      actor: ALICE,
      data: { answer: "happened" },
    });
  });

  test("runs again only on request, and needs a new approval when the last one is old", async () => {
    await unknown();
    await automation.asks({ do: "settle", run: 1, answer: "again" });
    expect(automation.source.called).toHaveLength(2);
  });

  test("is settled by an answer to the same attempt, not to another one", async () => {
    await unknown();
    automation.source.faults.push({
      error: new PortError("timeout", "no answer", { retryable: true, mayHaveHappened: true }),
      did: true,
    });
    expect(await automation.asks({ do: "settle", run: 1, answer: "again", of: "1.1" })).toMatchObject({ ok: true });
    await rig.passes(10 * SECOND);
    expect(await automation.run()).toMatchObject({ state: "unknown" });
    const late = { do: "settle", run: 1, answer: "again", of: "1.1" } as const;
    expect(await automation.asks(late, BOB), "a button of before").toMatchObject({
      ok: false,
      text: expect.stringContaining("look again"),
    });
    expect(automation.source.called).toHaveLength(2);
    expect(JSON.stringify(rig.chat.messages)).toContain('"value":"1~uid-1 RUN-1 1.2"');
  });

  test("ends when a person stops it; its target is free again", async () => {
    await unknown();
    await automation.asks({ do: "settle", run: 1, answer: "stop" });
    expect(await automation.run()).toMatchObject({ state: "canceled", reason: "Alice stopped it" });
    const { rows } = await rig.connection.pool.query("select * from run_locks");
    expect(rows).toEqual([]);
  });
});
