import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createReader } from "#engine/loop/reader.ts";
import { aRunbookText } from "#test/support/builders/runbooks/catalogs.ts";
import { ALICE } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { HOUR, MINUTE } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

const LATENCY_P1 = { alertname: "HighLatency", service: "order-service", severity: "P1" };
const OTHER = { alertname: "ErrorRate", service: "payment-service", severity: "P1" };

let rig: EngineHarness;
let automation: EngineHarness["automation"];
beforeAll(async () => {
  rig = await EngineHarness.open();
  ({ automation } = rig);
});
beforeEach(async () => {
  await rig.reset();
  rig.policy = aPolicy({ ...STAFFED_POLICY, postmortem: { github: { repo: "octo-org/docs", folder: "docs" } } });
  await automation.shelve([aRunbookText()]);
});
afterAll(() => rig.close());

const approvesRun = async (incident = 1): Promise<void> =>
  expect(await automation.approves(ALICE, 1, incident)).toMatchObject({ ok: true });
const postmortemOf = async (incident: number): Promise<string> =>
  (await createReader(rig.engine).postmortem(incident))!.markdown;
const ROW =
  /\| cancel-blockers \| .*cancel.* on db\/order-service \| Alice \| 8\.5 \| 0\.5 \| &lt; 1 \| helped \| RUN-1 verified \|/;

test("the postmortem lists what a runbook did, who approved it, and whether it helped", async () => {
  await automation.fires(LATENCY_P1);
  expect(await postmortemOf(1)).toContain("No step of a runbook was recorded.");
  await approvesRun();
  expect(await postmortemOf(1)).toContain("what it did is not known | RUN-1 not over |");
  automation.metrics.values.set("latency", 0.5);
  await rig.passes(4 * MINUTE);
  await automation.resolves(LATENCY_P1);
  await rig.passes(20 * MINUTE);
  expect(await postmortemOf(1)).toMatch(ROW);
  expect(await postmortemOf(1)).toMatch(/- It helped: cancel: /);
});

test("a run that ends after the incident updates the published postmortem", async () => {
  await automation.fires(LATENCY_P1);
  await approvesRun();
  automation.metrics.values.set("latency", 0.5);
  await rig.passes(MINUTE);
  await rig.does({ type: "incident.resolve", reason: "better" });
  await rig.does({ type: "postmortem.review", reviewers: [] });
  await rig.passes(MINUTE);
  expect(rig.documents.files.get("docs/INC-1.md")).toContain("RUN-1 not over");
  await automation.resolves(LATENCY_P1);
  await rig.passes(10 * MINUTE);
  expect(rig.documents.files.get("docs/INC-1.md")).toMatch(ROW);
});

test("the steps of a merged incident appear in the merge target, unless it was unmerged or private", async () => {
  await automation.fires(LATENCY_P1);
  await automation.fires(OTHER);
  await approvesRun();
  automation.metrics.values.set("latency", 0.5);
  await rig.does({ type: "incident.merge", into: 2 }, { incident: 1 });
  await rig.does({ type: "incident.resolve", reason: "better" }, { incident: 2 });
  await rig.does({ type: "postmortem.review", reviewers: [] }, { incident: 2 });
  await rig.passes(MINUTE);
  expect(rig.documents.files.get("docs/INC-2.md")).toContain("RUN-1 not over");
  await automation.resolves(LATENCY_P1);
  await rig.passes(HOUR);
  expect(rig.documents.files.get("docs/INC-2.md")).toMatch(ROW);
  await rig.connection.pool.query(
    "update incidents set state = jsonb_set(state::jsonb, '{private}', 'true')::json where number = 1",
  );
  expect(await postmortemOf(2)).toContain("No step of a runbook was recorded.");
});
