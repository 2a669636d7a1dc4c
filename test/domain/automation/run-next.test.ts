import { describe, expect, test } from "vitest";
import {
  mayStartAgainAt,
  decideNextMove,
  decideRecovery,
  decideSighting,
  type StepSighting,
} from "#domain/automation/run-next.ts";
import type { RunEnding, JournalLine, Run } from "#domain/automation/run.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { aLine, aRun, aRunPlan, aStep } from "#test/support/builders/runbooks/run-builders.ts";

const WRITE = aStep({
  id: "restart",
  uses: "k8s.restart",
  effect: "idempotent",
  touches: "systems",
  undo: ["verify-failed"],
  timeout: 2 * MINUTE,
});
const PLAN = aRunPlan({
  steps: [
    aStep(),
    WRITE,
    aStep({ id: "pause", uses: "k8s.scale", effect: "idempotent", touches: "systems", undo: ["run-ended"] }),
  ],
});
const LOOKED = aLine();
const WROTE = aLine({ idx: 1 });
const PAUSED = aLine({ idx: 2 });
const FAILED: RunEnding = { state: "failed", reason: "r", by: null };
const WELL: RunEnding = { state: "succeeded", reason: "r", by: null };

function nextMove(
  journal: readonly JournalLine[],
  {
    run = {},
    holds = true,
    speaksOf = [],
    around = {},
  }: { run?: Partial<Run>; holds?: boolean | string; speaksOf?: readonly string[]; around?: object } = {},
): string {
  const move = decideNextMove(
    aRun({ plan: PLAN, ...run }),
    journal,
    { holds: () => holds, speaksOf: () => speaksOf },
    {
      now: NOW,
      incidentOpen: true,
      alertFiring: true,
      ...around,
    },
  );
  switch (move.do) {
    case "start":
    case "undo":
      return `${move.do} ${move.index}${move.line === null ? "" : " again"}`;
    case "skip":
      return `skip ${move.index}: ${move.why}`;
    case "end":
    case "finish":
      return `${move.do} ${move.ending.state}: ${move.ending.reason}`;
    case "recover":
      return `recover ${move.line.idx}`;
    case "verify":
    case "stay":
      return move.do;
  }
}

