import { sql } from "drizzle-orm";
import { enqueueEffects } from "#db/effects.ts";
import type { QueryExecutor } from "#db/client.ts";
import { incidentEffectKey } from "#domain/effects/effect-registry.ts";
import type { Instant } from "#domain/values/language.ts";

/** Whom the chat did not let into the channel of an open incident, and why, a sentence each. Private incidents are left out. */
export type RefusedInvitations = { readonly incident: number; readonly refused: readonly string[] };

const MOST = 50;

const OF_OPEN = sql`from incidents i join effects e on e.key = ${incidentEffectKey("chat.members", 0).slice(0, -1)} || i.number
  where i.status in ('triggered','acknowledged','mitigated') and e.memo->'refused'->>0 is not null`;

/** The newest incidents first. */
export async function refusedInvitations(db: QueryExecutor): Promise<readonly RefusedInvitations[]> {
  const { rows } = await db.execute<RefusedInvitations>(
    sql`select i.number as incident, e.memo->'refused' as refused ${OF_OPEN} and coalesce(i.state->>'private', 'false') <> 'true' order by i.number desc limit ${MOST}`,
  );
  return rows;
}

/** Asks again for the invitations that were refused: their place may be mended. Answers for how many incidents. */
export async function enqueueRefusedInvitations(db: QueryExecutor, now: Instant): Promise<number> {
  const { rows } = await db.execute<{ number: number }>(
    sql`select i.number ${OF_OPEN} order by i.number desc limit ${MOST}`,
  );
  await enqueueEffects(
    db,
    rows.map(({ number }) => ({ effect: { type: "chat.members" }, incident: number, urgency: 4 })),
    now,
  );
  return rows.length;
}
