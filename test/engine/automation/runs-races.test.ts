import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { answerRunRequest } from "#engine/automation/run-commands.ts";
import { PortError } from "#ports/port-error.ts";
import { aRunbookText } from "#test/support/builders/catalogs.ts";
import { FakeMetrics } from "#test/support/doubles/ports/fake-measurements.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE, SECOND } from "#test/support/builders/instants.ts";
import { NO_PORTS } from "#ports/action-ports.ts";
import type { Cluster } from "#ports/cluster.ts";
import { HIGH_LATENCY, AutomationHarness } from "#test/support/harness/engine.ts";

let r: AutomationHarness;
let told = true;
beforeAll(async () => void (r = await AutomationHarness.open()));
beforeEach(async () => {
  told = true;
  await r.reset();
});
afterEach(() => {
  if (told) expect(r.rig.troubles()).toEqual([]);
});
afterAll(() => r.rig.close());

describe("between the look at a step and its start", () => {
  /** Does something at the instant at which everything a step depends on was looked up. */
  async function meanwhile(deed: () => Promise<unknown>): Promise<void> {
    await r.shelve([aRunbookText()]);
    await r.fires();
    await answerRunRequest(r.rig.engine, { do: "approve", run: 1, hash: null }, ALICE, null);
    const done: Promise<unknown>[] = [];
    r.rig.onStep = (step) => {
      if (step.step === "run.starting" && step.id === "cancel" && done.length === 0) done.push(deed());
    };
    await r.rig.settles();
    expect(done).toHaveLength(1);
    await Promise.all(done);
    await r.rig.settles();
  }

  test("whoever stops the run is told that nothing more is begun, and nothing is", async () => {
    await meanwhile(() => answerRunRequest(r.rig.engine, { do: "cancel", run: 1 }, BOB, null));
    expect(r.source.called).toEqual([]);
    expect(await r.run()).toMatchObject({ state: "canceled", reason: "Bob stopped it" });
  });

  test("an alert that resolves leaves nothing to do", async () => {
    await meanwhile(() => r.rig.connection.pool.query("update alerts set status = 'resolved'"));
    expect(r.source.called).toEqual([]);
    expect(await r.run()).toMatchObject({ state: "canceled", reason: "the alert resolved by itself" });
  });

  test("and before people are asked: whoever stops it then is not asked for ten minutes", async () => {
    await r.shelve([aRunbookText()]);
    const done: Promise<unknown>[] = [];
    r.rig.onStep = (step) => {
      if (step.step === "run.starting" && step.id === "cancel" && done.length === 0)
        done.push(answerRunRequest(r.rig.engine, { do: "cancel", run: 1 }, BOB, null));
    };
    await r.fires();
    await Promise.all(done);
    await r.rig.settles();
    expect(await r.run()).toMatchObject({ state: "canceled", reason: "Bob stopped it", asked: null });
  });
});

describe("automation off", () => {
  test("for a name that stops nothing says so, and not only that it is off", async () => {
    await r.shelve([aRunbookText({ mode: "suggest" })]);
    await r.fires();
    const off = (scope: "service" | "runbook", name: string) => r.asks({ do: "switch", scope, name, on: false });
    expect(await off("service", "cancel-blockers")).toMatchObject({
      ok: true,
      text: expect.stringContaining("still on: say `automation off runbook cancel-blockers`"),
    });
    expect(await off("runbook", "cancel-blocker")).toMatchObject({
      ok: true,
      text: expect.stringContaining("there is no runbook cancel-blocker now"),
    });
    expect((await off("runbook", "cancel-blockers")).text).not.toContain("But");
    expect((await off("service", "order-service")).text).not.toContain("But");
  });
});

describe("the budget", () => {
  const busy = (): PortError => new PortError("rate_limited", "busy", { retryable: true, retryAfterMs: 5_000 });

  test("is not used up by a step's own attempts", async () => {
    r.rig.policy = aPolicy({ ...STAFFED_POLICY, automation: { writeBudget: { max: 1, per: "10m" } } });
    r.source.faults.push({ error: busy(), did: false });
    await r.shelve([aRunbookText()]);
    await r.fires();
    await r.approves();
    await r.rig.passes(6 * SECOND);
    expect(r.source.called).toHaveLength(1);
    expect(await r.run()).toMatchObject({ state: "verifying" });
  });

  test("counts a step also when its first attempt came to nothing before it began", async () => {
    r.rig.policy = aPolicy({ ...STAFFED_POLICY, automation: { writeBudget: { max: 1, per: "10m" } } });
    await r.shelve([
      aRunbookText(),
      aRunbookText({ id: "other" }).replace("lock: db/$service", "lock: other/$service"),
    ]);
    await r.fires();
    // As `failed` leaves it: what would be done could not be looked up.
    await r.rig.connection.pool.query(
      `insert into steps (run, idx, attempt, state, writes, idem_key, epoch, intent, outcome, started_at) select number, 1, 1, 'failed', false, 'k', epoch, '{}', '{"says":"busy","retry":true,"fresh":true}', created_at from runs where number = 1`,
    );
    await r.approves(ALICE, 1);
    expect(r.source.called).toHaveLength(1);
    await r.approves(ALICE, 2);
    expect(r.source.called, "the second waits").toHaveLength(1);
    expect(await r.run(2)).toMatchObject({ state: "running", reason: expect.stringContaining("1 changes in 10 min") });
  });
});

