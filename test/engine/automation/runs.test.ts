import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { listRuns } from "#db/runs.ts";
import type { LoopStep } from "#engine/base/engine.ts";
import { answerRunRequest } from "#engine/automation/run-commands.ts";
import { createRunWorker } from "#engine/loop/run-worker.ts";
import { PortError } from "#ports/port-error.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { aRunbookText, automationRuntimeOf, catalogOf } from "#test/support/builders/catalogs.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE, SECOND } from "#test/support/builders/instants.ts";
import { EngineHarness, HIGH_LATENCY } from "#test/support/harness/engine.ts";
import { stopwatch } from "#test/support/harness/test-clock.ts";

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

async function stepStates(number = 1): Promise<string[]> {
  const { plan } = await automation.run(number);
  return (await automation.journal(number)).map(
    ({ idx, state }) => `${idx < 0 ? "undo " : ""}${plan.steps[idx < 0 ? -1 - idx : idx]!.id} ${state}`,
  );
}

describe("a runbook that asks first", () => {
  test("checks at once, asks, runs the approved step, and succeeds when the measure holds and the alert has resolved", async () => {
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    expect(await automation.run()).toMatchObject({ state: "waiting-approval", asked: { count: 1, from: ["@oncall"] } });
    expect(await stepStates()).toEqual(["latency finished"]);
    expect(await rig.eventTypes()).toContain("run.requested");
    expect(automation.source.called).toEqual([]);

    expect(await automation.approves()).toMatchObject({ ok: true });
    expect(automation.source.called).toEqual([expect.stringMatching(/^RUN-1-\w+\/1-cancel$/)]);
    expect(await automation.run()).toMatchObject({ state: "verifying" });
    automation.metrics.values.set("latency", 0.5);
    await rig.passes(2 * MINUTE);
    expect(await automation.run(), "the alert still fires").toMatchObject({
      state: "verifying",
      proof: { says: "good, but the alert still fires" },
    });
    await automation.resolves();
    await rig.passes(MINUTE);
    expect(await automation.run()).toMatchObject({ state: "succeeded", reason: "0.5 (wanted < 1)" });
    const events = await rig.events();
    expect(events.find(({ type }) => type === "step.finished")).toMatchObject({
      data: { step: "cancel", effect: "helped", before: [8.5], after: [0.5] },
    });
    expect(await rig.eventTypes()).toEqual(
      expect.arrayContaining(["run.requested", "run.approved", "run.started", "step.finished", "run.succeeded"]),
    );
  });

  test("is one message that is edited, with its buttons, and a line in the card", async () => {
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await rig.passes(10 * SECOND);
    const cards = () => rig.chat.messages.filter(({ text }) => text.startsWith("RUN-1"));
    expect(cards()).toHaveLength(1);
    expect(JSON.stringify(cards()[0]!.blocks)).toMatch(/run\.approve.*run\.deny/);
    await automation.approves();
    await rig.passes(5 * SECOND);
    expect(cards()).toHaveLength(1);
    expect(JSON.stringify(cards()[0]!.blocks)).not.toContain("run.approve");
  });

  test("accepts an approval only from current members of the group", async () => {
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    rig.chat.groups.set("@oncall", [BOB.id]);
    expect(await automation.approves(ALICE)).toEqual({ ok: false, text: "Only @oncall may approve this." });
    expect(automation.source.called).toEqual([]);
    expect(await automation.approves(BOB)).toMatchObject({ ok: true });
    expect(automation.source.called).toHaveLength(1);
  });

  test("refuses the requester's own approval, and needs two people when two are required", async () => {
    await automation.shelve([aRunbookText({ approve: "{ from: ['@oncall'], count: 2, expires: 10m }" })]);
    await automation.fires();
    await automation.asks({ do: "cancel", run: 1 });
    expect(await automation.run()).toMatchObject({ state: "canceled", reason: "Alice stopped it" });
    expect(await automation.asks({ do: "run", name: "cancel-blockers", labels: {} })).toMatchObject({ ok: true });
    expect(await automation.approves(ALICE, 2)).toMatchObject({
      ok: false,
      text: expect.stringContaining("somebody else"),
    });
    expect(await automation.approves(BOB, 2)).toEqual({ ok: true, text: "Approved; 1 more must agree." });
    expect(await automation.approves(BOB, 2)).toMatchObject({ ok: false });
    expect(automation.source.called).toEqual([]);
  });

  test("ends when no one answers in time, and when a person denies it", async () => {
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await rig.passes(10 * MINUTE);
    expect(await automation.run()).toMatchObject({ state: "canceled", reason: "nobody approved cancel in time" });
    expect(await automation.approves()).toMatchObject({ ok: false });
    await automation.asks({ do: "run", name: "cancel-blockers", labels: {} });
    await automation.asks({ do: "deny", run: 2, hash: null }, BOB);
    expect(await automation.run(2)).toMatchObject({ state: "canceled", reason: "Bob denied cancel" });
    expect(automation.source.called).toEqual([]);
  });

  test("ends when the alert resolves before anyone answered", async () => {
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await automation.resolves();
    expect(await automation.run()).toMatchObject({ state: "canceled", reason: "the alert resolved by itself" });
  });

  test("does not run the approved step when the file has changed since", async () => {
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await automation.shelve([aRunbookText().replace("Something blocks.", "Something else blocks.")]);
    await automation.approves();
    expect(automation.source.called).toEqual([]);
    expect(await automation.run()).toMatchObject({
      state: "canceled",
      reason: "the runbook or the inventory has changed since this run was planned",
    });
  });

  test("is not moved by a button that was made for another question", async () => {
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    expect(await automation.asks({ do: "approve", run: 1, hash: "00000000" })).toMatchObject({
      ok: false,
      text: expect.stringContaining("look again"),
    });
    expect(automation.source.called).toEqual([]);
  });
});

