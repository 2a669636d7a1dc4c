import { z } from "zod";
import { settingText, settingUrl } from "#domain/values/setting-values.ts";

/** How Jira names a project. */
export const PROJECT_PATTERN = /^[A-Z][A-Z0-9_]+$/;

export const JiraEnvironment = z.object({
  JIRA_URL: settingUrl("http:", "https:"),
  JIRA_EMAIL: z.email().optional(),
  JIRA_TOKEN: settingText,
  JIRA_PROJECT: z.string().regex(PROJECT_PATTERN, "expected a project key such as OPS").optional(),
});
type Values = z.output<typeof JiraEnvironment>;

/** `project` is for teams that name none. */
export type JiraSettings = {
  readonly url: string;
  readonly email: string;
  readonly token: string;
  readonly project: string | null;
};

/** null: it is not set up. */
export function readJiraSettings({ JIRA_URL, JIRA_EMAIL, JIRA_TOKEN, JIRA_PROJECT }: Values): JiraSettings | null {
  return JIRA_URL === undefined || JIRA_EMAIL === undefined || JIRA_TOKEN === undefined
    ? null
    : { url: JIRA_URL, email: JIRA_EMAIL, token: JIRA_TOKEN, project: JIRA_PROJECT ?? null };
}

/** What cannot be set without each other, with the setting to change. */
export function jiraConflicts(value: Values): readonly string[] {
  const needed = ["JIRA_URL", "JIRA_EMAIL", "JIRA_TOKEN"] as const;
  if ([...needed, "JIRA_PROJECT" as const].every((name) => value[name] === undefined)) return [];
  return needed
    .filter((name) => value[name] === undefined)
    .map((name) => `${name}: JIRA_URL, JIRA_EMAIL and JIRA_TOKEN must be set together`);
}