describe("whoever has the API's token", () => {
  test("is not people: what they call themselves approves nothing", async () => {
    // Without groups, whoever responds may approve; and anybody may take an incident who says who they are.
    await r.shelve([aRunbookText({ mode: "auto" }).replace(/^approve: .*$/m, "")]);
    await r.fires();
    const mallory = { id: "api:mallory", name: "mallory" };
    await r.rig.does({ type: "incident.acknowledge" }, { actor: { kind: "person", ...mallory } });
    await r.rig.settles();
    expect(await r.approves(mallory)).toMatchObject({
      ok: false,
      text: expect.stringContaining("nobody in particular"),
    });
    expect(r.source.called).toEqual([]);
  });
});

describe("people who are asked", () => {
  test("see what the step would do with what was found, and not where it will be found", async () => {
    const rows =
      "```yaml step\nid: found\nuses: sql.query\nwith: { datasource: orders, sql: SELECT pid FROM pg_stat_activity }\n```\n";
    await r.shelve([aRunbookText({ steps: rows }).replace("pids: [7]", "pids: steps.found.rows")]);
    await r.fires();
    expect(await r.run()).toMatchObject({
      state: "waiting-approval",
      asked: { does: { call: "cancel-backends", pids: [7] } },
    });
    expect(JSON.stringify(r.rig.chat.messages)).not.toContain("$step");
  });
});

describe("a step with a guard", () => {
  test("is done to what the guard saw, and to nothing that came in its place meanwhile", async () => {
    let uid = "old";
    const evicted: string[] = [];
    const cluster = {
      pod: () => Promise.resolve({ uid, phase: "Running", node: "n1", ending: false, restarts: 0, ready: true }),
      evict: (_: unknown, asked: { uid: string }) => {
        if (asked.uid === uid) evicted.push(uid);
        return Promise.resolve({ ok: true, changed: asked.uid === uid });
      },
    } as unknown as Cluster;
    const text = aRunbookText().replace(
      /uses: sql.call[\s\S]*?approve:/,
      "uses: k8s.evict\nwhen: steps.latency.value > 1.0\nguard: { uses: prometheus.query, with: { query: replica }, holds: result.value == 1.0 }\nwith: { namespace: db, pod: db-0 }\napprove:",
    );
    await r.shelve([text], { ports: { ...NO_PORTS, metrics: r.metrics, cluster } });
    r.metrics.values.set("replica", 1);
    await r.fires();
    expect(await r.run()).toMatchObject({ state: "waiting-approval" });
    // The pod is replaced by one that is the primary, right after the guard has looked.
    const query = r.metrics.query.bind(r.metrics);
    r.metrics.query = (promql) => {
      const reading = query(promql);
      if (promql === "replica") uid = "new";
      return reading;
    };
    await r.approves();
    expect((await r.journal()).at(-1)).toMatchObject({
      state: "finished",
      intent: { uid: "old" },
      outcome: { output: { evicted: false } },
    });
    expect(evicted).toEqual([]);
  });
});

describe("a run whose incident was merged", () => {
  test("asks what it did where the incident goes on", async () => {
    r.source.remembers = false;
    r.source.faults.push({
      error: new PortError("timeout", "no answer", { retryable: true, mayHaveHappened: true }),
      did: true,
    });
    await r.shelve([aRunbookText()]);
    await r.fires();
    await r.fires({ ...HIGH_LATENCY, service: "stock-service" });
    await r.approves();
    await r.rig.does({ type: "incident.merge", into: 2 }, { incident: 1 });
    await r.rig.passes(MINUTE);
    expect(await r.run()).toMatchObject({ state: "unknown" });
    expect(await r.rig.eventTypes(2)).toContain("run.unknown");
    const { channel } = await r.rig.incident(2);
    const card = () =>
      JSON.stringify(
        r.rig.chat.messages.filter((each) => each.channel === channel!.id && each.text.startsWith("RUN-1 ")),
      );
    expect(card()).toContain("run.happened");
    await r.asks({ do: "settle", run: 1, answer: "happened" });
    expect(card(), "it is answered everywhere").not.toContain("run.happened");
  });

  test("calls for people where the incident goes on, when it did not help", async () => {
    await r.shelve([aRunbookText()]);
    await r.fires();
    await r.fires({ ...HIGH_LATENCY, service: "stock-service" });
    await r.approves();
    expect(await r.run()).toMatchObject({ state: "verifying" });
    await r.rig.does({ type: "incident.merge", into: 2 }, { incident: 1 });
    const before = r.rig.paging.paged.length;
    await r.rig.passes(7 * MINUTE);
    expect(await r.run()).toMatchObject({ state: "failed" });
    expect((await r.rig.events(2)).filter(({ type }) => type === "run.failed")).toMatchObject([
      { data: { run: 1, page: "orders" } },
    ]);
    expect(r.rig.paging.paged.length).toBeGreaterThan(before);
  });
});

