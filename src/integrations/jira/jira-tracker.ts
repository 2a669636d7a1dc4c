import type { TrackerDefinition } from "#ports/tracker.ts";
import { z } from "zod";
import { checkProject } from "./check.ts";
import { createJiraTickets, isJiraKey } from "./jira-tickets.ts";
import { jiraConflicts, JiraEnvironment, PROJECT_PATTERN, readJiraSettings } from "./settings.ts";

export const jiraTracker: TrackerDefinition = {
  target: "jira",
  title: "Jira",
  settings: ["JIRA_URL", "JIRA_EMAIL", "JIRA_TOKEN"],
  placeKey: "project",
  placeSetting: "JIRA_PROJECT",
  keys: {
    project: z.string().regex(PROJECT_PATTERN, "expected a project key such as OPS").optional(),
    issueType: z.string().min(1).default("Task"),
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
              return { project: own["project"]!, issueType: own["issueType"]!, labels, assignee };
            },
          }),
        check: ({ values: own }, clock) =>
          checkProject({ ...settings, clock, onCall: () => {} }, own["project"]!, own["issueType"]!),
      }
    );
  },
  owns: isJiraKey,
};
