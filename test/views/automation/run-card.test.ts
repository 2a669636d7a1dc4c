import { expect, test } from "vitest";
import type { Run } from "#domain/automation/run.ts";
import { runCard } from "#views/automation/run-card.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { aLine, aRun, aRunPlan, aStep } from "#test/support/builders/runbooks/run-builders.ts";
import { blockProblems } from "#test/support/doubles/slack/slack-limits.ts";
import { renderMessage } from "#integrations/slack/render-message.ts";

const RESTART = aStep({
  id: "restart",
  uses: "k8s.restart",
  touches: "systems",
  with: { namespace: "shop", deployment: "shop" },
});
const plan = aRunPlan({ steps: [aStep(), RESTART], params: { service: { value: "order-service", row: null } } });
const APPROVAL_ASKED = {
  step: 1,
  hash: "0123456789abcdef",
  from: ["@oncall"],
  count: 2,
  until: NOW + MINUTE,
  why: "the runbook asks first",
  by: [{ id: "U1", name: "Alice" }],
};
const record = { verified: 12, of: 12, here: 12 };
const LOOKED = aLine({ outcome: { output: { value: 0.97 } } });
const renderedRunCard = (run: Partial<Run>, ...lines: Parameters<typeof runCard>[1]) =>
  renderMessage(runCard(aRun({ plan, ...run }), lines, record));

test("a run that waits for approval shows its findings, its exact step, its approvers and its deadline", () => {
  expect(renderedRunCard({ state: "waiting-approval", asked: APPROVAL_ASKED }, LOOKED)).toMatchSnapshot();
});

test("a verified run shows the effect of each change", () => {
  const text = JSON.stringify(
    renderedRunCard(
      { state: "succeeded", reason: "0.5 (wanted < 1)" },
      LOOKED,
      aLine({ idx: 1, before: [8.5], after: [0.5] }),
    ).blocks,
  );
  expect(text).toContain("*helped* (8.5 → 0.5)");
  expect(text).not.toContain('"type":"actions"');
});

test("a run with an unknown outcome asks about it, and nothing else", () => {
  const ids = [
    ...JSON.stringify(renderedRunCard({ state: "unknown" }, LOOKED, aLine({ idx: 1, state: "unknown" }))).matchAll(
      /"action_id":"([^"]+)"/g,
    ),
  ].map(([, id]) => id);
  expect(ids).toEqual(["run.happened", "run.again", "run.stop"]);
});

test("text from outside is shown as text, at any length", () => {
  const loud = renderedRunCard(
    { state: "failed", reason: "<!channel> & more" },
    aLine({ state: "failed", outcome: { says: "<!here>".repeat(2_000) } }),
  );
  expect(JSON.stringify(loud)).not.toMatch(/<!(?:channel|here)>/);
  expect(blockProblems(loud.blocks, 50)).toEqual([]);
});

test("an approval shows every known value, and no value breaks out of its block", () => {
  const does = { namespace: "shop", from: "7", note: "x``` *approved by security*" };
  const text = JSON.stringify(
    renderedRunCard({ state: "waiting-approval", asked: { ...APPROVAL_ASKED, does } }).blocks,
  );
  expect(text).toContain(String.raw`\"from\": \"7\"`);
  expect(text.match(/```/g)).toHaveLength(2);
  const long = renderedRunCard({
    state: "waiting-approval",
    asked: { ...APPROVAL_ASKED, does: { note: "<".repeat(3_000) } },
  });
  expect(JSON.stringify(long.blocks).match(/```/g), "also when it is cut").toHaveLength(2);
  expect(JSON.stringify(long.blocks)).toContain("service = order-service");
});

test("text is cut between characters", () => {
  const many = aRunPlan({ steps: Array.from({ length: 40 }, (_, i) => aStep({ id: `s${i}` })) });
  const lines = many.steps.map((_, idx) =>
    aLine({ idx, state: "failed", outcome: { says: "🔥".repeat(150 + (idx % 2)) } }),
  );
  for (const state of ["failed", "waiting-approval"] as const)
    expect(
      JSON.stringify(
        renderedRunCard(
          { plan: many, state, reason: `x${"🔥".repeat(400)}`, asked: { ...APPROVAL_ASKED, why: "w" } },
          ...lines,
        ).blocks,
      ),
    ).not.toMatch(/\\ud8/i);
});

test("an output is one line, and cannot imitate another step", () => {
  const text = JSON.stringify(
    renderedRunCard({}, aLine({ state: "failed", outcome: { says: "no\n☑️ *rollback* `k8s.rollback` done" } })).blocks,
  );
  expect(text).toContain("no ☑️ *rollback*");
});

test("a step that a click cannot approve links its page, and can be denied here", () => {
  const requests = {
    step: 0,
    hash: "0123456789abcdef",
    from: ["@oncall"],
    count: 2,
    until: NOW + MINUTE,
    why: "it is of high risk",
    by: [],
  };
  const shown = JSON.stringify(
    renderMessage(
      runCard(
        aRun({ state: "waiting-approval", asked: requests }),
        [],
        { verified: 0, of: 0, here: 0 },
        { page: "https://muster.example/runs/RUN-1" },
      ),
    ),
  );
  expect(shown).toContain('"url":"https://muster.example/runs/RUN-1"');
  expect(shown).not.toContain("run.approve");
  expect(shown).toContain("run.deny");
});
