import { expect, test } from "vitest";
import { ACTIONS, actionReference } from "#runbooks/index.ts";

test("the published reference of actions is the one of the code", async () => {
  await expect(actionReference(), "docs/runbook-actions.md is out of date: run `npm run runbook-actions`").toMatchFileSnapshot("../../docs/runbook-actions.md");
});

test("whatever changes a system cannot be a mere reading", () => {
  for (const { name, effect, touches, risk } of ACTIONS.values()) {
    expect([name, effect === "read"]).toEqual([name, touches === "nothing"]);
    if (risk === "high") expect([name, touches]).toEqual([name, "systems"]);
  }
});

test("every action says in one sentence what it does", () => {
  for (const { name, summary } of ACTIONS.values()) expect([name, /^[A-Z].{10,110}\.$/.test(summary)]).toEqual([name, true]);
});
