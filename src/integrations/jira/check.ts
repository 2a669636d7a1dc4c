import { PortError } from "#ports/port-error.ts";
import type { JiraPlace } from "./jira-tickets.ts";
import { createJiraClient, type JiraAccess } from "./client.ts";

/** Fields that every ticket has, or that Jira fills in. */
const FILLED = new Set(["project", "issuetype", "summary", "description", "labels", "reporter"]);

/**
 * Three real requests: whose the token is, whether a project has the type of issue, and which fields it requires. Rejects
 * with a PortError that names the fix.
 */
export async function checkProject(
  access: JiraAccess,
  { project, issueType, fields }: Pick<JiraPlace, "project" | "issueType" | "fields">,
): Promise<string> {
  const call = createJiraClient(access);
  const { displayName } = await call("look who we are", {}, (jira, client) => jira.getCurrentUser(client));
  const { issueTypes } = await call("look at the project", {}, (jira, client) =>
    jira.getProject(client, { projectIdOrKey: project }),
  );
  const names = (issueTypes ?? []).flatMap(({ name }) => (name === undefined ? [] : [name]));
  if (!names.includes(issueType))
    throw new PortError(
      "invalid",
      `${project} has no issues of type ${issueType}, only ${names.join(", ")}: set teams.<team>.tickets.issueType`,
      {
        retryable: false,
      },
    );
  const type = (issueTypes ?? []).find(({ name }) => name === issueType);
  const meta = await call("look at the fields of an issue", {}, (jira, client) =>
    jira.getCreateIssueMetaIssueTypeId(client, {
      projectIdOrKey: project,
      issueTypeId: type?.id ?? "",
      maxResults: 200,
    }),
  );
  const missing = (meta.fields ?? []).filter(
    ({ fieldId, required, hasDefaultValue }) =>
      required && !hasDefaultValue && fieldId !== undefined && !FILLED.has(fieldId) && !Object.hasOwn(fields, fieldId),
  );
  if (missing.length > 0)
    throw new PortError(
      "invalid",
      `${project} requires of a ${issueType} what tickets do not have: ${missing.map(({ name, fieldId }) => `${name} (set teams.<team>.tickets.fields.${fieldId})`).join(", ")}`,
      { retryable: false },
    );
  return `Jira knows the token: ${displayName ?? "a user without a name"}; ${project} has issues of type ${issueType}`;
}
