import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";
import { BOB_PERSON } from "#test/support/builders/people.ts";

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(async () => {
  await rig.reset();
  await rig.receives(
    deliveryOf([alertOf({ alertname: "Down", service: "order-service", severity: "P0" }, { startsAt: NOW })]),
  );
  await rig.passes(MINUTE);
  await rig.does({ type: "role.claim", role: "commander" });
  await rig.does({ type: "incident.resolve", reason: "rolled back" });
  await rig.fires({ alertname: "Down", service: "order-service", severity: "P0" }, { startsAt: NOW, endsAt: rig.now });
});
afterAll(() => rig.close());

const directsTo = (user: string): string[] =>
  rig.chat.directs.filter((each) => each.user === user).map(({ text }) => text);

test("notifies the last commander an hour after the end that they own the postmortem, and its deadline", async () => {
  await rig.passes(59 * MINUTE);
  expect(directsTo("U0ALICE01").filter((text) => text.includes("postmortem"))).toEqual([]);
  await rig.passes(2 * MINUTE);
  expect(directsTo("U0ALICE01").at(-1)).toMatch(/You own the postmortem of .*due by \*?2026-11-24/);
  expect((await rig.incident()).postmortem).toMatchObject({
    state: "draft",
    owner: { name: "Alice" },
    due: "2026-11-24",
  });
});

test("reminds its owner before and after the deadline, and stops once it is reviewed", async () => {
  await rig.passes(2 * HOUR);
  await rig.does({ type: "postmortem.own", person: BOB_PERSON });
  await rig.passes(48 * HOUR);
  expect(directsTo(BOB_PERSON.id).filter((text) => text.includes("You own the postmortem"))).toHaveLength(2);
  await rig.passes(48 * HOUR);
  expect(directsTo(BOB_PERSON.id).filter((text) => text.includes("You own the postmortem"))).toHaveLength(3);
  expect(
    (await rig.events()).flatMap((event) => (event.type === "postmortem.nudged" ? [event.data.overdue] : [])),
  ).toEqual([false, true]);
  await rig.does({ type: "postmortem.review", reviewers: [{ id: "U0ALICE01", name: "Alice" }] });
  await rig.settles();
  await rig.does({ type: "postmortem.reviewed", version: ";00000000", problems: 0 });
  await rig.passes(10 * 24 * HOUR);
  expect(directsTo("U0ALICE01").at(-1)).toMatch(/You are asked to review/);
  expect((await rig.eventTypes()).filter((type) => type === "postmortem.nudged")).toHaveLength(2);
});

test("a process that dies between a reminder and its record reminds once", async () => {
  await rig.passes(30 * MINUTE);
  rig.onStep = (step) => {
    if (step.step === "perform.called" && step.type === "chat.direct") throw new Error("crash");
  };
  await rig.passes(31 * MINUTE);
  rig.onStep = () => {};
  rig.restart();
  await rig.passes(5 * MINUTE);
  expect(directsTo("U0ALICE01").filter((text) => text.includes("You own the postmortem"))).toHaveLength(1);
});