describe("runs that do not count as verified", () => {
  test("is a measure that stays bad: the run failed, its people are woken, and the breaker is open", async () => {
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await automation.approves();
    await rig.passes(6 * MINUTE);
    expect(await automation.run()).toMatchObject({ state: "failed" });
    expect((await automation.run()).reason).toMatch(
      /^the measure is not good in time \(8\.5 \(wanted < 1\)\); nothing more is tried on db\/order-service until/,
    );
    expect((await rig.events()).findLast(({ type }) => type === "page.requested")).toMatchObject({
      data: { reason: expect.stringContaining("RUN-1 (cancel-blockers) did not help") },
    });
    await automation.asks({ do: "run", name: "cancel-blockers", labels: {} }, BOB);
    expect(await automation.run(2)).toMatchObject({
      state: "canceled",
      reason: expect.stringContaining("it did not help here lately"),
    });
  });

  test("is no data", async () => {
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await automation.approves();
    automation.metrics.values.delete("latency");
    await automation.resolves();
    await rig.passes(6 * MINUTE);
    expect(await automation.run()).toMatchObject({
      state: "failed",
      reason: expect.stringContaining("nobody knows whether it helped: there is no data"),
    });
    expect((await rig.events()).find(({ type }) => type === "step.finished")).toMatchObject({
      data: { effect: "unknown" },
    });
  });
});

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
      `a once step is done once, killed at %s, ${remembers ? "where it can be looked up" : "where nobody can tell"}`,
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
    expect(JSON.stringify(rig.chat.messages)).toContain('"value":"1 RUN-1 1.2"');
  });

  test("ends when a person stops it; its target is free again", async () => {
    await unknown();
    await automation.asks({ do: "settle", run: 1, answer: "stop" });
    expect(await automation.run()).toMatchObject({ state: "canceled", reason: "Alice stopped it" });
    const { rows } = await rig.connection.pool.query("select * from run_locks");
    expect(rows).toEqual([]);
  });
});

