import { sql } from "drizzle-orm";
import { enqueueEffects } from "#db/effects.ts";
import { isPrivateSql } from "#db/incidents.ts";
import type { QueryExecutor } from "#db/client.ts";
import { incidentEffectKey } from "#domain/effects/effect-registry.ts";
import type { Instant } from "#domain/values/language.ts";

/** Whom the chat did not let into the channel of an open incident, and why, a sentence each. Private incidents are left out. */
export type RefusedInvitations = { readonly incident: number; readonly refused: readonly string[] };

const MOST = 50;

/** Looked for as text: a `\u0000` anywhere in a JSON value makes PostgreSQL refuse to look into it. */
const OF_OPEN = sql`from incidents join effects e on e.key = ${incidentEffectKey("chat.members", 0).slice(0, -1)} || incidents.number
  where incidents.status in ('triggered','acknowledged','mitigated') and e.memo::text like '%"refused":["%'`;

/** The newest incidents first. */
export async function refusedInvitations(db: QueryExecutor): Promise<readonly RefusedInvitations[]> {
  const { rows } = await db.execute<{ incident: number; memo: Pick<RefusedInvitations, "refused"> }>(
    sql`select incidents.number as incident, e.memo ${OF_OPEN} and not ${isPrivateSql} order by incidents.number desc limit ${MOST}`,
  );
  return rows.map(({ incident, memo: { refused } }) => ({ incident, refused }));
}

/** Asks again for the invitations that were refused: their place may be mended. Answers for how many incidents. */
export async function enqueueRefusedInvitations(db: QueryExecutor, now: Instant): Promise<number> {
  const { rows } = await db.execute<{ number: number }>(
    sql`select incidents.number ${OF_OPEN} order by incidents.number desc limit ${MOST}`,
  );
  await enqueueEffects(
    db,
    rows.map(({ number }) => ({ effect: { type: "chat.members" }, incident: number, urgency: 4 })),
    now,
  );
  return rows.length;
}
