import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { recordWork, reportInterruption } from "#engine/alerting/interruption-report.ts";
import { describeEvent } from "#domain/events/event-registry.ts";
import { HOUR, MINUTE, SECOND } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(() => rig.reset());
afterAll(() => rig.close());

const interruptionSentences = async (): Promise<string[]> =>
  (await rig.events()).filter(({ type }) => type === "watch.interrupted").map(describeEvent);
const announced = (): number =>
  rig.chat.messages.filter(({ channel, text }) => channel === "incidents" && text.includes("Muster did not run"))
    .length;

describe("a time in which no worker ran", () => {
  test("is reported once in the timeline of what was open, and where incidents are announced", async () => {
    await rig.opensIncident();
    await recordWork(rig.engine, rig.submit);
    rig.now += MINUTE;
    await recordWork(rig.engine, rig.submit);
    await rig.settles();
    expect(await interruptionSentences()).toEqual([]);
    rig.now += 3 * HOUR;
    await Promise.all([recordWork(rig.engine, rig.submit), recordWork(rig.engine, rig.submit)]);
    await rig.settles();
    rig.now += MINUTE;
    await recordWork(rig.engine, rig.submit);
    await rig.settles();
    expect(await interruptionSentences()).toEqual(["Muster did not run from 14:33 to 17:33 UTC"]);
    expect(rig.log.selfAlerts.some((line) => line.includes("Muster did not run from 14:33 to 17:33 UTC"))).toBe(true);
    expect(announced()).toBe(1);
  });

  test("is counted in real time where a story is played at a pace", async () => {
    await rig.opensIncident();
    const pace = 200;
    for (const realSeconds of [20, 20, 119]) {
      await recordWork(rig.engine, rig.submit, pace);
      rig.now += realSeconds * SECOND * pace;
    }
    await recordWork(rig.engine, rig.submit, pace);
    await rig.settles();
    expect(await interruptionSentences()).toEqual([]);
    rig.now += 121 * SECOND * pace;
    await recordWork(rig.engine, rig.submit, pace);
    await rig.settles();
    expect(await interruptionSentences()).toHaveLength(1);
  });

  test("is not reported to an incident that has ended", async () => {
    await rig.opensIncident();
    await rig.does({ type: "incident.cancel", reason: "false alarm" } as never);
    await rig.settles();
    await reportInterruption(rig.engine, rig.submit, { kind: "pause", from: rig.now - HOUR, until: rig.now });
    await rig.settles();
    expect(await interruptionSentences()).toEqual([]);
  });
});

test("a step that several processes see is reported once", async () => {
  await rig.opensIncident();
  const step = { kind: "step", from: rig.now, until: rig.now - 2 * HOUR } as const;
  await reportInterruption(rig.engine, rig.submit, step);
  await reportInterruption(rig.engine, rig.submit, { ...step, from: step.from + 900, until: step.until + 900 });
  await rig.settles();
  expect(await interruptionSentences()).toHaveLength(1);
});
