import { presentRotations, saveRotations } from "#db/oncall/rotations.ts";
import { oncallChanges, replaceRotations } from "#domain/oncall/oncall-changes.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { Engine } from "#engine/base/engine.ts";
import { loadRoster } from "./oncall-roster.ts";

/**
 * Records the rotations of a policy before it counts: the person who has a turn keeps it until its hand-off, and the
 * past stays. `before`: the policy that counts now. To be called at the start and when the policy is read again.
 * @returns what changes about who is on call, a sentence each
 */
export async function recordRotations(
  engine: Pick<Engine, "connection" | "chat" | "paging" | "clock">,
  before: Policy,
  fresh: Policy,
): Promise<readonly string[]> {
  const now = engine.clock();
  const { overrides, isMember } = await loadRoster({ ...engine, policy: () => before }, now);
  const rest = { overrides, ...(isMember === undefined ? {} : { isMember }) };
  return engine.connection.db.transaction(async (tx) => {
    const known = await presentRotations(tx, now, true);
    const versions = replaceRotations(fresh, known, now);
    if (versions.some((each) => !known.includes(each))) await saveRotations(tx, versions);
    return oncallChanges({ ...rest, policy: before, versions: known }, { ...rest, policy: fresh, versions }, now);
  });
}
