import { PortError } from "#ports/port-error.ts";
import { createGitHubClient, type GitHubAccess } from "./client.ts";
import { parseRepository } from "./repository-name.ts";

/**
 * One real request: whether tickets can be opened in a repository ("owner/name"). Rejects with a PortError that names
 * the fix.
 */
export async function checkRepository(access: GitHubAccess, name: string): Promise<string> {
  const { owner, repo } = parseRepository(name);
  const call = createGitHubClient(access);
  const found = await call("look at the repository", { owner, repo }, {}, (octokit, request) =>
    octokit.rest.repos.get({ owner, repo, request }),
  );
  if (!found.has_issues) throw refused(`${name} has no issues: switch them on (Settings → General → Features)`);
  const { triage = false, push = false, maintain = false, admin = false } = found.permissions ?? {};
  if (!(triage || push || maintain || admin))
    throw refused(`GitHub drops labels and assignees in ${name}: give the token's user the role triage`);
  return `GitHub knows the token, and ${name} takes issues`;
}

/**
 * One or two real requests: whether a branch with a postmortem can be written to a repository. `base`: null: its own
 * branch. Whether pull requests may be opened, too, shows with the first one only. Rejects with a PortError that names
 * the fix.
 */
export async function checkProposals(access: GitHubAccess, name: string, base: string | null): Promise<string> {
  const { owner, repo } = parseRepository(name);
  const call = createGitHubClient(access);
  const found = await call("look at the repository", { owner, repo }, {}, (octokit, request) =>
    octokit.rest.repos.get({ owner, repo, request }),
  );
  const { push = false, maintain = false, admin = false } = found.permissions ?? {};
  if (!(push || maintain || admin))
    throw refused(
      `postmortems cannot be written to ${name}: give the token Contents and Pull requests, read and write`,
    );
  const branch = base ?? found.default_branch;
  const ref = `heads/${branch}`;
  await call("look at a branch", { owner, repo }, {}, (octokit, request) =>
    octokit.rest.git.getRef({ owner, repo, ref, request }),
  ).catch((error: unknown) => {
    if (error instanceof PortError && error.reason === "not_found")
      throw refused(`${name} has no branch ${branch}: check postmortem.github.base`);
    throw error;
  });
  return `postmortems can be written to branches of ${name}, to be proposed for ${branch}`;
}

function refused(reason: string): PortError {
  return new PortError("forbidden", reason, { retryable: false });
}