describe("limits", () => {
  test("automation switched off during an approval starts nothing, whoever approves", async () => {
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await automation.asks({ do: "switch", scope: "runbook", name: "cancel-blockers", on: false }, BOB);
    await automation.approves();
    expect(automation.source.called).toEqual([]);
    expect(await automation.run()).toMatchObject({
      state: "canceled",
      reason: "automation is off for cancel-blockers, says Bob",
    });
    expect(await automation.asks({ do: "switch", scope: "runbook", name: "cancel-blockers", on: true })).toMatchObject({
      ok: true,
    });
  });

  test("the budget makes a run wait, across all runbooks", async () => {
    rig.policy = aPolicy({ ...STAFFED_POLICY, automation: { writeBudget: { max: 1, per: "10m" } } });
    await automation.shelve([
      aRunbookText(),
      aRunbookText({ id: "other" }).replace("lock: db/$service", "lock: other/$service"),
    ]);
    await automation.fires();
    await automation.approves(ALICE, 1);
    await automation.approves(ALICE, 2);
    expect(automation.source.called).toEqual([expect.stringMatching(/^RUN-1-\w+\/1-cancel$/)]);
    expect(await automation.run(2)).toMatchObject({
      state: "running",
      reason: expect.stringContaining("1 changes in 10 min"),
    });
  });

  test("the cooldown leaves a target alone", async () => {
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await automation.approves();
    automation.metrics.values.set("latency", 0.5);
    await automation.resolves();
    await rig.passes(2 * MINUTE);
    expect(await automation.run()).toMatchObject({ state: "succeeded" });
    automation.metrics.values.set("latency", 8.5);
    await automation.fires();
    expect(await automation.run(2)).toMatchObject({
      state: "canceled",
      reason: expect.stringContaining("is left alone for"),
    });
  });

  test("many alerts of one name are no reason to do the same many times", async () => {
    rig.policy = aPolicy({ ...STAFFED_POLICY, automation: { systemic: { alerts: 2, within: "2m" } } });
    await automation.shelve([aRunbookText({ mode: "auto" })]);
    await rig.receives(
      deliveryOf(["a", "b", "c", "d"].map((pod) => alertOf({ ...HIGH_LATENCY, pod }, { startsAt: rig.now }))),
    );
    await rig.settles();
    expect(await listRuns(rig.connection.db, { limit: 10 })).toHaveLength(1);
    expect(await automation.run()).toMatchObject({
      state: "waiting-approval",
      asked: { why: expect.stringContaining("many alerts") },
    });
  });

  test("no label value prevents a start", async () => {
    await automation.shelve([aRunbookText()]);
    await automation.fires({ ...HIGH_LATENCY, note: 'a\u0000b\ud800 "alertname":"HighLatency"' });
    await automation.approves();
    expect(automation.source.called).toHaveLength(1);
  });

  test("an automatic runbook asks until three of its runs were verified", async () => {
    await automation.shelve([
      aRunbookText({
        mode: "auto",
        cooldown: "1m",
        maxRuns: "9/24h",
        approve: "{ from: ['@oncall'], count: 1, expires: 10m, unless: steps.latency.value > 2.0 }",
      }),
    ]);
    for (let n = 1; n <= 4; n++) {
      automation.metrics.values.set("latency", 8.5);
      await automation.fires();
      if (n < 4) {
        expect(await automation.run(n)).toMatchObject({ state: "waiting-approval" });
        await automation.approves(ALICE, n);
      }
      expect(automation.source.called, `run ${n}`).toHaveLength(n);
      automation.metrics.values.set("latency", 0.5);
      await automation.resolves();
      await rig.passes(15 * MINUTE);
      expect(await automation.run(n)).toMatchObject({ state: "succeeded" });
    }
  });

  test("a runbook in suggest mode reads, and reports what it found", async () => {
    await automation.shelve([aRunbookText({ mode: "suggest" })]);
    await automation.fires();
    expect(await automation.run()).toMatchObject({ state: "suggested" });
    expect((await rig.events()).find(({ type }) => type === "run.suggested")).toMatchObject({
      data: { says: "latency 8.5" },
    });
    expect(automation.source.called).toEqual([]);
  });
});

describe("outputs of a step", () => {
  test("is masked and cut before it is stored", async () => {
    automation.source.says = `password is hunter2secret ${"x".repeat(200_000)}`;
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await automation.approves();
    const stored = JSON.stringify((await automation.journal()).at(-1)?.outcome);
    expect(stored).toContain("[secret]");
    expect(stored).not.toContain("hunter2");
    expect(stored.length).toBeLessThan(70_000);
  });
});

