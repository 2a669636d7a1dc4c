import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApp, type TestApp } from "#test/support/harness/app.ts";
import { runCli, type CommandOutput } from "#test/support/harness/processes/run-cli.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";

const directory = temporaryDirectory("cli-pm");
// What it keeps for its user it keeps here.
process.env["TMPDIR"] = temporaryDirectory("kept");
const pathOf = (name: string): string => join(directory, name);

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
  await app.fires({ service: "order-service", severity: "P1" }, { startsAt: NOW - MINUTE });
});
afterAll(() => app.stop());

function runPostmortem(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CommandOutput> {
  return runCli(directory, ["postmortem", ...args], { MUSTER_URL: app.url, ...env });
}

/** A program that edits a file as someone would. */
function editor(name: string, script: string): string {
  writeFileSync(pathOf(name), `#!/bin/sh\n${script}\n`);
  chmodSync(pathOf(name), 0o755);
  return pathOf(name);
}

describe("muster postmortem", () => {
  test("--out, an edit and --import store only what was changed", async () => {
    await runPostmortem(["INC-1", "--out", "page.md"]);
    writeFileSync(
      pathOf("page.md"),
      readFileSync(pathOf("page.md"), "utf8").replace(/TODO\(.*\): Which customers.*/, "400 orders were lost"),
    );
    expect(await runPostmortem(["INC-1", "--import", "page.md", "--as", "alice"])).toEqual({
      code: 0,
      out: "Stored: impact\n",
      err: "",
    });
    app.time.now += MINUTE;
    expect(await runPostmortem(["INC-1", "--diff"])).toEqual({
      code: 0,
      out: "=== impact, version 0 → 1\n+ 400 orders were lost\n",
      err: "",
    });
  });

  test("--import of a page that was changed meanwhile shows both texts and writes a file to choose in", async () => {
    await runPostmortem(["INC-1", "--out", "mine.md"]);
    await runPostmortem(["INC-1", "--out", "theirs.md"]);
    const edit = (name: string, to: string): void =>
      writeFileSync(pathOf(name), readFileSync(pathOf(name), "utf8").replace("400 orders", to));
    edit("theirs.md", "410 orders");
    edit("mine.md", "420 orders");
    await runPostmortem(["INC-1", "--import", "theirs.md", "--as", "bob"]);
    const refused = await runPostmortem(["INC-1", "--import", "mine.md"]);
    expect(refused.code).toBe(1);
    expect(refused.out).toMatch(/^impact: changed by bob too\n {2}yours: {2}420 orders.*\n {2}stored: 410 orders/);
    expect(readFileSync(pathOf("INC-1-postmortem.conflict.md"), "utf8")).toContain(
      "<<<<<<< yours\n420 orders were lost\n=======\n410 orders were lost\n>>>>>>>",
    );
    expect((await runPostmortem(["INC-1"])).out).toContain("410 orders");
  });

  test("--edit opens the editor, and sends the changes", async () => {
    const EDITOR = `${editor("sed.sh", `sed -i 's/^TODO(.*): Lessons learned$/test the exception path/' "$2"`)} --wait`;
    expect(await runPostmortem(["INC-1", "--edit"], { EDITOR })).toMatchObject({ code: 0, out: "Stored: lessons\n" });
    expect(await runPostmortem(["INC-1", "--edit"], { EDITOR: editor("none.sh", "true") })).toMatchObject({
      code: 0,
      out: "Nothing was changed.\n",
    });
  });

  test("--edit keeps the text when the editor or the server refuses", async () => {
    const EDITOR = editor("break.sh", `echo mine > "$1"; exit 3`);
    const failed = await runPostmortem(["INC-1", "--edit"], { EDITOR });
    expect([failed.code, readFileSync(/in (\S+)$/m.exec(failed.err)![1]!, "utf8")]).toEqual([1, "mine\n"]);
    const damaged = await runPostmortem(["INC-1", "--edit"], {
      EDITOR: editor("damage.sh", `sed -i '/muster:end lessons/d' "$1"`),
    });
    expect([damaged.code, damaged.err]).toEqual([
      1,
      expect.stringMatching(/line \d+: the section "lessons" has no end/),
    ]);
    expect(readFileSync(/in (\S+)$/m.exec(damaged.out)![1]!, "utf8")).toContain("muster:human lessons");
  });

  test("survives an editor that removes the file, and explains another way", async () => {
    const { code, err } = await runPostmortem(["INC-1", "--edit"], { EDITOR: editor("gone.sh", 'rm "$1"') });
    expect([code, err]).toEqual([1, expect.stringMatching(/took the file away; nothing was sent\. Use --out FILE/)]);
  });

  test("a second conflict leaves the file of the first alone", async () => {
    writeFileSync(pathOf("INC-1-postmortem.conflict.md"), "half chosen");
    await runPostmortem(["INC-1", "--out", "early.md"]);
    const edit = (to: string): void =>
      writeFileSync(pathOf("early.md"), readFileSync(pathOf("early.md"), "utf8").replace(/4\d0 orders were lost/, to));
    edit("430 orders were lost");
    await runPostmortem(["INC-1", "--import", "early.md", "--as", "bob"]);
    edit("440 orders were lost");
    expect((await runPostmortem(["INC-1", "--import", "early.md"])).err).toContain("INC-1-postmortem.conflict-2.md");
    expect(readFileSync(pathOf("INC-1-postmortem.conflict.md"), "utf8")).toBe("half chosen");
    expect(readFileSync(pathOf("INC-1-postmortem.conflict-2.md"), "utf8")).toContain(
      "<<<<<<< yours\n440 orders were lost",
    );
  });

  test("a folder is no page, and that is not called missing", async () => {
    expect((await runPostmortem(["INC-1", "--import", "."])).err).toMatch(/\. cannot be read: EISDIR/);
  });

  test("--format confluence is the page as Confluence stores it", async () => {
    expect((await runPostmortem(["INC-1", "--format", "confluence"])).out).toMatch(
      /^<h1>INC-1 [\s\S]*<h2>Summary<\/h2>/,
    );
    expect(await runPostmortem(["INC-1", "--format", "docx"])).toMatchObject({
      code: 2,
      err: expect.stringContaining("there are markdown and confluence") as string,
    });
  });

  test.each([[["INC-1", "--edit"]], [["INC-1", "--edit", "--import", "x"]], [["INC-1", "2"]]])(
    "%j is wrong usage",
    async (args) => expect((await runPostmortem(args)).code).toBe(2),
  );
});
