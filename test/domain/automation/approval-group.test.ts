import { describe, expect, test } from "vitest";
import {
  approveMembers,
  decideGroupApproval,
  followersOf,
  ledBy,
  type ApprovalMemory,
} from "#domain/automation/approval-group.ts";
import type { ApprovalTerms } from "#domain/automation/approval.ts";
import type { ApprovalRequest, GroupedRun, Run } from "#domain/automation/run.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { aRun } from "#test/support/builders/runbooks/run-builders.ts";

const TERMS: ApprovalTerms = {
  hash: "h1",
  from: ["@oncall"],
  count: 1,
  expires: 10 * MINUTE,
  why: "many alerts",
  does: { pids: [7] },
};
/** What a hash is made of can be read in it. */
const digest = (text: string): string => `#${text}`;
const member = (run: number): GroupedRun => ({ run, target: "k8s/shop", hash: `h${run}` });
const GROUP = JSON.stringify(["pool", ["@oncall"], null]);

function asked(overrides: Partial<ApprovalRequest> = {}): ApprovalRequest {
  const { hash, from, count, why: reason, does } = TERMS;
  return {
    step: 0,
    hash,
    from,
    count,
    until: NOW + 10 * MINUTE,
    why: reason,
    does,
    by: [],
    group: GROUP,
    ...overrides,
  };
}

/** RUN-9 asks for itself and for those that it leads. */
function aLeader(overrides: Partial<ApprovalRequest> = {}, number = 9): Run {
  return aRun({ number, state: "waiting-approval", asked: asked({ over: [member(number)], ...overrides }) });
}

function decide(memory: Partial<ApprovalMemory> = {}, terms: Partial<ApprovalTerms> = {}) {
  const all = { now: NOW, run: aRun(), isPrivate: false, questions: [], ...memory };
  return decideGroupApproval(all, 0, { ...TERMS, ...terms }, digest);
}

describe("a run that needs people, of which there are many", () => {
  const over = Array.from({ length: 50 }, (_, i) => member(100 + i));
  const led = aRun({ asked: asked({ ledBy: 9 }) });
  const cases: readonly (readonly [string, Partial<ApprovalMemory>, object])[] = [
    ["asks when no other does", {}, { do: "ask", asked: { over: [member(1)], until: NOW + 10 * MINUTE } }],
    ["joins the question of another", { questions: [aLeader()] }, { do: "join", asked: { ledBy: 9, hash: "h1" } }],
    [
      "does not join one about another step, other people or another incident",
      { questions: [aLeader({ group: JSON.stringify(["logs", ["@oncall"], null]) })] },
      { do: "ask" },
    ],
    ["does not join one that is nearly over", { questions: [aLeader({ until: NOW + 5 * MINUTE - 1 })] }, { do: "ask" }],
    ["joins one that has half of its time", { questions: [aLeader({ until: NOW + 5 * MINUTE })] }, { do: "join" }],
    ["does not join one about 50 runs", { questions: [aLeader({ over })] }, { do: "ask" }],
    ["joins one about 49 runs", { questions: [aLeader({ over: over.slice(1) })] }, { do: "join" }],
    ["does not join itself", { run: aRun({ number: 9 }), questions: [aLeader()] }, { do: "ask" }],
    [
      "is left alone while it ends",
      { run: aRun({ ending: { state: "failed", reason: "", by: null } }) },
      { do: "go-on" },
    ],
    ["waits while its own question is open", { run: aRun({ asked: asked({ over: [member(1)] }) }) }, { do: "wait" }],
    [
      "waits while another asks for it",
      { run: led, questions: [aLeader({ over: [member(9), member(1)] })] },
      { do: "wait", asked: { ledBy: 9 } },
    ],
    [
      "asks again for the rest of the time when its leader has gone",
      { run: aRun({ asked: asked({ ledBy: 9, until: NOW + MINUTE }) }) },
      { do: "ask", asked: { until: NOW + MINUTE } },
    ],
    [
      "joins again when its leader asks for something else of it",
      { run: led, questions: [aLeader({ over: [member(9), { ...member(1), hash: "old" }] })] },
      { do: "join", leads: { over: [member(9), member(1)] } },
    ],
    [
      "asks anew when it would do something else by now",
      { run: aRun({ asked: asked({ hash: "old", over: [{ ...member(1), hash: "old" }], until: NOW }) }) },
      { do: "ask", asked: { until: NOW + 10 * MINUTE } },
    ],
    [
      "ends when its time is over",
      { run: aRun({ asked: asked({ ledBy: 9, until: NOW }) }) },
      { do: "end", ending: { state: "canceled", reason: "nobody approved pool in time" } },
    ],
  ];
  test.each(cases)("%s", (_, memory, move) => {
    expect(decide(memory)).toMatchObject(move);
  });

  test("makes another question of the one that it joins: all plans, no answers, the stricter count", () => {
    const leader = aLeader({ by: [ALICE], count: 2 });
    expect(decide({ questions: [leader] })).toMatchObject({
      leads: { over: [member(9), member(1)], by: [], count: 2, hash: '#[[1,"h1"],[9,"h9"]]' },
    });
    expect(decide({ questions: [leader] }, { count: 3 })).toMatchObject({ leads: { count: 3 } });
  });

  test.each([
    ["anyone's incident, for a group of people", ["@oncall"], 1, false, null],
    ["a private incident", ["@oncall"], 1, true, 1],
    ["an incident whose responders answer", [], 1, false, 1],
    ["no incident", [], null, false, null],
  ])("asks together over incidents only where all may read it: %s", (_, from, incident, isPrivate, alone) => {
    expect(decide({ run: aRun({ incident }), isPrivate }, { from })).toMatchObject({
      asked: { group: JSON.stringify(["pool", from, alone]) },
    });
  });
});

