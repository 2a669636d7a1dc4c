import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { spawnCli } from "#test/support/harness/processes/run-cli.ts";
import { temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";

const HOOK = fileURLToPath(new URL("../support/harness/processes/list-loaded.ts", import.meta.url));
const directory = temporaryDirectory("loading");
writeFileSync(join(directory, "muster.yaml"), "unknownSeverity: P3\n");
const NOWHERE = ["--url", "http://127.0.0.1:9"];

const { dependencies } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  dependencies: Readonly<Record<string, string>>;
};

type Loaded = { readonly packages: readonly string[]; readonly files: readonly string[] };

/** What a command loads until it ends, as a program: packages by their names, and our own files. */
async function loadedBy(name: string, args: readonly string[]): Promise<Loaded> {
  const list = join(directory, `${name}.txt`);
  await spawnCli(directory, args, { MUSTER_LOADED: list }, HOOK);
  const urls = readFileSync(list, "utf8").split("\n");
  const packages = urls.flatMap((url) => /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []);
  const files = urls.flatMap((url) => /\/((?:src|handlers)\/.*)$/.exec(url)?.[1] ?? []);
  return { packages: [...new Set(packages)].toSorted(), files };
}

describe.concurrent("a command loads only what it needs", () => {
  test("help and wrong usage: no package, and of our own files those that read the command line", async () => {
    const light = ["command-line", "cli-command", "command-list", "worker/node-flags", "worker/quick-resolution"];
    const read = [
      "src/cli.ts",
      "src/app/terminal.ts",
      "src/domain/values/text.ts",
      ...light.map((file) => `src/cli/${file}.ts`),
    ];
    for (const [name, args] of [
      ["help", ["help"]],
      ["help-route", ["help", "route"]],
      ["extra", ["start", "extra"]],
    ] as const) {
      const { packages, files } = await loadedBy(name, args);
      expect([name, packages, files.toSorted()]).toEqual([name, [], read.toSorted()]);
    }
  });

  /** What settings and a policy are read with, and what runbooks are. */
  const SETTINGS = ["fastest-levenshtein", "re2js", "temporal-polyfill", "yaml", "zod"];
  const RUNBOOKS = ["@marcbachmann/cel-js", "liquidjs", "remark-frontmatter", "remark-parse", "unified"];
  const EXPRESSIONS = ["@lezer/common", "@lezer/lr", "@prometheus-io/lezer-promql", "libpg-query"];

  test.each([
    ["incidents", ["incidents", ...NOWHERE], SETTINGS],
    ["incident", ["incident", "INC-1", "ack", ...NOWHERE], SETTINGS],
    ["oncall", ["oncall", ...NOWHERE], SETTINGS],
    ["stats", ["stats", ...NOWHERE], SETTINGS],
    ["route", ["route", "service=checkout"], SETTINGS],
    ["check", ["check", "muster.yaml"], [...SETTINGS, ...RUNBOOKS, ...EXPRESSIONS]],
  ])("%s: no vendor's library and no database", async (name, args, needed) => {
    const { packages } = await loadedBy(name, args);
    expect(packages).toContain("zod");
    expect(packages.filter((each) => Object.hasOwn(dependencies, each) && !needed.includes(each))).toEqual([]);
  });
});
