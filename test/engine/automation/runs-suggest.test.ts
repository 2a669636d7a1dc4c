import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { answerRunRequest } from "#engine/automation/run-commands.ts";
import { aRunbookText } from "#test/support/builders/runbooks/catalogs.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { MINUTE, SECOND } from "#test/support/builders/instants.ts";
import { EngineHarness, HIGH_LATENCY } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
let automation: EngineHarness["automation"];
beforeAll(async () => {
  rig = await EngineHarness.open();
  ({ automation } = rig);
});
beforeEach(() => rig.reset());
afterEach(() => expect(rig.selfAlerts()).toEqual([]));
afterAll(() => rig.close());

const LOOKS = `
\`\`\`yaml step
id: blockers
uses: sql.query
with: { datasource: orders, sql: 'select pid from pg_stat_activity' }
\`\`\`

\`\`\`yaml step
id: tell
uses: notify
with: { text: 'Look at the blockers.' }
\`\`\`
`;
const cardOfRun = (run = 1) =>
  JSON.stringify(rig.chat.messages.find(({ text }) => text.startsWith(`RUN-${run} `))!.blocks);

describe("a runbook that suggests", () => {
  beforeEach(async () => {
    await automation.shelve([aRunbookText({ mode: "suggest", steps: LOOKS })]);
    await automation.fires();
    await rig.passes(2 * SECOND);
  });

  test("shows what it found, and what the measure is and should be, with a link to all", async () => {
    expect(await automation.run()).toMatchObject({
      state: "suggested",
      reason: "nothing was changed; now 8.5 (wanted < 1)",
    });
    expect(cardOfRun()).toContain("pid=7");
    expect(cardOfRun()).toContain("/runs/RUN-1|all it found");
  });

  test("posts its messages", () => {
    expect(rig.chat.messages.map(({ text }) => text)).toContain("Look at the blockers.");
  });

  test("offers to do it: then it asks, as one that asks first does, and the person who asked may not approve", async () => {
    expect(cardOfRun()).toContain("run.perform");
    expect(await automation.asks({ do: "perform", run: 1 }, ALICE)).toEqual({
      ok: true,
      text: "RUN-2 has begun: cancel-blockers on db/order-service. Somebody else must approve what changes anything.",
    });
    expect(await automation.run(2)).toMatchObject({ state: "waiting-approval", mode: "approve", by: { id: ALICE.id } });
    expect(await automation.approves(ALICE, 2)).toMatchObject({ ok: false });
    expect(await automation.approves(BOB, 2)).toMatchObject({ ok: true });
    expect(automation.source.called).toHaveLength(1);
    await rig.passes(SECOND);
    automation.metrics.values.set("latency", 0.5);
    await automation.resolves();
    await rig.passes(2 * MINUTE);
    expect(await automation.run(2)).toMatchObject({ state: "succeeded" });
    expect(await automation.asks({ do: "perform", run: 2 }, BOB)).toEqual({
      ok: false,
      text: "RUN-2 suggests nothing that could be done.",
    });
  });
});

test("a runbook that asks first and finds no reason has nothing to do, and offers nothing", async () => {
  automation.metrics.values.set("latency", 0.5);
  await automation.shelve([aRunbookText()]);
  await automation.fires();
  await rig.passes(2 * SECOND);
  expect(await automation.run()).toMatchObject({ state: "suggested" });
  expect(cardOfRun()).toContain("*nothing to do*");
  expect(cardOfRun()).not.toContain("run.perform");
});

describe("a run that a person asks for", () => {
  const runsFor = (labels: Readonly<Record<string, string>>, name = "cancel-blockers") =>
    automation.asks({ do: "run", name, labels }, ALICE);
  const other = () =>
    aRunbookText({ id: "other-blockers" }).replace('alertname="HighLatency"', 'alertname="SomethingElse"');

  test("is judged by the alert that its runbook is for, and by its measure alone where that is another", async () => {
    await automation.shelve([aRunbookText({ mode: "off" }), other()]);
    await automation.fires();
    await runsFor({});
    expect(await automation.run()).toMatchObject({ alert: { source: "alertmanager" }, labels: HIGH_LATENCY });
    await runsFor({ service: "stock-service" });
    expect(await automation.run(2)).toMatchObject({ alert: null, labels: { service: "stock-service" } });
    await runsFor({}, "other-blockers");
    expect(await automation.run(3)).toMatchObject({ alert: null, target: "db/order-service" });
  });

  test("is refused outside an incident where no one could approve it", async () => {
    const text = aRunbookText({ mode: "auto" }).replace(/^approve: .*$/m, "");
    await automation.shelve([text]);
    await automation.fires();

    const request = { do: "run", name: "cancel-blockers", labels: { service: "stock-service" } } as const;
    expect(await answerRunRequest(rig.engine, request, ALICE, null)).toEqual({
      ok: false,
      text: expect.stringContaining("its step cancel names no one who may approve it"),
    });
    expect(await automation.asks(request)).toMatchObject({ ok: true });
  });
});
