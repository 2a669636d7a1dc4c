import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const LIST_LOADED = join(ROOT, "test/support/harness/processes/list-loaded.ts");
const directory = temporaryDirectory("resolution");

/** Every module that all of Muster loads, each once. */
function modulesLoadedAfter(first: string, name: string): readonly string[] {
  const list = join(directory, name);
  const program = `${first}; await import("#cli/start-command.ts"); await import("#cli/worker/worker-link-end.ts"); process.exit()`;
  execFileSync(process.execPath, ["--import", LIST_LOADED, "--input-type=module", "-e", program], {
    cwd: ROOT,
    env: { ...process.env, MUSTER_LOADED: list },
  });
  const urls = readFileSync(list, "utf8").split("\n");
  return [...new Set(urls)].filter((url) => !url.endsWith("/quick-resolution.ts")).toSorted();
}

test("imports lead to the modules to which Node resolves them by itself", () => {
  const usual = modulesLoadedAfter("", "usual");
  const quick = modulesLoadedAfter('(await import("#cli/worker/quick-resolution.ts")).resolveQuickly()', "quick");
  expect(usual.some((url) => url.includes("/drizzle-orm/"))).toBe(true);
  expect(quick).toEqual(usual);
});
