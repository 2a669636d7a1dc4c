import { alertmanagerIntegration } from "./alertmanager-integration.ts";
import { githubIntegration } from "./github-integration.ts";
import type { Integration } from "./integration.ts";
import { oidcIntegration } from "./oidc-integration.ts";
import { pagerDutyIntegration } from "./pagerduty-integration.ts";
import { slackIntegration } from "./slack-integration.ts";

/** Every vendor there is, one a line. Of two that offer the same the first does it; trackers have a list of their own (`src/config/vendor-lists.ts`), they stand side by side. */
export const INTEGRATIONS: readonly Integration[] = [
  slackIntegration,
  oidcIntegration,
  pagerDutyIntegration,
  githubIntegration,
  alertmanagerIntegration,
];
