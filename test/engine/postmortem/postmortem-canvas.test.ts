import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { formatEditBase } from "#domain/postmortem/section-versions.ts";
import { createReader } from "#engine/loop/reader.ts";
import { deriveEditBase } from "#engine/postmortem/postmortem-reader.ts";
import { createPostmortemEditor } from "#engine/postmortem/postmortem-editor.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { ALICE } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(async () => {
  await rig.reset();
  await rig.receives(
    deliveryOf([alertOf({ alertname: "Down", service: "order-service", severity: "P1" }, { startsAt: NOW })]),
  );
  await rig.passes(MINUTE);
  await rig.does({ type: "incident.resolve", reason: "rolled back" });
  await rig.fires({ alertname: "Down", service: "order-service", severity: "P1" }, { startsAt: NOW, endsAt: rig.now });
  await rig.passes(MINUTE);
});
afterAll(() => rig.close());

const canvasText = (): string | undefined => [...rig.chat.canvases.values()][0];
const files = (): string[] => rig.chat.channel(/^inc-1-/).files.map(({ name }) => name);
const writes = async (text: string): Promise<void> => {
  const page = (await createReader(rig.engine).postmortem(1))!;
  const markdown = page.markdown.replace(/(muster:human impact -->\n).*/, `$1${text}`);
  await createPostmortemEditor(rig.engine)({
    incident: 1,
    markdown,
    base: formatEditBase(deriveEditBase(page)),
    author: ALICE,
  });
  await rig.passes(2 * MINUTE);
};

test("the channel's canvas shows the postmortem once it is requested, and follows texts of people and late notes", async () => {
  expect(canvasText()).toBeUndefined();
  await rig.passes(HOUR);
  expect(canvasText()).toMatch(/^# INC-1 [\s\S]*Muster keeps this page of INC-1/);
  expect(canvasText()).not.toContain("<!--");
  await writes("400 orders");
  await rig.does({ type: "note.add", text: "the pool was too small" });
  await rig.passes(2 * MINUTE);
  expect(canvasText()).toMatch(/400 orders[\s\S]*the pool was too small/);
  expect([rig.chat.canvases.size, rig.selfAlerts()]).toEqual([1, []]);
});

test("a crash between making a canvas and recording it makes no second", async () => {
  await rig.passes(58 * MINUTE);
  rig.onStep = (step) => {
    if (step.step === "perform.called" && step.type === "chat.canvas") throw new Error("crash");
  };
  await rig.passes(MINUTE + 100);
  rig.onStep = () => {};
  rig.restart();
  await rig.passes(5 * MINUTE);
  expect([rig.chat.canvases.size, rig.chat.repeated]).toEqual([1, []]);
  expect(
    rig.chat.calls
      .filter(({ method }) => method === "canvas")
      .map(({ unsure }) => unsure)
      .at(-1),
  ).toBe(true);
});

test("where canvases are refused each version that people wrote is a file, once", async () => {
  rig.chat.withoutCanvases = true;
  await rig.passes(HOUR);
  expect(files()).toEqual(["INC-1-postmortem-1.md"]);
  await writes("400 orders");
  await rig.does({ type: "note.add", text: "the pool was too small" });
  await rig.passes(2 * MINUTE);
  await writes("410 orders");
  expect(files()).toEqual(["INC-1-postmortem-1.md", "INC-1-postmortem-v1.md", "INC-1-postmortem-v2.md"]);
  expect(rig.chat.channel(/^inc-1-/).files.at(-1)!.text).toContain("410 orders");
});

test.each([
  ["a private one is in no canvas", {}, true],
  ["the policy may want none", { canvas: false }, false],
])("%s", async (_, postmortem, hidden) => {
  rig.policy = aPolicy({ ...STAFFED_POLICY, postmortem });
  if (hidden)
    await rig.connection.pool.query("update incidents set state = jsonb_set(state::jsonb, '{private}', 'true')::json");
  await rig.passes(2 * HOUR);
  expect(canvasText()).toBeUndefined();
});
