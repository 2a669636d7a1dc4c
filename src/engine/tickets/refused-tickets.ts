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

/** What is refused, by the type of the effect. */
const REFUSED: Readonly<Record<string, string>> = {
  "ticket.close": "closed",
  "ticket.reopen": "re-opened",
};

/** How many tickets their tracker refuses to open, close or re-open, why, and that it is tried again; null: none. */
export async function reportRefusedTickets({ connection }: Pick<Engine, "connection">): Promise<string | null> {
  const refused = await refusedTickets(connection.db);
  if (refused === null) return null;
  const counts = new Map<string, number>();
  for (const [type, count] of Object.entries(refused.counts)) {
    const how = REFUSED[type] ?? "opened";
    counts.set(how, (counts.get(how) ?? 0) + count);
  }
  const parts = [...counts].map(([how, count]) => `${countedNoun(count, "ticket")} cannot be ${how}`);
  return `${parts.join(", ")}: ${refused.reason}. Retried every 10 minutes`;
}