describe("the answer to a question about many", () => {
  const waiting = (number: number, overrides: Partial<Run> = {}): Run =>
    aRun({ number, state: "waiting-approval", asked: asked({ hash: `h${number}`, ledBy: 9 }), ...overrides });
  const leader = aLeader({ over: [member(9), member(1), member(2)], count: 2 });
  const pace = { writeBudget: { per: 10 * MINUTE }, domainBudget: { per: 5 * MINUTE } };

  test("approves each for what it would do alone, for as long as the last one waits", () => {
    const approved = approveMembers(leader, [leader, waiting(1), waiting(2)], [ALICE, BOB], pace, NOW);
    expect(approved.map(({ run, asked: { hash, until, count, by } }) => [run.number, hash, until, count, by])).toEqual(
      [9, 1, 2].map((number) => [number, `h${number}`, NOW + 40 * MINUTE, 2, [ALICE, BOB]]),
    );
    for (const each of approved) expect(Object.keys(each.asked)).not.toEqual(expect.arrayContaining(["over"]));
    expect(approved.map((each) => [each.asked.over, each.asked.ledBy])).toEqual(
      approved.map(() => [undefined, undefined]),
    );
  });

  test("approves for four hours at most", () => {
    const slow = { ...pace, writeBudget: { per: 24 * HOUR } };
    expect(approveMembers(leader, [leader], [ALICE], slow, NOW)[0]?.asked.until).toBe(NOW + 4 * HOUR);
  });

  test.each([
    ["waits", {}, true, true],
    ["is ending", { ending: { state: "canceled", reason: "", by: null } }, false, false],
    ["runs", { state: "running" }, false, false],
    ["has another leader by now", { asked: asked({ hash: "h1", ledBy: 8 }) }, false, false],
    ["would do something else by now", { asked: asked({ hash: "other", ledBy: 9 }) }, false, true],
  ] as readonly (readonly [string, Partial<Run>, boolean, boolean])[])(
    "counts for one that %s: approved %s, ended by a denial %s",
    (_, overrides, approves, denies) => {
      const run = waiting(1, overrides);
      expect(approveMembers(leader, [run], [ALICE], pace, NOW).length === 1).toBe(approves);
      expect(ledBy(leader, [run]).length === 1).toBe(denies);
    },
  );

  test("is asked for by the others when the run that asks has ended", () => {
    expect(followersOf(leader)).toEqual([1, 2]);
    expect(followersOf(waiting(1))).toEqual([]);
    expect(followersOf(aRun())).toEqual([]);
  });
});
