import { checkProposals } from "#integrations/github/check.ts";
import type { AppConfig } from "#config/app-config.ts";
import type { DoctorFinding } from "#app/integrations/integration.ts";
import { systemClock } from "#app/clock.ts";

/** Whether postmortems that are reviewed can become pull requests, where the policy wants that. */
export async function checkDocuments({ github, policy }: AppConfig): Promise<readonly DoctorFinding[]> {
  const wanted = policy.postmortem.github;
  if (wanted === undefined) return [];
  if (github === null)
    return [{ what: "documents", ok: false, says: "postmortem.github is set in the policy, and GITHUB_TOKEN is not" }];
  try {
    return [
      {
        what: "documents",
        ok: true,
        says: await checkProposals(
          { ...github, clock: systemClock, onCall: () => {} },
          wanted.repo,
          wanted.base ?? null,
        ),
      },
    ];
  } catch (error) {
    return [{ what: "documents", ok: false, says: error instanceof Error ? error.message : String(error) }];
  }
}
