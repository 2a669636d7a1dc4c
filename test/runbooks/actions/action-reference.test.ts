import { expect, test } from "vitest";
import { parse } from "libpg-query";
import { findRunner, RUNBOOK_ACTIONS, actionReference, SQL_CALLS } from "#runbooks/index.ts";

test("the published reference of actions is the one of the code", async () => {
  await expect(
    actionReference(),
    "docs/runbook-actions.md is out of date: run `npm run runbook-actions`",
  ).toMatchFileSnapshot("../../../docs/runbook-actions.md");
});

test("an action that changes a system cannot be declared read-only", () => {
  for (const { name, effect, touches, risk } of RUNBOOK_ACTIONS.values()) {
    expect([name, effect === "read"]).toEqual([name, touches === "nothing"]);
    if (risk === "high") expect([name, touches]).toEqual([name, "systems"]);
  }
});

test("an action that acts once is looked at again only where that sends nothing", () => {
  // A step whose probe found that it happened is followed: an action that sent its request there would act twice.
  const followed = [...RUNBOOK_ACTIONS.values()].filter(
    ({ name, effect }) => effect === "once" && name !== "approve" && findRunner(name).follow !== undefined,
  );
  expect(followed.map(({ name }) => name)).toEqual(["github.workflow"]);
});

test("every reviewed statement is one, for PostgreSQL", async () => {
  for (const { sql } of Object.values(SQL_CALLS)) expect((await parse(sql)).stmts).toHaveLength(1);
});

test("every action has a one-sentence summary", () => {
  for (const { name, summary } of RUNBOOK_ACTIONS.values())
    expect([name, /^[A-Z].{10,110}\.$/.test(summary)]).toEqual([name, true]);
});
