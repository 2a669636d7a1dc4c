import type { Policy } from "#domain/policy/policy.ts";

/** Which trackers are set up, with the place for teams that name none. */
export type TrackerSettings = {
  readonly github: { readonly repo: string | null } | null;
  readonly jira: { readonly project: string | null } | null;
};

/** Where a team's tickets go; `missing` names the setting without which they go nowhere. */
export type TicketPlace =
  | {
      readonly target: "github";
      readonly repo: string;
      readonly labels: readonly string[];
      readonly assignee: string | null;
    }
  | {
      readonly target: "jira";
      readonly project: string;
      readonly issueType: string;
      readonly labels: readonly string[];
      readonly assignee: string | null;
    }
  | { readonly target: null; readonly missing: string };

/** What a team says, else the only tracker that is set up, else the only one that has a place for everyone. */
export function resolveTicketPlace(
  team: string | null,
  policy: Policy,
  { github, jira }: TrackerSettings,
): TicketPlace {
  const own = team === null || !Object.hasOwn(policy.teams, team) ? undefined : policy.teams[team]?.tickets;
  const name = team ?? "<team>";
  const { labels = [], assignee = null } = own ?? {};
  switch (
    own?.target ??
    onlyOne(own?.repo ?? github?.repo, own?.project ?? jira?.project, github !== null, jira !== null)
  ) {
    case "github": {
      if (github === null) return missing(`GITHUB_TOKEN is not set, and teams.${name}.tickets.target is github`);
      const repo = own?.repo ?? github.repo;
      return repo === null
        ? missing(`set GITHUB_REPO, or teams.${name}.tickets.repo in muster.yaml`)
        : { target: "github", repo, labels, assignee };
    }
    case "jira": {
      if (jira === null)
        return missing(`JIRA_URL, JIRA_EMAIL and JIRA_TOKEN are not set, and teams.${name}.tickets.target is jira`);
      const project = own?.project ?? jira.project;
      if (project === null) return missing(`set JIRA_PROJECT, or teams.${name}.tickets.project in muster.yaml`);
      return { target: "jira", project, issueType: own?.issueType ?? "Task", labels, assignee };
    }
    case null:
      return missing(`GitHub and Jira are both set up: set teams.${name}.tickets.target in muster.yaml`);
  }
}

function onlyOne(
  repo: string | null | undefined,
  project: string | null | undefined,
  github: boolean,
  jira: boolean,
): "github" | "jira" | null {
  if (github !== jira) return github ? "github" : "jira";
  if ((repo == null) === (project == null)) return null;
  return repo == null ? "jira" : "github";
}

function missing(what: string): TicketPlace {
  return { target: null, missing: what };
}
