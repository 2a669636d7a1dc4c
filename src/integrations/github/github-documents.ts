import { PortError } from "#ports/port-error.ts";
import type { DocumentStore, DocumentProposal, ProposedDocument } from "#ports/documents.ts";
import type { TicketAttempt } from "#ports/tickets.ts";
import { createGitHubClient, type GitHubAccess } from "./client.ts";
import { unreadableAnswer } from "./errors.ts";
import { escapeTitle } from "./github-text.ts";
import { composeIssueKey, parseRepository, type RepositoryName } from "./repository-name.ts";

type File = { readonly sha: string; readonly text: string };

/** Pull requests of our branch that are looked at: the newest come first. */
const PULLS = 20;

/**
 * A folder of a repository on GitHub, changed by pull requests. The branch is named after what it is about, so whatever
 * an attempt left, half done or unknown, is found by its name; a trailer marks our commits as ours.
 */
export function createGitHubDocuments(access: GitHubAccess): DocumentStore {
  const call = createGitHubClient(access);
  return { name: "github", propose: (proposal, attempt) => propose(call, proposal, attempt) };
}

type GitHubCaller = ReturnType<typeof createGitHubClient>;

async function propose(
  call: GitHubCaller,
  proposal: DocumentProposal,
  attempt: TicketAttempt,
): Promise<ProposedDocument | null> {
  const wanted = { ...proposal, title: escapeTitle(proposal.title) };
  const where = parseRepository(wanted.repo);
  const base = wanted.base ?? (await defaultBranch(call, where, attempt));
  if ((await fileOn(call, where, wanted.path, base, attempt))?.text === wanted.text) return null;
  await renew(call, where, wanted.branch, base, attempt);
  await branchFrom(call, where, wanted, base, attempt);
  const there = await fileOn(call, where, wanted.path, wanted.branch, attempt);
  const changed =
    there !== null &&
    there.text !== wanted.text &&
    !(await isOurs(call, where, wanted, attempt)) &&
    (await fileOn(call, where, wanted.path, base, attempt))?.sha !== there.sha;
  if (!changed && there?.text !== wanted.text) await writeFile(call, where, wanted, there, attempt);
  const pull = await pullOf(call, where, wanted, base, attempt);
  return changed
    ? {
        ...pull,
        note: "people changed the file there, so it is left alone; bring their text back with `muster postmortem --import`",
      }
    : pull;
}

async function defaultBranch(call: GitHubCaller, where: RepositoryName, attempt: TicketAttempt): Promise<string> {
  const found = await call("look at the repository", where, attempt, (octokit, request) =>
    octokit.rest.repos.get({ ...where, request }),
  );
  return found.default_branch;
}

async function fileOn(
  call: GitHubCaller,
  where: RepositoryName,
  path: string,
  ref: string,
  attempt: TicketAttempt,
): Promise<File | null> {
  const found = await orNull(
    call("read a file", where, attempt, (octokit, request) =>
      octokit.rest.repos.getContent({ ...where, path, ref, request }),
    ),
  );
  if (found === null) return null;
  if (
    Array.isArray(found) ||
    !("content" in found) ||
    typeof found.content !== "string" ||
    typeof found.sha !== "string"
  )
    throw unreadableAnswer("read a file");
  return { sha: found.sha, text: Buffer.from(found.content, "base64").toString("utf8") };
}

async function shaOf(
  call: GitHubCaller,
  where: RepositoryName,
  branch: string,
  attempt: TicketAttempt,
): Promise<string | null> {
  const found = await orNull(
    call("look at a branch", where, attempt, (octokit, request) =>
      octokit.rest.git.getRef({ ...where, ref: `heads/${branch}`, request }),
    ),
  );
  return found?.object.sha ?? null;
}

async function branchFrom(
  call: GitHubCaller,
  where: RepositoryName,
  { branch }: DocumentProposal,
  base: string,
  attempt: TicketAttempt,
): Promise<void> {
  if ((await shaOf(call, where, branch, attempt)) !== null) return;
  const sha = await shaOf(call, where, base, attempt);
  if (sha === null)
    throw new PortError(
      "not_found",
      `${where.owner}/${where.repo} has no branch ${base}: check postmortem.github.base`,
      { retryable: false },
    );
  await call("make a branch", where, attempt, (octokit, request) =>
    octokit.rest.git.createRef({ ...where, ref: `refs/heads/${branch}`, sha, request }),
  ).catch(async (error: unknown) => {
    // Someone was faster, or an attempt of ours whose answer was lost.
    if ((await shaOf(call, where, branch, attempt)) === null) throw error;
  });
}

