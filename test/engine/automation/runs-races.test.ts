import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { answerRunRequest } from "#engine/automation/run-commands.ts";
import { PortError } from "#ports/port-error.ts";
import { aRunbookText } from "#test/support/builders/runbooks/catalogs.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE, SECOND } from "#test/support/builders/instants.ts";
import { HIGH_LATENCY, EngineHarness } from "#test/support/harness/engine.ts";
import { scriptedCluster } from "#test/support/doubles/ports/scripted-cluster.ts";

let rig: EngineHarness;
let automation: EngineHarness["automation"];
let expectsNoSelfAlert = true;
beforeAll(async () => {
  rig = await EngineHarness.open();
  ({ automation } = rig);
});
beforeEach(async () => {
  expectsNoSelfAlert = true;
  await rig.reset();
});
afterEach(() => {
  if (expectsNoSelfAlert) expect(rig.selfAlerts()).toEqual([]);
});
afterAll(() => rig.close());

describe("between the look at a step and its start", () => {
  /** Does something at the instant at which everything a step depends on was looked up. */
  async function meanwhile(deed: () => Promise<unknown>): Promise<void> {
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await answerRunRequest(rig.engine, { do: "approve", run: 1, hash: null }, ALICE, null);
    const done: Promise<unknown>[] = [];
    rig.onStep = (step) => {
      if (step.step === "run.starting" && step.id === "cancel" && done.length === 0) done.push(deed());
    };
    await rig.settles();
    expect(done).toHaveLength(1);
    await Promise.all(done);
    await rig.settles();
  }

  test("a person who stops the run learns that no further step starts, and none does", async () => {
    await meanwhile(() => answerRunRequest(rig.engine, { do: "cancel", run: 1 }, BOB, null));
    expect(automation.source.called).toEqual([]);
    expect(await automation.run()).toMatchObject({ state: "canceled", reason: "Bob stopped it" });
  });

  test("an alert that resolves leaves no step to run", async () => {
    await meanwhile(() => rig.connection.pool.query("update alerts set status = 'resolved'"));
    expect(automation.source.called).toEqual([]);
    expect(await automation.run()).toMatchObject({ state: "canceled", reason: "the alert resolved by itself" });
  });

  test("and before the approval request: a person who stops it then is not asked for ten minutes", async () => {
    await automation.shelve([aRunbookText()]);
    const done: Promise<unknown>[] = [];
    rig.onStep = (step) => {
      if (step.step === "run.starting" && step.id === "cancel" && done.length === 0)
        done.push(answerRunRequest(rig.engine, { do: "cancel", run: 1 }, BOB, null));
    };
    await automation.fires();
    await Promise.all(done);
    await rig.settles();
    expect(await automation.run()).toMatchObject({ state: "canceled", reason: "Bob stopped it", asked: null });
  });
});

describe("automation off", () => {
  test("for an unknown name answers that nothing matches, not only that it is off", async () => {
    await automation.shelve([aRunbookText({ mode: "suggest" })]);
    await automation.fires();
    const off = (scope: "service" | "runbook", name: string) =>
      automation.asks({ do: "switch", scope, name, on: false });
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
    rig.policy = aPolicy({ ...STAFFED_POLICY, automation: { writeBudget: { max: 1, per: "10m" } } });
    automation.source.faults.push({ error: busy(), did: false });
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await automation.approves();
    await rig.passes(6 * SECOND);
    expect(automation.source.called).toHaveLength(1);
    expect(await automation.run()).toMatchObject({ state: "verifying" });
  });

  test("counts a step whose first attempt failed before it started", async () => {
    rig.policy = aPolicy({ ...STAFFED_POLICY, automation: { writeBudget: { max: 1, per: "10m" } } });
    await automation.shelve([
      aRunbookText(),
      aRunbookText({ id: "other" }).replace("lock: db/$service", "lock: other/$service"),
    ]);
    await automation.fires();
    // As `failed` leaves it: what would be done could not be looked up.
    await rig.connection.pool.query(
      `insert into steps (run, idx, attempt, state, writes, idem_key, epoch, intent, outcome, started_at) select number, 1, 1, 'failed', false, 'k', epoch, '{}', '{"says":"busy","retry":true,"fresh":true}', created_at from runs where number = 1`,
    );
    await automation.approves(ALICE, 1);
    expect(automation.source.called).toHaveLength(1);
    await automation.approves(ALICE, 2);
    expect(automation.source.called, "the second waits").toHaveLength(1);
    expect(await automation.run(2)).toMatchObject({
      state: "running",
      reason: expect.stringContaining("1 changes in 10 min"),
    });
  });
});

