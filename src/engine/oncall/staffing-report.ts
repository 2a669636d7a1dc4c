import { staffingWarnings } from "#domain/alerting/forecast/staffing.ts";
import type { Engine } from "#engine/base/engine.ts";
import { loadRoster } from "./oncall-roster.ts";

/**
 * The teams whose pages reach no one, by the policy that counts: a sentence each. `aheadMs`: how far ahead the holes of
 * schedules are looked at; 0: only now.
 */
export async function reportStaffing(
  engine: Pick<Engine, "connection" | "policy" | "chat" | "paging" | "clock">,
  aheadMs?: number,
): Promise<readonly string[]> {
  const now = engine.clock();
  const roster = await loadRoster(engine, now);
  return staffingWarnings({ ...roster, pagerChooses: (team) => engine.paging.choosesPeople(team) }, now, aheadMs);
}