/** Whether the file in our branch is as we left it: the last commit that touched it is ours. */
async function isOurs(
  call: GitHubCaller,
  where: RepositoryName,
  { path, branch, key }: DocumentProposal,
  attempt: TicketAttempt,
): Promise<boolean> {
  const commits = await call("list commits", where, attempt, (octokit, request) =>
    octokit.rest.repos.listCommits({ ...where, sha: branch, path, per_page: 1, request }),
  );
  if (!Array.isArray(commits)) throw unreadableAnswer("list commits");
  return commits[0] === undefined || commits[0].commit.message.includes(trailer(key));
}

async function pullsOf(call: GitHubCaller, where: RepositoryName, branch: string, attempt: TicketAttempt) {
  const pulls = await call("list pull requests", where, attempt, (octokit, request) =>
    octokit.rest.pulls.list({
      ...where,
      head: `${where.owner}:${branch}`,
      state: "all",
      sort: "created",
      direction: "desc",
      per_page: PULLS,
      request,
    }),
  );
  if (!Array.isArray(pulls)) throw unreadableAnswer("list pull requests");
  return pulls;
}

/**
 * A branch that was squashed into the base and left there would be in conflict with it, so it begins again from there.
 * Nothing is lost: its tip is what was merged, else it stays.
 */
async function renew(
  call: GitHubCaller,
  where: RepositoryName,
  branch: string,
  base: string,
  attempt: TicketAttempt,
): Promise<void> {
  const [tip, sha] = [await shaOf(call, where, branch, attempt), await shaOf(call, where, base, attempt)];
  if (tip === null || sha === null) return;
  const pulls = await pullsOf(call, where, branch, attempt);
  if (pulls[0]?.merged_at == null || pulls[0].head.sha !== tip || pulls.some(({ state }) => state === "open")) return;
  await call("renew a merged branch", where, attempt, (octokit, request) =>
    octokit.rest.git.updateRef({ ...where, ref: `heads/${branch}`, sha, force: true, request }),
  );
}

async function pullOf(
  call: GitHubCaller,
  where: RepositoryName,
  wanted: DocumentProposal,
  base: string,
  attempt: TicketAttempt,
): Promise<ProposedDocument> {
  const { branch, title, body } = wanted;
  const pulls = await pullsOf(call, where, branch, attempt);
  const key = (number: number): string => composeIssueKey({ ...where, number });
  const open = pulls.find(({ state }) => state === "open");
  if (open !== undefined) return { key: key(open.number), url: open.html_url, note: null };
  const [last] = pulls;
  if (last !== undefined && last.merged_at === null)
    return {
      key: key(last.number),
      url: last.html_url,
      note: "people closed it, so it is not opened again; open it there to have it",
    };
  const made = await call("open a pull request", where, attempt, (octokit, request) =>
    octokit.rest.pulls.create({ ...where, head: branch, base, title, body, request }),
  );
  if (typeof made.number !== "number" || typeof made.html_url !== "string")
    throw unreadableAnswer("open a pull request");
  return { key: key(made.number), url: made.html_url, note: null };
}

async function writeFile(
  call: GitHubCaller,
  where: RepositoryName,
  { path, branch, text, title, key }: DocumentProposal,
  there: File | null,
  attempt: TicketAttempt,
): Promise<void> {
  const content = Buffer.from(text, "utf8").toString("base64");
  const message = `${title}\n\n${trailer(key)}`;
  await call("write a file", where, attempt, (octokit, request) =>
    octokit.rest.repos.createOrUpdateFileContents({
      ...where,
      path,
      branch,
      message,
      content,
      ...(there === null ? {} : { sha: there.sha }),
      request,
    }),
  );
}

function trailer(key: string): string {
  return `Muster-Key: ${key}`;
}

async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof PortError && error.reason === "not_found") return null;
    throw error;
  }
}