describe("the world", () => {
  test("that was busy is asked again with the same key, for the time of the step", async () => {
    automation.source.faults.push({
      error: new PortError("rate_limited", "busy", { retryable: true, retryAfterMs: 5_000 }),
      did: false,
    });
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await automation.approves();
    expect(await stepStates()).toEqual(["latency finished", "cancel failed"]);
    await rig.passes(6 * SECOND);
    expect(await stepStates()).toEqual(["latency finished", "cancel failed", "cancel finished"]);
    expect(new Set(automation.source.called).size).toBe(1);
  });

  test("ends the run when it refuses, without a retry", async () => {
    automation.source.faults.push({
      error: new PortError("forbidden", "the role may not", { retryable: false }),
      did: false,
    });
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await automation.approves();
    expect(await automation.run()).toMatchObject({
      state: "failed",
      reason: expect.stringContaining("step cancel: the role may not"),
    });
  });

  const TELL = "```yaml step\nid: tell\nuses: notify\nwith: { to: incident, text: 'It is slow.' }\n```\n";
  const received = (): string[] =>
    rig.chat.messages.filter(({ text }) => text === "It is slow.").map(({ channel }) => channel);

  test("and a message that is ready before the incident's channel is waits for it", async () => {
    await automation.shelve([aRunbookText({ steps: TELL })]);
    await rig.receives(deliveryOf([alertOf(HIGH_LATENCY, { startsAt: rig.now })]));
    await rig.laneWorkers.apply();
    await rig.laneWorkers.run();
    expect(await stepStates(), "the chat has not even been asked for a channel").toEqual([
      "latency finished",
      "tell failed",
    ]);
    expect(received()).toEqual([]);
    await rig.passes(5 * SECOND);
    expect(await stepStates()).toEqual(["latency finished", "tell failed", "tell finished"]);
    expect(received()).toEqual([(await rig.incident()).channel!.id]);
    expect(await automation.run()).toMatchObject({ state: "waiting-approval" });
  });

  test("and a message of an incident without a channel goes to its team's channel, or to the default one", async () => {
    await automation.shelve([aRunbookText({ steps: TELL })]);
    await automation.fires({ ...HIGH_LATENCY, severity: "P3" });
    expect(received()).toEqual(["team-orders"]);
    rig.policy = aPolicy({});
    await automation.fires({ ...HIGH_LATENCY, severity: "P3", service: "stock-service" });
    expect(received()).toEqual(["team-orders", "incidents"]);
  });

  test("and a message that cannot be sent does not prevent the approval request for the fix", async () => {
    expectsNoSelfAlert = false;
    rig.chat.fails("post", new PortError("forbidden", "not in the channel", { retryable: false }), { times: 1_000 });
    await automation.shelve([aRunbookText({ steps: TELL })]);
    await automation.fires({ ...HIGH_LATENCY, severity: "P3" });
    expect(await stepStates()).toEqual(["latency finished", "tell failed"]);
    expect(await automation.run()).toMatchObject({ state: "waiting-approval", asked: { step: 2 } });
  });

  test("that is not set up is named by its setting", async () => {
    rig.automationRuntime = automationRuntimeOf(await catalogOf(aRunbookText()), {});
    rig.restart();
    await automation.fires();
    expect((await automation.journal())[0]).toMatchObject({
      state: "failed",
      outcome: { says: "Prometheus is not set up: set PROMETHEUS_URL" },
    });
    expect(await automation.run()).toMatchObject({ state: "suggested" });
  });
});

describe("a thousand runs that wait", () => {
  test("hold no worker", async () => {
    await automation.shelve([aRunbookText({ steps: "```yaml step\nid: pause\nuses: wait\nwith: { for: 1h }\n```\n" })]);
    await automation.fires();
    expect(await stepStates()).toEqual(["latency finished", "pause started"]);
    await rig.connection.pool.query(
      "insert into runs select (json_populate_record(r, json_build_object('number', n, 'target', 'db/' || n))).* from runs r, generate_series(2, 1000) n where r.number = 1",
    );
    await rig.connection.pool.query(
      "insert into steps select (json_populate_record(s, json_build_object('run', n))).* from steps s, generate_series(2, 1000) n where s.run = 1",
    );
    const elapsed = stopwatch();
    await rig.laneWorkers.run();
    expect(elapsed(), "a look at what is due, and no more").toBeLessThan(500);
    const { rows } = await rig.connection.pool.query<{ held: number }>(
      "select count(*)::integer as held from runs where lease_until is not null",
    );
    expect(rows[0]!.held).toBe(0);
  });
});
