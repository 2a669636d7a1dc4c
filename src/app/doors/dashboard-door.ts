import type { signInParts } from "#app/access/dashboard-sessions.ts";
import type { AppConfig } from "#config/app-config.ts";
import type { Engine } from "#engine/base/engine.ts";
import { reportDecisionLag } from "#engine/reporting/lag-report.ts";
import { createSectionEditor } from "#engine/postmortem/section-editor.ts";
import { rememberGroups } from "#engine/response/group-members.ts";
import { settleRefusals } from "#engine/alerting/refusal-report.ts";
import { createAssets } from "#handlers/assets.ts";
import type { DashboardDoor } from "#handlers/dashboard/dashboard-routes.ts";
import { createPersonAccess, createShownRole } from "#app/access/person-access.ts";

/** What the pages of the dashboard stand on: what acts, reads and lists for them. */
export function dashboardDoor(
  { publicUrl }: AppConfig,
  engine: Engine,
  parts: Pick<
    DashboardDoor,
    "door" | "letters" | "live" | "audit" | "guard" | "signIns" | "monotonic" | "onError" | "runbooks"
  >,
): Omit<DashboardDoor, keyof ReturnType<typeof signInParts>> {
  return {
    ...parts,
    writer: createSectionEditor(engine, parts.door.act),
    settleRefusals: (ids, by) => settleRefusals(engine, ids, by),
    lag: () => reportDecisionLag(engine),
    hasAccess: createPersonAccess(engine),
    shownRole: createShownRole({ ...engine, chat: rememberGroups(engine.chat, engine.clock) }),
    assets: createAssets(),
    publicUrl,
  };
}
