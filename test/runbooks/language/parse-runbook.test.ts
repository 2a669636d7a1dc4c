import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkRunbook } from "#runbooks/index.ts";
import { GOOD_RUNBOOK, runbookOf } from "#test/support/builders/runbooks/runbooks.ts";

describe("a good runbook", async () => {
  const runbook = await runbookOf(GOOD_RUNBOOK);

  test("has its front matter, and defaults", () => {
    expect(runbook).toMatchObject({
      id: "order-latency",
      title: "Orders are slow",
      owner: "orders",
      mode: "approve",
      match: ['alertname="HighLatency"'],
      params: {
        service: { from: "service", inventory: "services", pattern: null },
        pod: { from: "pod", inventory: null, pattern: "^[a-z0-9-]{1,63}$" },
      },
      limits: {
        lock: "k8s/$service",
        cooldown: 30 * 60_000,
        maxRuns: { runs: 3, per: 24 * 3_600_000 },
        maxTargets: 1,
        breaker: { failedVerifies: 2, open: 6 * 3_600_000 },
      },
      escalate: { after: 15 * 60_000, to: "orders-lead" },
      documentation: false,
    });
    expect(runbook.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test("has its steps in the order of the document, with the heading and the words they stand under", () => {
    expect(runbook.steps.map(({ id, heading, prose, line }) => ({ id, heading, prose, line }))).toEqual([
      { id: "pool", heading: "Orders are slow", prose: "Look at the pool first.", line: 17 },
      { id: "slow-statements", heading: "Orders are slow", prose: "", line: 23 },
      { id: "restart", heading: "It leaks", prose: "Restart it.", line: 33 },
      { id: "tell", heading: "It leaks", prose: "", line: 41 },
    ]);
  });

  test("separates the text for people from the steps", () => {
    expect(runbook.sections.map(({ heading, parts }) => [heading, parts])).toEqual([
      [
        "Orders are slow",
        [
          { kind: "text", markdown: "Look at the pool first." },
          { kind: "step", id: "pool" },
          { kind: "step", id: "slow-statements" },
        ],
      ],
      [
        "It leaks",
        [
          { kind: "text", markdown: "Restart it." },
          { kind: "step", id: "restart" },
          { kind: "step", id: "tell" },
          { kind: "text", markdown: "```bash\nkubectl -n shop get pods\n```" },
        ],
      ],
      ["Verify", [{ kind: "verify" }]],
    ]);
  });

  test("is the same with the line ends of Windows", async () => {
    const windows = await runbookOf(GOOD_RUNBOOK.replaceAll("\n", "\r\n"));
    expect(windows.steps.map(({ id, with: args }) => [id, args])).toEqual(
      runbook.steps.map(({ id, with: args }) => [id, args]),
    );
  });
});

describe("any Markdown without steps is documentation", () => {
  test.each<[string, string, { id: string; title: string }]>([
    ["a page with commands", "# Disk full\n\n```bash\nrm -rf /var/log/*\n```\n", { id: "page", title: "Disk full" }],
    ["an empty page", "", { id: "page", title: "page" }],
    [
      "a page of another tool",
      "---\ntitle: Fail-over\nlayout: post\ntags: [db]\n---\n# F\n",
      { id: "page", title: "Fail-over" },
    ],
    ["front matter that is no YAML", "---\n{{ oops\n---\n# Fail-over\n", { id: "page", title: "Fail-over" }],
    [
      "front matter in JavaScript",
      "---js\n{ id: process.exit(1), match: [] }\n---\n# Fail-over\n",
      { id: "page", title: "---js { id: process.exit(1), match: [] }" },
    ],
    ["front matter in TOML", "+++\nmatch = 1\n+++\n# Fail-over\n", { id: "page", title: "Fail-over" }],
    [
      "other YAML fences",
      '# Deploy\n\n```yaml\nid: x\nuses: exec\n```\n\n```yaml title="step one"\nuses: exec\n```\n',
      { id: "page", title: "Deploy" },
    ],
  ])("%s", async (_, text, expected) => {
    const { runbook, problems } = await checkRunbook(text, "docs/page.md");
    expect(problems).toEqual([]);
    expect(runbook).toMatchObject({ ...expected, documentation: true, steps: [], match: [], mode: "off" });
  });

  test("a page that is for an alert and has no steps is offered to read", async () => {
    const { runbook, problems } = await checkRunbook(
      "---\nid: a\ntitle: A\nowner: o\nmatch: ['alertname=\"A\"']\n---\n# A\n",
      "a.md",
    );
    expect(problems).toEqual([]);
    expect(runbook).toMatchObject({ id: "a", documentation: true, match: ['alertname="A"'] });
  });
});

test("a runbook with a problem is readable, and runs nothing", async () => {
  const { runbook, problems } = await checkRunbook(GOOD_RUNBOOK.replace("k8s.restart", "k8s.restrat"), "a.md");
  expect(problems).toHaveLength(1);
  expect(runbook).toMatchObject({ id: "order-latency", documentation: true, mode: "off", steps: [], verify: null });
  expect(runbook?.sections).toHaveLength(3);
});

describe("no text makes it throw", () => {
  const piece = fc.oneof(
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.constantFrom(
      "---\n",
      "```yaml step\n",
      "```yaml verify\n",
      "```\n",
      "id: a\n",
      "uses: exec\n",
      "with: { query: '",
      "match: [",
      "&a *a",
      "? : -",
      "\t",
      "{{ {% $x steps.a ",
      "- > ```yaml step\n",
      "!!js/function x\n",
      "%YAML 1.1\n---\n",
      "__proto__: 1\n",
    ),
    fc.integer({ min: 0, max: GOOD_RUNBOOK.length }).map((at) => GOOD_RUNBOOK.slice(at, at + 80)),
  );

  test("made of anything", () =>
    fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (parts) => {
        const { problems } = await checkRunbook(parts.join(""), "any.md");
        for (const { line, column, message, fix } of problems)
          expect([line >= 1, column >= 1, message !== "", fix !== ""]).toEqual([true, true, true, true]);
      }),
      { numRuns: 300 },
    ));

  test("a good runbook with a piece cut out and another put in", () =>
    fc.assert(
      fc.asyncProperty(fc.nat(GOOD_RUNBOOK.length), fc.nat(60), piece, async (at, length, put) => {
        await checkRunbook(GOOD_RUNBOOK.slice(0, at) + put + GOOD_RUNBOOK.slice(at + length), "any.md");
      }),
      { numRuns: 300 },
    ));

  test.each([
    ["brackets", `---\nid: ${"[".repeat(20_000)}\nmatch: []\n---\n`],
    ["quotations", `${">".repeat(5_000)} a\n`],
    ["emphasis", `# ${"*a ".repeat(3_000)}\n`],
    ["links", `# ${"![".repeat(5_000)}\n`],
    ["conditions", GOOD_RUNBOOK.replace("steps.pool.value > 0.9", `${"(".repeat(5_000)}true`)],
    ["statements", GOOD_RUNBOOK.replace("SELECT pid", `SELECT ${"(".repeat(5_000)}1`)],
    ["queries", GOOD_RUNBOOK.replace("max(pool_usage", `max${"(".repeat(5_000)}pool_usage`)],
    ["templates", GOOD_RUNBOOK.replace("The pool of", "{% if true %}".repeat(3_000))],
  ])("thousands of %s within each other", async (_, text) => {
    expect(await checkRunbook(text, "deep.md")).toBeDefined();
  });
});
