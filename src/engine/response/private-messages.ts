import type { Incident } from "#domain/incident/incident.ts";
import type { RoutedPerson } from "#domain/policy/people.ts";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import { incidentId } from "#domain/values/language.ts";
import type { Engine } from "#engine/base/engine.ts";
import type { RequestAttempt } from "#ports/chat.ts";
import { unreachedNotice } from "#views/response/people-call.ts";

// What waits in a private incident that has no channel: its people get direct messages.

/** Whether someone can get a direct message in the chat. */
export function canReach({ chat }: Engine): (person: RoutedPerson) => boolean {
  return ({ chatId }) => chatId !== null && chat.isMember(chatId);
}

/**
 * Sends a direct message to each of these people. When the chat has no one of them, the incidents channel learns that
 * something waits, and nothing of the incident.
 *
 * @throws PortError when it reached no one and may later
 */
export async function sendPrivately(
  engine: Engine,
  attempt: RequestAttempt,
  people: readonly RoutedPerson[],
  message: ChatMessage,
  { number }: Incident,
): Promise<void> {
  const { chat, log, policy } = engine;
  const reachable = people.filter(canReach(engine)).map(({ chatId }) => chatId!);
  if (reachable.length === 0) {
    log.warn({ incident: incidentId(number) }, "no one of a private incident is known in the chat");
    await chat.post(policy().channels.incidents, unreachedNotice(), attempt);
    return;
  }
  const sent = await Promise.allSettled(
    reachable.map((id) => chat.direct(id, message, { ...attempt, key: `${attempt.key}:${id}` })),
  );
  // Once one of them was reached, a retry would reach the others twice.
  const failed = sent.find(({ status }) => status === "rejected");
  if (failed?.status === "rejected" && sent.every(({ status }) => status === "rejected")) throw failed.reason;
}
