import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { writeReference } from "#domain/incident/incident-reference.ts";
import { createWeeklyDigest } from "#engine/reporting/weekly-digest.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { HOUR, MINUTE, NOW, instantOf } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(() => rig.reset());
afterAll(() => rig.close());

const weeks = (): string[] => rig.chat.messages.map(({ text }) => text).filter((text) => text.startsWith("The week"));
/** The clock comes to this instant, and whatever looks now and then looks. */
const comes = async (instant: number): Promise<void> => {
  await rig.passes(instant - rig.now);
  await createWeeklyDigest(rig.engine, rig.submit)();
  await rig.settles();
};

test("the weekly figures are posted once, on the day and time of the policy, by any number of processes", async () => {
  await rig.receives(
    deliveryOf([alertOf({ alertname: "Down", service: "order-service", severity: "P2" }, { startsAt: NOW })]),
  );
  await rig.passes(MINUTE);
  await comes(instantOf("2026-11-23T08:59:00Z"));
  expect(weeks()).toEqual([]);
  await comes(instantOf("2026-11-23T09:00:30Z"));
  await comes(instantOf("2026-11-23T09:01:00Z"));
  rig.restart();
  await comes(instantOf("2026-11-23T12:00:00Z"));
  expect(weeks()).toEqual(["The week 2026-11-16 to 2026-11-23: 1 incident"]);
  await comes(instantOf("2026-11-30T09:01:00Z"));
  expect(weeks().at(-1)).toBe("The week 2026-11-23 to 2026-11-30: 0 incidents");
  expect(weeks()).toHaveLength(2);
});

test("its links name which incident of the number they lead to", async () => {
  for (const [name, startsAt] of [
    ["Down", NOW],
    ["Slow", NOW + MINUTE],
  ] as const)
    await rig.receives(deliveryOf([alertOf({ alertname: name, service: name, severity: "P2" }, { startsAt })]));
  await comes(instantOf("2026-11-23T09:00:30Z"));
  const posted = rig.chat.messages.filter(({ text }) => text.startsWith("The week"));
  const links = JSON.stringify(posted).match(/\/incidents\/INC-\d+[^|>"\\]*/g) ?? [];
  expect(new Set(links)).toEqual(
    new Set((await rig.incidents()).map((each) => `/incidents/INC-${each.number}?of=${writeReference(each)}`)),
  );
});

test("a crash between posting and recording it posts no second", async () => {
  rig.policy = aPolicy({ ...STAFFED_POLICY, digest: { weekly: { on: "saturday", at: "14:30" } } });
  rig.onStep = (step) => {
    if (step.step === "perform.called" && step.type === "chat.week") throw new Error("crash");
  };
  await comes(NOW + MINUTE);
  rig.onStep = () => {};
  rig.restart();
  await rig.passes(HOUR);
  expect(weeks()).toHaveLength(1);
});

test("a Muster that was down for a day posts no old news", async () => {
  await comes(instantOf("2026-11-24T09:00:00Z"));
  expect(weeks()).toEqual([]);
});
