import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createSubmit, type CommandSubmission } from "#engine/base/submit.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";
import { aSubmission } from "#test/support/builders/submissions.ts";

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(() => rig.reset());
afterEach(() => expect(rig.selfAlerts()).toEqual([]));
afterAll(() => rig.close());

/** Text that does not compress: an index cannot hold much of it. */
function noise(length: number, seed: number): string {
  let [text, state] = ["", seed];
  while (text.length < length) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    text += String.fromCharCode(0x4e00 + ((state >>> 8) % 20_000));
  }
  return text;
}

test("groups alerts with very long names as usual, and blocks no others", async () => {
  const [one, other] = [noise(20_000, 1), `${noise(20_000, 1)}!`];
  for (const [i, alertname] of [one, other, one, "Short"].entries())
    await rig.receives(
      deliveryOf([
        alertOf({ alertname, service: "s", severity: "P3", instance: String(i) }, { startsAt: NOW, summary: "long" }),
      ]),
    );
  await rig.settles();
  expect((await rig.incidents()).map(({ alerts }) => alerts.total)).toEqual([2, 1, 1]);
});

test("a command that cannot even be written down fails alone", async () => {
  const submit = createSubmit(rig.engine);
  const command = (key: string, at: number): CommandSubmission =>
    aSubmission({ type: "incident", incident: 1, command: { type: "incident.acknowledge" } }, { key, at });
  const results = await Promise.allSettled(
    [command("a", NOW), command("b", NOW), command("c", Number.NaN), command("d", NOW)].map(submit),
  );
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
  expect((await rig.commands()).map(({ key }) => key)).toEqual(["a", "b", "d"]);
});
