import { UNLIMITED_ALLOWANCES } from "#ports/allowances.ts";
import type { TrackerDefinition } from "#ports/tracker.ts";
import { checkRepository } from "./check.ts";
import { createGitHubTickets, isGitHubKey } from "./github-tickets.ts";
import { githubConflicts, GitHubEnvironment, readGitHubSettings, REPO_PATTERN } from "./settings.ts";
import { z } from "zod";

export const githubTracker: TrackerDefinition = {
  target: "github",
  title: "GitHub",
  settings: ["GITHUB_TOKEN"],
  placeKey: "repo",
  placeSetting: "GITHUB_REPO",
  keys: { repo: z.string().regex(REPO_PATTERN, "expected owner/name").optional() },
  environment: GitHubEnvironment,
  conflicts: (values) => githubConflicts(values as z.output<typeof GitHubEnvironment>),
  access(values) {
    const settings = readGitHubSettings(GitHubEnvironment.parse(values));
    return (
      settings && {
        defaultPlace: settings.repo,
        connect: ({ placeOf, ...setup }) =>
          createGitHubTickets({
            ...settings,
            ...setup,
            placeOf(team) {
              const { values: own, labels, assignee } = placeOf(team);
              return { repo: own["repo"]!, labels, assignee };
            },
          }),
        check: ({ values: own }, clock) =>
          checkRepository({ ...settings, clock, allowances: UNLIMITED_ALLOWANCES, onCall: () => {} }, own["repo"]!),
      }
    );
  },
  owns: isGitHubKey,
};
