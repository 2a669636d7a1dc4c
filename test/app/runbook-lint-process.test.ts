import { afterEach, expect, test } from "vitest";
import { checkApart, checkOnce } from "#app/runbook-lint-process.ts";
import { checkRunbookFiles, type RunbookFile } from "#runbooks/index.ts";
import { GOOD_RUNBOOK } from "#test/support/builders/runbooks/runbooks.ts";

const GOOD: RunbookFile = { file: "runbooks/good.md", text: GOOD_RUNBOOK };
const BAD: RunbookFile = { file: "runbooks/bad.md", text: GOOD_RUNBOOK.replace("SELECT pid", "DELETE pid") };

const { execPath } = process;
afterEach(() => void (process.execPath = execPath));

test("a process of its own finds what this one finds", async () => {
  const apart = await checkApart([GOOD, BAD]);
  expect(apart).toEqual(await checkRunbookFiles([GOOD, BAD]));
  expect(apart.map(({ problems }) => problems.length > 0)).toEqual([false, true]);
});

test("what was linted at one text is not linted again", async () => {
  const [good, bad] = await checkOnce([GOOD, BAD]);
  const changed = { ...BAD, text: BAD.text.replace("DELETE pid", "SELECT  pid") };
  const again = await checkOnce([BAD, changed, GOOD]);
  // The same objects: nothing was read again.
  expect(again[0]).toBe(bad);
  expect(again[2]).toBe(good);
  expect(again[1]!.problems).toEqual([]);
});

test("the same text in another file has problems of its own", async () => {
  const elsewhere = { ...BAD, file: "runbooks/elsewhere.md" };
  const [there] = await checkOnce([elsewhere]);
  expect(new Set(there!.problems.map(({ file }) => file))).toEqual(new Set([elsewhere.file]));
});

test("where no process can be started they are linted all the same", async () => {
  process.execPath = "/nonexistent/node";
  await expect(checkApart([GOOD])).rejects.toThrow("ENOENT");
  const [checked] = await checkOnce([{ ...BAD, file: "runbooks/here.md" }]);
  expect(checked!.problems.length).toBeGreaterThan(0);
});