describe("a run that waits", () => {
  test("is stopped at once, also when somebody stops it in the instant in which the wait begins", async () => {
    for (const [number, point] of [
      [1, "later"],
      [2, "run.acted"],
    ] as const) {
      await r.shelve([
        aRunbookText({
          id: `pauses-${number}`,
          steps: "```yaml step\nid: pause\nuses: wait\nwith: { for: 1h }\ntimeout: 2h\n```\n",
        }),
      ]);
      const done: Promise<unknown>[] = [];
      const stop = (): Promise<unknown> => answerRunRequest(r.rig.engine, { do: "cancel", run: number }, BOB, null);
      r.rig.onStep = (step) => {
        if (step.step === point && step.id === "pause" && done.length === 0) done.push(stop());
      };
      await r.fires({ ...HIGH_LATENCY, service: `service-${number}` });
      if (point === "later") await stop();
      await Promise.all(done);
      await r.rig.passes(2 * SECOND);
      expect(await r.run(number), point).toMatchObject({ state: "canceled", reason: "Bob stopped it" });
    }
  });
});

describe("an answer of the metrics", () => {
  const warning = async (words: string): Promise<void> => {
    const query = r.metrics.query.bind(r.metrics);
    r.metrics.query = async (promql) => ({ ...(await query(promql)), warnings: [words] });
    await r.shelve([aRunbookText()]);
    await r.fires();
  };
  test("in which something is missing begins nothing, and proves nothing", async () => {
    await warning("No StoreAPIs matched for this query");
    expect(await r.run()).toMatchObject({ state: "suggested" });
    expect((await r.journal())[0]).toMatchObject({ outcome: { output: { value: null, noData: true } } });
    r.metrics = new FakeMetrics();
    r.metrics.values.set("latency", 8.5);
    await r.shelve([aRunbookText({ id: "other" })]);
    await r.fires({ ...HIGH_LATENCY, service: "stock-service" });
    await r.approves(ALICE, 2);
    r.metrics.values.set("latency", 0.5);
    const query = r.metrics.query.bind(r.metrics);
    r.metrics.query = async (promql) => ({ ...(await query(promql)), warnings: ["a store is away"] });
    await r.rig.passes(6 * MINUTE);
    expect(await r.run(2)).toMatchObject({ state: "failed", reason: expect.stringContaining("no data") });
  });
  test("that PromQL remarks on is one", async () => {
    await warning("PromQL info: metric might not be a counter");
    expect(await r.run()).toMatchObject({ state: "waiting-approval" });
  });
});

describe("what the world says", () => {
  test("nested without end is left out, and the run goes on", async () => {
    let deep: unknown = "x";
    for (let i = 0; i < 30_000; i++) deep = [deep];
    r.source.says = deep as string;
    await r.shelve([aRunbookText()]);
    await r.fires();
    await r.approves();
    expect(await r.run()).toMatchObject({ state: "verifying" });
    expect((await r.journal()).at(-1)).toMatchObject({
      state: "finished",
      outcome: { output: { cut: expect.stringContaining("deep") } },
    });
  });

  test("with a NUL in it ends the run all the same, and its target is free", async () => {
    r.source.faults.push({
      error: new PortError("forbidden", "the role \u0000may\u001b[31m not", { retryable: false }),
      did: false,
    });
    await r.shelve([aRunbookText()]);
    await r.fires();
    await r.approves();
    await r.rig.passes(5 * MINUTE);
    expect(await r.run()).toMatchObject({
      state: "failed",
      reason: expect.stringContaining("step cancel: the role may not"),
    });
    const { rows } = await r.rig.connection.pool.query("select * from run_locks");
    expect(rows).toEqual([]);
  });

  test("that it is to be asked again in a year is not waited for", async () => {
    r.source.faults.push({
      error: new PortError("rate_limited", "busy", { retryable: true, retryAfterMs: 1e15 }),
      did: false,
    });
    await r.shelve([aRunbookText()]);
    await r.fires();
    await r.approves();
    await r.rig.passes(3 * MINUTE);
    expect(await r.run()).toMatchObject({ state: "failed", reason: expect.stringContaining("busy") });
  });
});
