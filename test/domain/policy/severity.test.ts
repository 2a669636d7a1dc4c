import { describe, expect, test } from "vitest";
import { classifySeverity } from "#domain/policy/severity.ts";
import { aPolicy } from "#test/support/builders/policies.ts";

const policy = aPolicy();

describe("the severity label", () => {
  test.each([
    ["P0", "P0"],
    ["P1", "P1"],
    ["P2", "P2"],
    ["P3", "P3"],
    ["P4", "P4"],
    ["p1", "P1"],
    ["critical", "P0"],
    ["CRITICAL", "P0"],
    [" Critical ", "P0"],
    ["urgent", "P1"],
    ["page", "P1"],
    ["high", "P2"],
    ["medium", "P3"],
    ["warning", "P3"],
    ["low", "P4"],
    ["info", "P4"],
    ["none", "P4"],
  ])("%s means %s", (severity, priority) => {
    expect(classifySeverity(policy, { severity })).toEqual({
      priority,
      reason: `label severity="${severity.trim()}"`,
      unmapped: false,
    });
  });

  test.each([
    { labels: {}, reason: "the alert has no severity label; unknown counts as P2" },
    { labels: { severity: "" }, reason: "the alert has no severity label; unknown counts as P2" },
    { labels: { severity: "catastrophic" }, reason: 'unknown severity "catastrophic"; unknown counts as P2' },
    { labels: { severity: "constructor" }, reason: 'unknown severity "constructor"; unknown counts as P2' },
  ])("of $labels is unmapped and becomes P2, neither ignored nor a page to everyone", ({ labels, reason }) => {
    expect(classifySeverity(policy, labels)).toEqual({ priority: "P2", reason, unmapped: true });
  });

  test("with an unknown value has the priority that the policy sets", () => {
    expect(classifySeverity(aPolicy({ unknownSeverity: "P3" }), { severity: "odd" })).toMatchObject({
      priority: "P3",
      unmapped: true,
    });
  });

  test("of 30 kB leaves a reason of one short line", () => {
    expect(classifySeverity(policy, { severity: "x\n".repeat(15_000) }).reason.length).toBeLessThan(200);
  });
});

describe("a severity rule of the policy", () => {
  const ruled = aPolicy({
    severity: [
      { match: ['service="checkout"', 'severity=~"critical|P[01]"'], priority: "P0", because: "checkout is the money" },
      { match: ['env!="prod"'], priority: "P4" },
      { match: ['env="prod"'], priority: "P1" },
    ],
  });

  test.each([
    { labels: { service: "checkout", severity: "P1", env: "dev" }, priority: "P0", reason: "checkout is the money" },
    {
      labels: { service: "search", severity: "critical", env: "dev" },
      priority: "P4",
      reason: 'policy rule 2: env!="prod"',
    },
    { labels: { service: "search", severity: "info" }, priority: "P4", reason: 'policy rule 2: env!="prod"' },
    {
      labels: { service: "search", severity: "info", env: "prod" },
      priority: "P1",
      reason: 'policy rule 3: env="prod"',
    },
  ])("makes $labels a $priority and records why", ({ labels, priority, reason }) => {
    expect(classifySeverity(ruled, labels)).toEqual({ priority, reason, unmapped: false });
  });
});