describe("the next move", () => {
  test("is the first step, then the next, then the proof", () => {
    expect(nextMove([])).toBe("start 0");
    expect(nextMove([LOOKED])).toBe("start 1");
    expect(nextMove([LOOKED, WROTE])).toBe("start 2");
    expect(nextMove([LOOKED, WROTE, PAUSED])).toBe("verify");
  });

  test("finishes a started step first", () => {
    expect(nextMove([aLine({ state: "started" })], { run: { ending: FAILED } })).toBe("recover 0");
  });

  test("waits while the outcome of a step is unknown", () => {
    expect(nextMove([LOOKED, aLine({ idx: 1, state: "unknown" })])).toBe("stay");
    expect(nextMove([LOOKED, aLine({ idx: 1, state: "unknown" }), aLine({ idx: 1, attempt: 2 })])).toBe("start 2");
  });

  test("skips a step whose condition is false or unknown", () => {
    const when = { plan: aRunPlan({ steps: [aStep({ when: "x > 1" }), WRITE] }) };
    expect(nextMove([], { run: when, holds: false })).toBe("skip 0: not so: x > 1");
    expect(nextMove([], { run: when, holds: "no data in x" })).toBe("skip 0: no data in x");
  });

  test("continues after a failed read, and ends after a failed change", () => {
    expect(nextMove([aLine({ state: "failed", outcome: { says: "no metrics" } })])).toBe("start 1");
    expect(nextMove([LOOKED, aLine({ idx: 1, state: "failed", outcome: { says: "forbidden" } })])).toBe(
      "end failed: step restart: forbidden",
    );
  });

  test("continues after a message that could not be sent", () => {
    const plan = aRunPlan({ steps: [aStep({ id: "tell", uses: "notify", effect: "once", touches: "people" }), WRITE] });
    expect(nextMove([aLine({ state: "failed", outcome: { says: "the chat is away" } })], { run: { plan } })).toBe(
      "start 1",
    );
  });

  test("retries a transient failure until the step's timeout", () => {
    const line = aLine({ idx: 1, state: "failed", outcome: { says: "busy", retry: true } });
    expect(nextMove([LOOKED, line], { around: { now: NOW + 2 * MINUTE - 1 } })).toBe("start 1 again");
    expect(nextMove([LOOKED, line], { around: { now: NOW + 2 * MINUTE } })).toBe("end failed: step restart: busy");
    expect(
      nextMove([LOOKED, { ...line, outcome: { retry: true, proved: true } }], { around: { now: NOW + 60 * MINUTE } }),
    ).toBe("start 1 again");
  });

  test("ends when no step is left, unless something was changed", () => {
    expect(nextMove([LOOKED], { around: { incidentOpen: false } })).toBe("end canceled: the incident is over");
    expect(nextMove([LOOKED], { around: { alertFiring: false } })).toBe("end canceled: the alert resolved by itself");
    expect(nextMove([LOOKED, WROTE, PAUSED], { around: { incidentOpen: false, alertFiring: false } })).toBe("verify");
  });

  test.each([
    ["the alert resolved by itself", { alertFiring: false }],
    ["the incident is over", { incidentOpen: false }],
  ])("changes nothing more once %s, and proves what was changed", (why, around) => {
    const left = aLine({ idx: 2, state: "skipped" });
    const busy = aLine({ idx: 2, state: "failed", outcome: { says: "busy", retry: true } });
    const tell = aStep({ id: "tell", uses: "notify", effect: "once", touches: "people" });
    const ask = aStep({ id: "ask", uses: "approve", touches: "people" });
    expect(nextMove([LOOKED, WROTE], { around })).toBe(`skip 2: ${why}`);
    expect(nextMove([LOOKED, WROTE, left], { around })).toBe("verify");
    expect(nextMove([LOOKED, WROTE, busy], { around }), "no second attempt").toBe("verify");
    expect(nextMove([LOOKED, WROTE], { around, run: { plan: aRunPlan({ steps: [aStep(), WRITE, ask] }) } })).toBe(
      `skip 2: ${why}`,
    );
    expect(nextMove([LOOKED, WROTE], { around, run: { plan: aRunPlan({ steps: [aStep(), WRITE, tell] }) } })).toBe(
      "start 2",
    );
  });

  test("reads once more what a change relies on, after another change and after five minutes", () => {
    const looked = aLine();
    const wrote = aLine({ idx: 1, startedAt: NOW + 1, finishedAt: NOW + 2 });
    const again = aLine({ attempt: 2, startedAt: NOW + 3 });
    const asked = aRunPlan({ steps: [aStep(), WRITE, { ...PLAN.steps[2]!, when: "steps.pool.value > 1" }] });
    const [speaksOf, run] = [["pool"], { plan: asked }];
    expect(nextMove([looked], { run, speaksOf })).toBe("start 1");
    expect(nextMove([looked], { run, speaksOf, around: { now: NOW + 5 * MINUTE + 1 } })).toBe("start 0 again");
    expect(nextMove([looked, wrote], { run, speaksOf })).toBe("start 0 again");
    const skipped = aLine({ idx: 1, state: "skipped", startedAt: null, finishedAt: NOW + 2 });
    expect(nextMove([looked, skipped], { run, speaksOf }), "what was skipped changed nothing").toBe("start 2");
    expect(nextMove([looked, wrote, again], { run, speaksOf })).toBe("start 2");
    expect(nextMove([looked, wrote, again], { run, speaksOf, holds: "no data" })).toBe("skip 2: no data");
    const blind = aLine({ ...again, state: "failed", outcome: { says: "no metrics" } });
    expect(nextMove([looked, wrote, blind], { run, speaksOf, holds: false }), "it is read once").toMatch(/^skip 2/);
  });

  test("changes nothing when the runbook only suggests", () => {
    const skipped = [1, 2].map((idx) => aLine({ idx, state: "skipped" }));
    expect(nextMove([LOOKED], { run: { mode: "suggest" } })).toBe("skip 1: the runbook only suggests");
    expect(nextMove([LOOKED, ...skipped], { run: { mode: "suggest" } })).toBe("end suggested: nothing was changed");
  });

  test("never ends well without a proof", () => {
    expect(nextMove([LOOKED, WROTE, PAUSED], { run: { plan: { ...PLAN, verify: null } } })).toMatch(/^end failed/);
  });
});

