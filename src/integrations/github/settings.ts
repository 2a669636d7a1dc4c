import { z } from "zod";
import { settingText, settingUrl } from "#domain/values/setting-values.ts";

/** How GitHub names a repository. */
export const REPO_PATTERN = /^[\w.-]+\/[\w.-]+$/;

export const GitHubEnvironment = z.object({
  GITHUB_TOKEN: settingText,
  GITHUB_REPO: z.string().regex(REPO_PATTERN, "expected owner/name").optional(),
  GITHUB_API_URL: settingUrl("http:", "https:"),
});
type Values = z.output<typeof GitHubEnvironment>;

/** `repo` (owner/name) is for teams that name none. */
export type GitHubSettings = { readonly token: string; readonly repo: string | null; readonly apiUrl: string | null };

/** null: it is not set up. */
export function readGitHubSettings({ GITHUB_TOKEN, GITHUB_REPO, GITHUB_API_URL }: Values): GitHubSettings | null {
  return GITHUB_TOKEN === undefined
    ? null
    : { token: GITHUB_TOKEN, repo: GITHUB_REPO ?? null, apiUrl: GITHUB_API_URL ?? null };
}

/** What cannot be set without each other, with the setting to change. */
export function githubConflicts({ GITHUB_REPO, GITHUB_TOKEN }: Values): readonly string[] {
  return GITHUB_REPO !== undefined && GITHUB_TOKEN === undefined
    ? [
        "GITHUB_TOKEN: must be set with GITHUB_REPO: a fine-grained token with Issues: read and write (Settings → Developer settings)",
      ]
    : [];
}
