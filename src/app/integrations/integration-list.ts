import { alertmanagerIntegration } from "./alertmanager-integration.ts";
import { githubIntegration } from "./github-integration.ts";
import type { Integration } from "./integration.ts";
import { jiraIntegration } from "./jira-integration.ts";
import { pagerDutyIntegration } from "./pagerduty-integration.ts";
import { slackIntegration } from "./slack-integration.ts";

/** Every vendor there is, one a line. Of two that offer the same the first does it; trackers stand side by side. */
export const INTEGRATIONS: readonly Integration[] = [
  slackIntegration,
  pagerDutyIntegration,
  githubIntegration,
  jiraIntegration,
  alertmanagerIntegration,
];