describe("the API token", () => {
  test("does not count as a person: a name given with it approves nothing", async () => {
    // Without groups, every responder may approve; and anyone who gives a name may take an incident.
    await automation.shelve([aRunbookText({ mode: "auto" }).replace(/^approve: .*$/m, "")]);
    await automation.fires();
    const mallory = { id: "api:mallory", name: "mallory" };
    await rig.does({ type: "incident.acknowledge" }, { actor: { kind: "person", ...mallory } });
    await rig.settles();
    expect(await automation.approves(mallory)).toEqual({
      ok: false,
      text: "Only people who respond to the incident may approve this.",
    });
    expect(automation.source.called).toEqual([]);
  });
});

describe("people who are asked", () => {
  test("see the step with the inserted values, not with references", async () => {
    const rows =
      "```yaml step\nid: found\nuses: sql.query\nwith: { datasource: orders, sql: SELECT pid FROM pg_stat_activity }\n```\n";
    await automation.shelve([aRunbookText({ steps: rows }).replace("pids: [7]", "pids: steps.found.rows")]);
    await automation.fires();
    expect(await automation.run()).toMatchObject({
      state: "waiting-approval",
      asked: { does: { call: "cancel-backends", pids: [7] } },
    });
    expect(JSON.stringify(rig.chat.messages)).not.toContain("$step");
  });
});

describe("a step with a guard", () => {
  test("changes only what the guard checked, and nothing that replaced it meanwhile", async () => {
    let uid = "old";
    const evicted: string[] = [];
    const cluster = scriptedCluster({
      pod: () => Promise.resolve({ uid, phase: "Running", node: "n1", ending: false, restarts: 0, ready: true }),
      evict: (_, requests) => {
        if (requests.uid === uid) evicted.push(uid);
        return Promise.resolve({ ok: true, changed: requests.uid === uid });
      },
    });
    const text = aRunbookText().replace(
      /uses: sql.call[\s\S]*?approve:/,
      "uses: k8s.evict\nwhen: steps.latency.value > 1.0\nguard: { uses: prometheus.query, with: { query: replica }, holds: result.value == 1.0 }\nwith: { namespace: db, pod: db-0 }\napprove:",
    );
    await automation.shelve([text], { cluster });
    automation.metrics.values.set("replica", 1);
    await automation.fires();
    expect(await automation.run()).toMatchObject({ state: "waiting-approval" });
    // The pod is replaced by one that is the primary, right after the guard has looked.
    const query = automation.metrics.query.bind(automation.metrics);
    automation.metrics.query = (promql) => {
      const reading = query(promql);
      if (promql === "replica") uid = "new";
      return reading;
    };
    await automation.approves();
    expect((await automation.journal()).at(-1)).toMatchObject({
      state: "finished",
      intent: { uid: "old" },
      outcome: { output: { evicted: false } },
    });
    expect(evicted).toEqual([]);
  });
});

describe("a run of a merged incident", () => {
  test("asks about its unknown outcome in the merge target", async () => {
    automation.source.remembers = false;
    automation.source.faults.push({
      error: new PortError("timeout", "no answer", { retryable: true, mayHaveHappened: true }),
      did: true,
    });
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await automation.fires({ ...HIGH_LATENCY, service: "stock-service" });
    await automation.approves();
    await rig.does({ type: "incident.merge", into: 2 }, { incident: 1 });
    await rig.passes(MINUTE);
    expect(await automation.run()).toMatchObject({ state: "unknown" });
    expect(await rig.eventTypes(2)).toContain("run.unknown");
    const { channel } = await rig.incident(2);
    const card = () =>
      JSON.stringify(
        rig.chat.messages.filter((each) => each.channel === channel!.id && each.text.startsWith("RUN-1 ")),
      );
    expect(card()).toContain("run.happened");
    await automation.asks({ do: "settle", run: 1, answer: "happened" });
    expect(card(), "it is answered everywhere").not.toContain("run.happened");
  });

  test("pages people of the merge target when it did not help", async () => {
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await automation.fires({ ...HIGH_LATENCY, service: "stock-service" });
    await automation.approves();
    expect(await automation.run()).toMatchObject({ state: "verifying" });
    await rig.does({ type: "incident.merge", into: 2 }, { incident: 1 });
    const before = rig.paging.paged.length;
    await rig.passes(7 * MINUTE);
    expect(await automation.run()).toMatchObject({ state: "failed" });
    expect((await rig.events(2)).filter(({ type }) => type === "run.failed")).toMatchObject([
      { data: { run: 1, page: "orders" } },
    ]);
    expect(rig.paging.paged.length).toBeGreaterThan(before);
  });
});
