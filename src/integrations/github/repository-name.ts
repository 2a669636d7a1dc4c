/** A repository, as the API names it. */
export type RepositoryName = { readonly owner: string; readonly repo: string };

/** An issue or a pull request of a repository. */
type IssueName = RepositoryName & { readonly number: number };

const ISSUE_KEY = /^([\w.-]+)\/([\w.-]+)#(\d+)$/;

/** The repository in "owner/name", as settings and the policy write it; they were checked when they were read. */
export function parseRepository(name: string): RepositoryName {
  const [owner = "", repo = ""] = name.split("/");
  return { owner, repo };
}

/** "owner/name#12": the key under which Muster stores an issue or a pull request. It names its place, and stays. */
export function composeIssueKey({ owner, repo, number }: IssueName): string {
  return `${owner}/${repo}#${number}`;
}

/** The issue that a key names; null when it is no key of GitHub's. */
export function parseIssueKey(key: string): IssueName | null {
  const [, owner, repo, number] = ISSUE_KEY.exec(key) ?? [];
  return owner === undefined || repo === undefined ? null : { owner, repo, number: Number(number) };
}
