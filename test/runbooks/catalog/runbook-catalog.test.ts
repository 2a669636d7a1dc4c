import { describe, expect, test } from "vitest";
import { loadCatalog, matchRunbooks, formatProblem } from "#runbooks/index.ts";
import { GOOD_RUNBOOK } from "#test/support/builders/runbooks/runbooks.ts";

const catalog = (files: Readonly<Record<string, string | Error>>): Parameters<typeof loadCatalog>[1] => ({
  list: () => Promise.resolve(Object.keys(files)),
  read: (name) => {
    const text = files[name]!;
    return text instanceof Error ? Promise.reject(text) : Promise.resolve(text);
  },
});

describe("a folder of runbooks", () => {
  test("has every Markdown file, in the order of the names", async () => {
    const { runbooks, problems } = await loadCatalog(
      "r",
      catalog({ "b.md": GOOD_RUNBOOK, "a.md": "# A\n", "notes.txt": "x", "b.test.yaml": "x" }),
    );
    expect(problems).toEqual([]);
    expect(runbooks.map(({ id, documentation, file }) => [id, documentation, file])).toEqual([
      ["a", true, "r/a.md"],
      ["order-latency", false, "r/b.md"],
    ]);
  });

  test("that does not exist is empty", async () => {
    expect(
      await loadCatalog("r", { list: () => Promise.resolve(null), read: () => Promise.reject(new Error("no")) }),
    ).toEqual({
      runbooks: [],
      problems: [],
    });
  });

  test("continues after a broken, unreadable or long file", async () => {
    const { runbooks, problems } = await loadCatalog(
      "r",
      catalog({
        "a.md": GOOD_RUNBOOK.replace("k8s.restart", "k8s.restrat"),
        "b.md": new Error("EACCES"),
        "c.md": "x".repeat(300_000),
        "d.md": GOOD_RUNBOOK.replace("id: order-latency", "id: other"),
      }),
    );
    expect(problems.map(formatProblem)).toEqual([
      'r/a.md:35:7: there is no action "k8s.restrat"; write "k8s.restart"',
      "r/b.md:1:1: cannot be read: EACCES; make it readable for Muster",
      "r/c.md:1:1: 300000 characters; a runbook has 262144 at most; split it",
    ]);
    expect(runbooks.map(({ id, documentation }) => [id, documentation])).toEqual([
      ["order-latency", true],
      ["other", false],
    ]);
  });

  test("names both runbooks with one id", async () => {
    const { runbooks, problems } = await loadCatalog("r", catalog({ "a.md": GOOD_RUNBOOK, "b.md": GOOD_RUNBOOK }));
    expect(problems.map(formatProblem)).toEqual([
      'r/b.md:1:1: the id "order-latency" is that of r/a.md too; give one of them another id',
    ]);
    expect(runbooks.map(({ file, documentation }) => [file, documentation])).toEqual([["r/a.md", true]]);
  });
});

describe("an alert", async () => {
  const page = "---\nid: page\ntitle: Page\nowner: o\nmatch: ['alertname=~\"High.*\"']\n---\n# Page\n";
  const { runbooks } = await loadCatalog(
    "r",
    catalog({
      "a.md": page,
      "b.md": GOOD_RUNBOOK,
      "c.md": "# For nobody\n",
      "d.md": GOOD_RUNBOOK.replace("order-latency", "z").replace("HighLatency", "Other"),
    }),
  );

  test("gets its runbooks, runnable ones first", () => {
    expect(matchRunbooks(runbooks, { alertname: "HighLatency" }).map(({ id }) => id)).toEqual([
      "order-latency",
      "page",
    ]);
    expect(matchRunbooks(runbooks, { alertname: "HighErrors" }).map(({ id }) => id)).toEqual(["page"]);
    expect(matchRunbooks(runbooks, {})).toEqual([]);
  });
});
