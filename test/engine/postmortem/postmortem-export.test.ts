import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createPostmortemEditor } from "#engine/postmortem/postmortem-editor.ts";
import { createReader } from "#engine/loop/reader.ts";
import { PortError } from "#ports/port-error.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { ALICE } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

const DOCS = { github: { repo: "octo-org/docs", folder: "docs/postmortems" } };

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(async () => {
  await rig.reset();
  rig.policy = aPolicy({ ...STAFFED_POLICY, postmortem: DOCS });
  await rig.receives(
    deliveryOf([alertOf({ alertname: "Down", service: "order-service", severity: "P1" }, { startsAt: NOW })]),
  );
  await rig.passes(MINUTE);
  await rig.does({ type: "incident.resolve", reason: "rolled back" });
  await rig.settles();
});
afterAll(() => rig.close());

const reviews = async (): Promise<void> => {
  await rig.does({ type: "postmortem.review", reviewers: [] });
  await rig.passes(2 * MINUTE);
};
const file = (): string | undefined => rig.documents.files.get("docs/postmortems/INC-1.md");
const published = async (): Promise<string[]> =>
  (await rig.events()).flatMap((event) =>
    event.type === "postmortem.published" && event.data.where === "GitHub" ? [event.data.key] : [],
  );

test("keeps a draft unpublished; proposes it once from its review on, and keeps it up to date", async () => {
  await rig.does({ type: "note.add", text: "looked at the pool" });
  await rig.passes(2 * MINUTE);
  expect(rig.documents.proposed).toEqual([]);
  await reviews();
  expect(file()).toMatch(/^# INC-1 /);
  const write = createPostmortemEditor(rig.engine);
  const page = (await createReader(rig.engine).postmortem(1))!;
  const markdown = page.markdown.replace(/TODO\(.*\): Which customers.*/, "400 orders");
  expect((await write({ incident: 1, markdown, base: ";00000000", author: ALICE })).kind).toBe("written");
  await rig.passes(2 * MINUTE);
  expect(file()).toContain("400 orders");
  await rig.does({ type: "note.add", text: "the pool was too small" });
  await rig.passes(2 * MINUTE);
  expect(file()).toMatch(/400 orders[\s\S]*the pool was too small/);
  expect([new Set(rig.documents.proposed.map(({ key }) => key)).size, await published()]).toEqual([1, ["docs#1"]]);
});

test("makes no second proposal after a crash before the record, and reports that the outcome was unclear", async () => {
  rig.onStep = (step) => {
    if (step.step === "perform.called" && step.type === "ticket.postmortem") throw new Error("crash");
  };
  await rig.does({ type: "postmortem.review", reviewers: [] });
  await rig.settles();
  rig.onStep = () => {};
  rig.restart();
  await rig.passes(3 * MINUTE);
  expect([
    rig.documents.proposed.map(({ unsure }) => unsure),
    new Set(rig.documents.proposed.map(({ key }) => key)).size,
    await published(),
  ]).toEqual([[false, true], 1, ["docs#1"]]);
});

test("a refusal is reported once in the timeline, and blocks no ticket", async () => {
  rig.documents.fails(new PortError("forbidden", "the token may not write contents", { retryable: false }), 2);
  await reviews();
  await rig.does({ type: "note.add", text: "again" });
  await rig.passes(2 * MINUTE);
  expect(
    (await rig.events()).flatMap((event) => (event.type === "postmortem.unpublished" ? [event.data.reason] : [])),
  ).toEqual(["the token may not write contents"]);
});

test.each([
  ["stays here", {}, 0],
  ["is exported where the policy says so", { private: true }, 1],
])("a private one %s", async (_, more, proposals) => {
  rig.policy = aPolicy({ ...STAFFED_POLICY, postmortem: { ...DOCS, ...more } });
  await rig.connection.pool.query("update incidents set state = jsonb_set(state::jsonb, '{private}', 'true')::json");
  await reviews();
  expect(new Set(rig.documents.proposed.map(({ title }) => title)).size).toBe(proposals);
  expect(JSON.stringify(rig.documents.proposed)).not.toContain("order-service");
});
