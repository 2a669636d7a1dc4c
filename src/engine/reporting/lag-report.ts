import { readDecisionLag } from "#db/watch/pending-age.ts";
import { describeDecisionLag, type DecisionLag } from "#domain/reporting/decision-lag.ts";
import type { Engine } from "#engine/base/engine.ts";

type Reads = Pick<Engine, "connection" | "databaseClock">;

/** How far deciding lags behind what the doors have stored. */
export function decisionLag({ connection, databaseClock }: Reads): Promise<DecisionLag> {
  return readDecisionLag(connection.db, databaseClock.now());
}

/** The same in words; null while it keeps up. */
export async function reportDecisionLag(engine: Reads): Promise<string | null> {
  return describeDecisionLag(await decisionLag(engine));
}
