import { RE2JS } from "re2js";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { findActiveSilence } from "#domain/alerting/silence.ts";
import { resolveTeam } from "#domain/alerting/routing.ts";
import { classifySeverity } from "#domain/policy/severity.ts";
import { compileRunbook, isForAlert, takesValue } from "#runbooks/language/compiled-runbook.ts";
import { checkRunbook, hasRunbook, matchRunbooks, planRunbook, type Runbook } from "#runbooks/index.ts";
import { aRunbookText, catalogOf } from "#test/support/builders/runbooks/catalogs.ts";
import { aPolicy } from "#test/support/builders/policies.ts";

/** Counts what is compiled, and compiles it all the same. */
const compilations = vi.spyOn(RE2JS, "compile");
afterAll(() => compilations.mockRestore());

const ALERTS = Array.from({ length: 1_000 }, (_, i) => ({
  alertname: i % 2 === 0 ? "HighLatency" : "HighErrors",
  service: `service-${i}`,
  severity: "warning",
}));

describe("what an alert is held against", () => {
  let runbooks: readonly Runbook[];
  const text = aRunbookText().replace(`alertname="HighLatency"`, `alertname=~"High(Latency|Load)"`);
  beforeAll(async () => {
    ({ runbooks } = await catalogOf(text, text.replace("id: cancel-blockers", "id: other")));
  });
  beforeEach(() => void compilations.mockClear());

  test("is compiled when the catalog is read, and not again for 1,000 alerts", () => {
    let planned = 0;
    let offered = 0;
    for (const labels of ALERTS) {
      if (hasRunbook(runbooks, labels)) offered++;
      for (const runbook of matchRunbooks(runbooks, labels)) if (planRunbook(runbook, labels, {}).ok) planned++;
    }
    expect([offered, planned]).toEqual([500, 1_000]);
    expect(compilations).not.toHaveBeenCalled();
  });

  test("is compiled when the policy is read, and not again for 1,000 alerts", () => {
    const policy = aPolicy({
      severity: [{ match: ['service=~"service-[1-9]"'], priority: "P0" }],
      services: { first: { match: ['alertname=~"Low.*"'] } },
      maintenance: [
        {
          match: ['service=~"service-1.*"'],
          reason: "move",
          every: [{ days: ["monday"], from: "01:00", to: "02:00" }],
        },
      ],
    });
    expect(compilations).toHaveBeenCalledTimes(3);
    for (const labels of ALERTS) {
      classifySeverity(policy, labels);
      resolveTeam(policy, { alertname: labels.alertname });
      findActiveSilence(policy, [], labels, 0);
    }
    expect(compilations).toHaveBeenCalledTimes(3);
  });

  test("is compiled once for a silence, however often its row is read", () => {
    const rowOf = () => ({
      id: 1,
      matchers: ['service=~"service-9.*"'],
      from: 0,
      until: 10,
      by: "Alice",
      reason: "a test",
    });
    const held = ALERTS.filter((labels) => findActiveSilence(aPolicy(), [rowOf()], labels, 5) !== null);
    expect(held).toHaveLength(111);
    expect(compilations).toHaveBeenCalledTimes(1);
  });

  test("is compiled once for a runbook that no catalog has read", async () => {
    const { runbook } = await checkRunbook(text, "r/a.md");
    compilations.mockClear();
    for (const labels of ALERTS) isForAlert(runbook!, labels);
    expect(compilations).toHaveBeenCalledTimes(1);
    compileRunbook(runbook!);
    compileRunbook({ ...runbook!, title: "The same with another title" });
    expect(compilations, "the pattern of its parameter").toHaveBeenCalledTimes(2);
  });
});

describe("a runbook with an expression that does not compile", () => {
  test.each([['alertname=~"High(?=x)"'], ["not a matcher"]])(
    "%s is for no alert, and hinders no other",
    async (matcher) => {
      const { runbook, problems } = await checkRunbook(
        `---\nid: page\ntitle: Page\nowner: o\nmatch: ['${matcher}']\n---\n# Page\n`,
        "r/page.md",
      );
      expect(problems).toHaveLength(1);
      const { runbooks } = await catalogOf(aRunbookText());
      const found = matchRunbooks([runbook!, ...runbooks], { alertname: "HighLatency" });
      expect(found.map(({ id }) => id)).toEqual(["cancel-blockers"]);
    },
  );

  test.each([
    ["^[a-z]{1,9}$", "orders", true],
    ["^[a-z]{1,9}$", "$(reboot)", false],
    ["(?=x)", "orders", false],
    [null, "orders", true],
  ])("the pattern %s takes %s: %s", (pattern, value, takes) => {
    expect(takesValue({ from: "labels.service", pattern, inventory: null }, value)).toBe(takes);
  });
});
