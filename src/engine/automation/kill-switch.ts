import type { QueryExecutor } from "#db/client.ts";
import { listKillSwitches } from "#db/run-limits.ts";
import type { Engine } from "#engine/base/engine.ts";

/** Who switched automation off, and for what. */
export type KillSwitch = { readonly by: string; readonly scope: string };

/** The process's own setting takes precedence over every switch of people. */
export function forcedKillSwitch({ automationOff }: Pick<Engine, "automationOff">): KillSwitch | null {
  return automationOff === true ? { by: "MUSTER_AUTOMATION=off", scope: "everything" } : null;
}

/** Everything for which automation is off, and why, in words. */
export async function describeKillSwitches(
  engine: Pick<Engine, "automationOff" | "policy">,
  db: QueryExecutor,
): Promise<readonly string[]> {
  const forced = forcedKillSwitch(engine);
  return [
    ...(forced === null ? [] : ["Automation is off for everything: MUSTER_AUTOMATION=off."]),
    ...(engine.policy().automation.enabled
      ? []
      : ["Automation is off for everything: automation.enabled is false in muster.yaml."]),
    ...(await listKillSwitches(db)).map(
      ({ scope, name, by }) => `Automation is off for ${scope === "all" ? "everything" : name}, says ${by}.`,
    ),
  ];
}
