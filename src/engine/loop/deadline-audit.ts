import { rearmDistantEffects } from "#db/effects.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import type { Engine } from "#engine/base/engine.ts";
import { LONGEST_RETRY_MS } from "./retry.ts";

/** Longest claim of an effect in ms, with a minute for a clock that is a little behind. */
const LONGEST_LEASE_MS = 2 * MINUTE_MS;

/**
 * Finds what is due further ahead than anything makes it, because the clock was set back since, and makes it due now.
 * To be called every minute, by any number of processes. Escalations: `auditEscalations`.
 */
export async function auditDeadlines(engine: Engine): Promise<void> {
  const { connection, databaseClock, log } = engine;
  const count = await rearmDistantEffects(connection.db, databaseClock.now(), {
    lease: Math.max(LONGEST_LEASE_MS, engine.leaseMs ?? 0),
    wait: LONGEST_RETRY_MS + MINUTE_MS,
  });
  if (count === 0) return;
  log.warn({ count }, "effects were due further ahead than they can be: the clock was set back; they are due now");
  for (const lane of ["page", "chat", "ticket"] as const) engine.wakeLane(lane, { urgency: 0, delayMs: 0 });
}
