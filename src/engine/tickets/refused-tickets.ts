import { rearmRefusedTickets, refusedTickets } from "#db/outages/dead-letter-rows.ts";
import { countedNoun } from "#domain/events/wording.ts";
import type { Engine } from "#engine/base/engine.ts";

/** Tries every ticket again that its tracker refused: at a start, and when someone has mended the place. Answers how many. */
export async function retryRefusedTickets({
  connection,
  databaseClock,
  wakeLane,
}: Pick<Engine, "connection" | "databaseClock" | "wakeLane">): Promise<number> {
  const count = await rearmRefusedTickets(connection.db, databaseClock.now());
  if (count > 0) wakeLane("ticket", { urgency: 2, delayMs: 0 });
  return count;
}

/** How many tickets their tracker refuses, why, and that they are tried again; null: none. */
export async function reportRefusedTickets({ connection }: Pick<Engine, "connection">): Promise<string | null> {
  const refused = await refusedTickets(connection.db);
  return refused === null
    ? null
    : `${countedNoun(refused.count, "ticket")} cannot be opened: ${refused.reason}. Retried every 10 minutes`;
}
