import type { AppConfig } from "#config/app-config.ts";
import { UNLIMITED_ALLOWANCES } from "#ports/allowances.ts";
import { checkProposals } from "#integrations/github/check.ts";
import type { Instant } from "#domain/values/language.ts";
import type { DoctorFinding } from "./integration.ts";

/** Whether reviewed postmortems can become pull requests, where the policy asks for that. */
export async function checkGitHubDocuments(
  { github, policy }: AppConfig,
  clock: () => Instant,
): Promise<readonly DoctorFinding[]> {
  const wanted = policy.postmortem.github;
  if (wanted === undefined) return [];
  if (github === null)
    return [{ what: "documents", ok: false, says: "postmortem.github is set in the policy, and GITHUB_TOKEN is not" }];
  try {
    const access = { ...github, clock, allowances: UNLIMITED_ALLOWANCES, onCall: () => {} };
    return [{ what: "documents", ok: true, says: await checkProposals(access, wanted.repo, wanted.base ?? null) }];
  } catch (error) {
    return [{ what: "documents", ok: false, says: error instanceof Error ? error.message : String(error) }];
  }
}
