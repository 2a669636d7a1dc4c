import { enqueueRefusedInvitations } from "#db/outages/refused-invitations.ts";
import type { Engine } from "#engine/base/engine.ts";

/** To be called every few minutes: invites those again whom the chat refused. What refused them may be mended. */
export async function inviteRefusedPeople({
  connection,
  clock,
  wakeLane,
}: Pick<Engine, "connection" | "clock" | "wakeLane">): Promise<void> {
  const count = await enqueueRefusedInvitations(connection.db, clock());
  if (count > 0) wakeLane("chat", { urgency: 4, delayMs: 0 });
}
