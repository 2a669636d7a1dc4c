import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { PortError } from "#ports/port-error.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { aRunbookText, automationRuntimeOf, catalogOf } from "#test/support/builders/runbooks/catalogs.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { MINUTE, SECOND } from "#test/support/builders/instants.ts";
import { EngineHarness, HIGH_LATENCY } from "#test/support/harness/engine.ts";

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

describe("a runbook that asks first", () => {
  test("checks at once, asks, runs the approved step, and succeeds when the measure holds and the alert has resolved", async () => {
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    expect(await automation.run()).toMatchObject({ state: "waiting-approval", asked: { count: 1, from: ["@oncall"] } });
    expect(await automation.stepStates()).toEqual(["latency finished"]);
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
      reason: expect.stringContaining("runs did not help here"),
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

describe("outputs of a step", () => {
  test("lose what stands under the name of a secret, before they are stored and before they are posted", async () => {
    const found = { pid: 7, password: "hunter2swordfish", api_token: "k-93j2k1", db: { secret: "s-77" } };
    automation.source.query = () => Promise.resolve({ rows: [found], cut: false });
    const steps = `
\`\`\`yaml step
id: blockers
uses: sql.query
with: { datasource: orders, sql: 'select 1' }
\`\`\`

\`\`\`yaml step
id: tell
uses: notify
with: { text: '{{ steps.blockers.rows[0] }} {{ steps.blockers.rows[0].password }}' }
\`\`\`
`;
    await automation.shelve([aRunbookText({ steps })]);
    await automation.fires();
    await rig.passes(5 * SECOND);
    expect(await automation.stepStates()).toEqual(expect.arrayContaining(["tell finished"]));
    const everywhere = JSON.stringify([await automation.journal(), rig.chat.messages, rig.chat.directs]);
    expect(everywhere).toContain("[secret]");
    for (const secret of ["swordfish", "k-93j2k1", "s-77"]) expect(everywhere).not.toContain(secret);
  });

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
    expect(await automation.stepStates()).toEqual(["latency finished", "cancel failed"]);
    await rig.passes(6 * SECOND);
    expect(await automation.stepStates()).toEqual(["latency finished", "cancel failed", "cancel finished"]);
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
    expect(await automation.stepStates(), "the chat has not even been asked for a channel").toEqual([
      "latency finished",
      "tell failed",
    ]);
    expect(received()).toEqual([]);
    await rig.passes(5 * SECOND);
    expect(await automation.stepStates()).toEqual(["latency finished", "tell failed", "tell finished"]);
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
    expect(await automation.stepStates()).toEqual(["latency finished", "tell failed"]);
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
