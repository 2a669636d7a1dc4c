import { loadPolicy } from "#config/app-config.ts";
import type { EnvironmentVariables } from "#app/terminal.ts";

/** The functions of SQL that the policy of this folder lets in; none where it has errors, which its own check lists. */
export function policyFunctions(env: EnvironmentVariables): readonly string[] {
  return loadPolicy(env["MUSTER_CONFIG"] || "muster.yaml", false).policy?.automation.functions ?? [];
}