describe("the rollback", () => {
  test("undoes what the ending requires, last step first, and then ends", () => {
    const all = [LOOKED, WROTE, PAUSED];
    expect(nextMove(all, { run: { ending: FAILED } })).toBe("undo 2");
    expect(nextMove([...all, aLine({ idx: -3 })], { run: { ending: FAILED } })).toBe("undo 1");
    expect(nextMove([...all, aLine({ idx: -3 }), aLine({ idx: -2 })], { run: { ending: FAILED } })).toBe(
      "finish failed: r",
    );
    expect(nextMove(all, { run: { ending: WELL } })).toBe("undo 2");
    expect(nextMove([...all, aLine({ idx: -3 })], { run: { ending: WELL } })).toBe("finish succeeded: r");
  });

  test("leaves out steps that did not run", () => {
    expect(nextMove([LOOKED, aLine({ idx: 1, state: "failed" })], { run: { ending: FAILED } })).toBe(
      "finish failed: r",
    );
  });

  test("is retried five times, then reported as failed", () => {
    const again = (attempt: number): JournalLine =>
      aLine({ idx: -3, attempt, state: "failed", outcome: { retry: true } });
    expect(nextMove([LOOKED, PAUSED, again(4)], { run: { ending: WELL } })).toBe("undo 2 again");
    expect(nextMove([LOOKED, PAUSED, again(5)], { run: { ending: WELL } })).toBe("finish succeeded: r");
  });
});

describe("a step that another worker started", () => {
  test.each([
    ["a reading", aStep(), aLine(), "again"],
    ["an intent that may be sent twice", WRITE, aLine({ idx: 1 }), "again"],
    ["what may happen once", aStep({ effect: "once" }), aLine(), "probe"],
    ["what goes on out there", aStep({ effect: "once" }), aLine({ handle: "77" }), "follow"],
    ["the undoing of what may happen once", aStep({ effect: "once" }), aLine({ idx: -1 }), "again"],
  ] as const)("is recovered as %s", (_, step, line, how) => expect(decideRecovery(step, line).do).toBe(how));

  test("starts again only after its lease and its own timeout", () => {
    expect(mayStartAgainAt(WRITE, aLine(), MINUTE)).toBe(NOW + 3 * MINUTE);
  });

  const SAFE = NOW + MINUTE;
  const refused: StepSighting = { found: "error", retryable: false, retryAfterMs: null, why: "forbidden" };
  const away: StepSighting = { found: "error", retryable: true, retryAfterMs: null, why: "away" };
  test.each<[string, StepSighting, number, object]>([
    ["is done when it happened", { found: "yes" }, NOW, { do: "done" }],
    ["waits while it may still happen", { found: "no" }, SAFE - 1, { do: "wait", until: SAFE }],
    ["is begun again when it did not happen", { found: "no" }, SAFE, { do: "again" }],
    ["is asked about when no one can tell", { found: "unknown" }, NOW, { do: "ask-people" }],
    ["is looked for again when the world is away", away, NOW, { do: "wait", until: NOW + 10_000 }],
    ["is looked for again when the world says", { ...away, retryAfterMs: 5 }, NOW, { do: "wait", until: NOW + 5 }],
    ["is asked about when the world stays away", away, SAFE, { do: "ask-people", why: "away" }],
    ["is asked about when the world refuses", refused, NOW, { do: "ask-people", why: "forbidden" }],
  ])("%s", (_, sighting, now, move) => {
    expect(decideSighting(aStep({ effect: "once" }), sighting, SAFE, now)).toMatchObject(move);
  });

  test("is not begun again when it may be sent twice: it has had its time", () => {
    const move = { do: "refuse", why: "it was not done in time" };
    expect(decideSighting(aStep({ effect: "idempotent" }), { found: "no" }, SAFE, SAFE)).toEqual(move);
  });
});
