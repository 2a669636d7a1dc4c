import { PortError } from "#ports/port-error.ts";
import { createJiraClient, type JiraAccess } from "./client.ts";

/** Two real requests: who the token is of, and whether a project has the type of issue. Rejects with PortError, which says what to do. */
export async function checkProject(access: JiraAccess, project: string, issueType: string): Promise<string> {
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
  return `Jira knows the token: ${displayName ?? "a user without a name"}; ${project} has issues of type ${issueType}`;
}
