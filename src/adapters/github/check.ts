import { PortError } from "#ports/port-error.ts";
import { createClient, type GitHubAccess } from "./client.ts";

/** One real request: whether tickets can be opened in a repository ("owner/name"). Rejects with PortError, which says what to do. */
export async function checkRepo(access: GitHubAccess, name: string): Promise<string> {
  const [owner = "", repo = ""] = name.split("/");
  const call = createClient(access);
  const found = await call("look at the repository", { owner, repo }, {}, (octokit, request) => octokit.rest.repos.get({ owner, repo, request }));
  if (!found.has_issues) throw refused(`${name} has no issues: switch them on (Settings → General → Features)`);
  const { triage = false, push = false, maintain = false, admin = false } = found.permissions ?? {};
  if (!(triage || push || maintain || admin)) throw refused(`GitHub drops labels and assignees in ${name}: give the token's user the role triage`);
  return `GitHub knows the token, and ${name} takes issues`;
}

function refused(why: string): PortError {
  return new PortError("forbidden", why, { retryable: false });
}
