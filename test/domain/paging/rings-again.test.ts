import { expect, test } from "vitest";
import { coreOfDown } from "#test/support/builders/core/down-alerts.ts";
import { MINUTE } from "#test/support/builders/instants.ts";
import { PAGER } from "#test/support/builders/people.ts";
import { factsOf } from "#test/support/harness/core.ts";

test("an alarm that rings again in the pager: its page is not acknowledged, and the commander goes on having the incident", () => {
  const core = coreOfDown("P1");
  core.does({ type: "role.claim", role: "commander" });
  core.passes(MINUTE);
  const alarm = `muster:${core.incident().pages[0]!.key}:uid`;
  const facts = factsOf(core, () =>
    core.does({ type: "pager.heard", what: "unacknowledged", alarm, text: "the snooze has ended" }, PAGER),
  );
  expect(facts).toEqual(["alarm.reported", "page.expired"]);
  expect(core.incident()).toMatchObject({ status: "acknowledged", pages: [{ status: "expired" }] });
});
