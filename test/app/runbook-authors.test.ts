import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { removeDirectory, temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";
import { createRunbookAuthors } from "#app/runbook-authors.ts";

let root: string;
let folder: string;
beforeAll(() => {
  root = temporaryDirectory("authors");
  folder = join(root, "runbooks");
  mkdirSync(folder);
  git("alice", "2026-11-18T10:00:00Z", "init", "--quiet");
});
afterAll(() => removeDirectory(root));

function git(who: string, at: string, ...args: readonly string[]): void {
  const name = {
    GIT_AUTHOR_NAME: who,
    GIT_COMMITTER_NAME: who,
    GIT_AUTHOR_EMAIL: `${who}@example.com`,
    GIT_COMMITTER_EMAIL: `${who}@example.com`,
  };
  const env = {
    PATH: "/usr/local/bin:/usr/bin:/bin",
    HOME: root,
    GIT_AUTHOR_DATE: at,
    GIT_COMMITTER_DATE: at,
    ...name,
  };
  execFileSync("git", ["-C", root, ...args], { env });
}
function commit(who: string, at: string, file: string, text: string, message = "a change"): void {
  writeFileSync(join(folder, file), text);
  git(who, at, "add", ".");
  git(who, at, "commit", "--quiet", "-m", message);
}
const authors = (file: string) => createRunbookAuthors(folder)(`runbooks/${file}`);

test("are those of the last commit and its co-authors, and of the day before it", async () => {
  commit("charlie", "2026-11-18T10:00:00Z", "a.md", "1");
  commit("alice", "2026-11-20T10:00:00Z", "a.md", "2");
  commit("bob", "2026-11-20T18:00:00Z", "a.md", "3", "again\n\nCo-authored-by: Dana <Dana@example.com>");
  expect(await authors("a.md")).toEqual(["alice@example.com", "bob@example.com", "dana@example.com"]);
});

test("are of the file, and not of others beside it", async () => {
  commit("bob", "2026-11-20T19:00:00Z", "b.md", "1");
  expect(await authors("b.md")).toEqual(["bob@example.com"]);
});

test("are unknown for uncommitted changes, for files outside git and without git", async () => {
  writeFileSync(join(folder, "a.md"), "by anybody");
  writeFileSync(join(folder, "new.md"), "by anybody");
  expect(await authors("a.md")).toEqual([]);
  expect(await authors("new.md")).toEqual([]);
  expect(await createRunbookAuthors("/nowhere/at/all")("runbooks/a.md")).toEqual([]);
});

test("a name that looks like an option or a pattern is a name", async () => {
  expect(await authors("--output=x.md")).toEqual([]);
  expect(await authors("*.md")).toEqual([]);
});
