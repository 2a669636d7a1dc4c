import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
/** Nothing of ours is passed on, and no program that the checkout configures is started. */
const ENV = { PATH: "/usr/local/bin:/usr/bin:/bin", LANG: "C.UTF-8", HOME: "/nonexistent" };
const SAFE = [
  "-c",
  "core.fsmonitor=false",
  "-c",
  "core.hooksPath=/dev/null",
  "-c",
  "log.showSignature=false",
  "--literal-pathspecs",
];
/** Who changed a file this long before its last change counts as an author of it, in s. */
const RECENT_SECONDS = 86_400;
/** Who commits what people merge in a browser: no one. */
const AUTHORS_WITHOUT_PERSON = new Set(["noreply@github.com"]);

/**
 * The e-mail addresses of those who wrote a file as it is now: authors, committers and co-authors of its last commit
 * and of those of the day before it. Empty when the authors are unknown: the folder is no git checkout, git is not
 * installed, or the file was changed and not committed.
 */
export function createRunbookAuthors(folder: string): (file: string) => Promise<readonly string[]> {
  const git = async (...args: readonly string[]): Promise<string> =>
    (await run("git", ["-C", folder, ...SAFE, ...args], { env: ENV, timeout: 5_000, maxBuffer: 1_048_576 })).stdout;
  return async (file) => {
    const name = file.slice(file.lastIndexOf("/") + 1);
    try {
      if ((await git("status", "--porcelain", "--ignored", "--", name)).trim() !== "") return [];
      const log = await git(
        "log",
        "-n",
        "50",
        "--format=%x1e%ct%n%ae%n%ce%n%(trailers:key=Co-authored-by,valueonly)",
        "--",
        name,
      );
      const commits = log
        .split("\u001e")
        .slice(1)
        .map((commit) => commit.trim().split("\n"));
      const last = Number(commits[0]?.[0] ?? 0);
      const recent = commits.filter(([at]) => Number(at) > last - RECENT_SECONDS);
      const addresses = recent.flatMap(([, ...lines]) =>
        lines.map((line) => (/<([^>]+)>/.exec(line)?.[1] ?? line).trim().toLowerCase()),
      );
      return [...new Set(addresses)]
        .filter((each) => each.includes("@") && !AUTHORS_WITHOUT_PERSON.has(each))
        .toSorted();
    } catch {
      // No checkout, no git, or git does not trust the folder's owner: the authors are unknown, and more people must
      // approve.
      return [];
    }
  };
}
