import { overridesBetween } from "#db/arrangements.ts";
import type { OnCallRoster } from "#domain/oncall/oncall.ts";
import type { Instant } from "#domain/values/language.ts";
import type { Engine } from "#engine/base/engine.ts";

/** How long before and after an instant a shift may begin and end that says something about it. */
const AROUND = 200 * 86_400_000;

/** What says who is on call around an instant. */
export async function loadRoster(engine: Pick<Engine, "connection" | "policy">, at: Instant): Promise<OnCallRoster> {
  return { policy: engine.policy(), overrides: await overridesBetween(engine.connection.db, at - AROUND, at + AROUND) };
}
