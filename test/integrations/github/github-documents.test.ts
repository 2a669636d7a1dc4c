import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { UNLIMITED_ALLOWANCES } from "#ports/allowances.ts";
import { createGitHubDocuments } from "#integrations/github/github-documents.ts";
import { PortError } from "#ports/port-error.ts";
import type { DocumentProposal } from "#ports/documents.ts";
import { startGitHub, type GitHubDouble } from "#test/support/doubles/github/github-double.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

let github: GitHubDouble;
beforeAll(async () => void (github = await startGitHub()));
beforeEach(() => github.reset());
afterAll(() => github.close());

const BRANCH = "muster/inc-1-postmortem";
const PATH = "postmortems/INC-1.md";
const wanted = (text: string, more: Partial<DocumentProposal> = {}): DocumentProposal => ({
  key: "uid-1",
  repo: github.repo,
  base: null,
  branch: BRANCH,
  path: PATH,
  text,
  title: "INC-1 postmortem",
  body: "It was slow.",
  ...more,
});
const documents = (token = github.token) =>
  createGitHubDocuments({
    token,
    apiUrl: github.url,
    clock: wallClock,
    allowances: UNLIMITED_ALLOWANCES,
    onCall: () => {},
  });
const proposes = (text: string, unsure = false, more: Partial<DocumentProposal> = {}) =>
  documents().propose(wanted(text, more), { key: "ticket.postmortem:INC-1", unsure, since: wallClock() });
const repoState = () => [
  github.files.pulls.map(({ number, state: is }) => `${number} ${is}`),
  github.files.file(BRANCH, PATH),
  github.files.file("main", PATH),
];

describe("a document on GitHub", () => {
  test("is proposed once, and the proposal is kept up to date", async () => {
    expect(await proposes("# one €\n")).toEqual({
      key: "octo-org/shop#1",
      url: "https://github.example/octo-org/shop/pull/1",
      note: null,
    });
    expect(await proposes("# two\n")).toMatchObject({ key: "octo-org/shop#1" });
    await proposes("# two\n");
    expect(repoState()).toEqual([["1 open"], "# two\n", undefined]);
    expect(github.requests.filter((line) => line.startsWith("PUT"))).toHaveLength(2);
    expect([...github.violations, ...github.files.violations]).toEqual([]);
  });

  test("closes no issue and mentions no one when it is merged, with any title", async () => {
    await proposes("# one\n", false, {
      title:
        "INC-1 postmortem: fixes #1, closes octo-org/shop#2, resolves GH-3 https://github.com/o/r/issues/4 @octo-org/sre",
    });
    const titles = [github.files.pulls[0]!.title, github.files.branches.get(BRANCH)!.at(-1)!.message];
    for (const title of titles) {
      expect(title).toContain("fixes #\u20601");
      expect(title).not.toMatch(/#\d|GH-\d|:\/\/|@\w/);
    }
  });

  test("that is accepted and changed later is proposed again; as it is, it is left alone", async () => {
    await proposes("# one\n");
    github.files.merge(1);
    expect(await proposes("# one\n")).toBeNull();
    expect(await proposes("# two\n")).toMatchObject({ key: "octo-org/shop#2" });
    expect(repoState()).toEqual([["1 closed", "2 open"], "# two\n", "# one\n"]);
  });

  test("that was squashed with its branch left is proposed again from the merge, without a conflict", async () => {
    await proposes("# one\n");
    github.files.merge(1, "squash");
    const merged = github.files.branches.get("main")!.at(-1)!.sha;
    expect(await proposes("# two\n")).toMatchObject({ key: "octo-org/shop#2", note: null });
    expect(github.files.branches.get(BRANCH)!.map(({ sha }) => sha)).toContain(merged);
    await proposes("# three\n");
    expect(repoState()).toEqual([["1 closed", "2 open"], "# three\n", "# one\n"]);
  });

  test("keeps that branch when a person committed to it since", async () => {
    await proposes("# one\n");
    github.files.merge(1, "squash");
    github.files.commit(BRANCH, "notes.md", "of somebody", "Notes");
    await proposes("# two\n");
    expect(github.files.file(BRANCH, "notes.md")).toBe("of somebody");
  });

  test("that people turned down is not proposed again", async () => {
    await proposes("# one\n");
    github.files.pulls[0]!.state = "closed";
    expect(await proposes("# two\n")).toMatchObject({
      key: "octo-org/shop#1",
      note: expect.stringContaining("people closed it") as string,
    });
    expect(github.files.pulls).toHaveLength(1);
  });

  test("that was edited in the proposal is not overwritten", async () => {
    await proposes("# one\n");
    github.files.commit(BRANCH, PATH, "# one, with more\n", "Say more");
    expect(await proposes("# two\n")).toMatchObject({
      key: "octo-org/shop#1",
      note: expect.stringContaining("people changed the file") as string,
    });
    expect(repoState()).toEqual([["1 open"], "# one, with more\n", undefined]);
  });

  test.each([
    ["a branch", /POST .*\/git\/refs/],
    ["a file", /PUT .*\/contents/],
    ["a pull request", /POST .*\/pulls/],
  ])("%s that was made while the answer was lost is not made twice", async (_, matching) => {
    github.fault(matching, "cut-after");
    // Of a branch it is seen at once that it is there.
    await proposes("# one\n").catch((error: unknown) =>
      expect(error).toMatchObject({ retryable: true, mayHaveHappened: true }),
    );
    expect(await proposes("# one\n", true)).toMatchObject({ key: "octo-org/shop#1" });
    expect(repoState()).toEqual([["1 open"], "# one\n", undefined]);
    expect(github.files.branches.get(BRANCH)).toHaveLength(2);
  });

  test("without its base branch reports the wrong setting, and so does a wrong token", async () => {
    await expect(proposes("# one\n", false, { base: "trunk" })).rejects.toMatchObject({
      reason: "not_found",
      message: expect.stringContaining("postmortem.github.base") as string,
    });
    await expect(documents("wrong").propose(wanted("x"), { key: "k", unsure: false, since: 0 })).rejects.toBeInstanceOf(
      PortError,
    );
  });
});
