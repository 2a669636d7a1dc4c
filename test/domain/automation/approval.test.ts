import { describe, expect, test } from "vitest";
import {
  approvalTimeout,
  decideApproval,
  isApprovalRequested,
  type ApprovalTerms,
} from "#domain/automation/approval.ts";
import type { ApprovalRequest, Run } from "#domain/automation/run.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { aRun } from "#test/support/builders/runbooks/run-builders.ts";

const TERMS: ApprovalTerms = { hash: "h", from: ["@oncall"], count: 2, expires: 10 * MINUTE, why: "risky", does: {} };
const { expires: _, ...QUESTION } = TERMS;
const ASKED: ApprovalRequest = { ...QUESTION, step: 0, until: NOW + MINUTE, by: [] };

describe("a run that needs people", () => {
  test.each<[string, Partial<Run>, object]>([
    ["asks them", {}, { do: "ask", asked: { ...ASKED, until: NOW + 10 * MINUTE } }],
    ["asks them about the next step", { asked: { ...ASKED, step: 1 } }, { do: "ask", asked: { step: 0 } }],
    [
      "asks again when it would do something else, whoever agreed before",
      { asked: { ...ASKED, hash: "old", by: [ALICE, BOB] } },
      { do: "ask", asked: { hash: "h", by: [] } },
    ],
    ["waits for them", { asked: ASKED }, { do: "wait", until: NOW + MINUTE }],
    ["waits for the second of two", { asked: { ...ASKED, by: [ALICE] } }, { do: "wait" }],
    ["goes on when they have agreed", { asked: { ...ASKED, by: [ALICE, BOB] } }, { do: "pass" }],
    ["ends when their time is over", { asked: { ...ASKED, until: NOW } }, { do: "end", ending: { state: "canceled" } }],
    ["is left alone while it ends", { ending: { state: "failed", reason: "", by: null } }, { do: "go-on" }],
  ])("%s", (_, run, move) => {
    expect(decideApproval(aRun(run), 0, TERMS, NOW)).toMatchObject(move);
  });

  test.each([
    [[], "nobody approved pool in time"],
    [[ALICE], "pool was not approved by enough people in time"],
    [[ALICE, BOB], "the approval of pool ran out before it could be done"],
  ])("ends in words when its time has passed: %j", (by, reason) => {
    expect(approvalTimeout({ ...ASKED, by }, "pool")).toEqual({ state: "canceled", reason, by: null });
  });

  test("is known to have asked about a step", () => {
    const run = aRun({ asked: ASKED });
    expect([isApprovalRequested(run, 0), isApprovalRequested(run, 1), isApprovalRequested(aRun(), 0)]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
