import { createGitHubDocuments } from "#integrations/github/github-documents.ts";
import { checkGitHubDocuments } from "./github-check.ts";
import type { Integration } from "./integration.ts";

/** GitHub as the place of documents; as a tracker it is `githubTracker` of its folder. */
export const githubIntegration: Integration = {
  name: "github",
  title: "GitHub",
  connect: ({ config: { github }, clock, metrics, allowances }) =>
    github === null
      ? {}
      : {
          documents: createGitHubDocuments({
            ...github,
            clock,
            allowances,
            onCall: (call) => metrics.trackerCall({ tracker: "github", ...call }),
          }),
        },
  documentSettings: "GITHUB_TOKEN",
  checkDocuments: checkGitHubDocuments,
};
