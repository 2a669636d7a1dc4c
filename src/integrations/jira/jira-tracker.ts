import { UNLIMITED_ALLOWANCES } from "#ports/allowances.ts";
import type { TrackerDefinition } from "#ports/tracker.ts";
import { z } from "zod";
import { checkProject } from "./check.ts";
import { createJiraTickets, isJiraKey, type JiraPlace } from "./jira-tickets.ts";
import { jiraConflicts, JiraEnvironment, PROJECT_PATTERN, readJiraSettings } from "./settings.ts";

/** Every field but those that every ticket has. */
const OTHER_FIELD = /^(?!(?:project|issuetype|summary|description|labels|assignee)$)\w+$/;

/** The project of a place, with what it requires. */
function projectOf(own: Readonly<Record<string, string>>): Pick<JiraPlace, "project" | "issueType" | "fields"> {
  const fields = JSON.parse(own["fields"] ?? "{}") as JiraPlace["fields"];
  return { project: own["project"]!, issueType: own["issueType"]!, fields };
}

export const jiraTracker: TrackerDefinition = {
  target: "jira",
  title: "Jira",
  settings: ["JIRA_URL", "JIRA_EMAIL", "JIRA_TOKEN"],
  placeKey: "project",
  placeSetting: "JIRA_PROJECT",
  keys: {
    project: z.string().regex(PROJECT_PATTERN, "expected a project key such as OPS").optional(),
    issueType: z.string().min(1).default("Task"),
    /** What the project requires besides, as Jira's API takes it: `customfield_10050: { value: High }`. */
    fields: z.record(z.string().regex(OTHER_FIELD, "Muster sets this field itself"), z.unknown()).default({}),
  },
  environment: JiraEnvironment,
  conflicts: (values) => jiraConflicts(values as z.output<typeof JiraEnvironment>),
  access(values) {
    const settings = readJiraSettings(JiraEnvironment.parse(values));
    return (
      settings && {
        defaultPlace: settings.project,
        connect: ({ placeOf, ...setup }) =>
          createJiraTickets({
            ...settings,
            ...setup,
            placeOf(team) {
              const { values: own, labels, assignee } = placeOf(team);
              return { ...projectOf(own), labels, assignee };
            },
          }),
        check: ({ values: own }, clock) =>
          checkProject({ ...settings, clock, allowances: UNLIMITED_ALLOWANCES, onCall: () => {} }, projectOf(own)),
      }
    );
  },
  owns: isJiraKey,
};
