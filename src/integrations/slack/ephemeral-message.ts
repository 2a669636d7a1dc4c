import type { ReplyTo } from "#domain/incident/reply-to.ts";
import type { RequestAttempt } from "#ports/chat.ts";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import { neutralizeAll } from "#domain/values/text.ts";
import { PortError } from "#ports/port-error.ts";
import { OpenedConversation, type SlackClient } from "./client.ts";
import { isRefused } from "./errors.ts";
import { renderMessage } from "./render-message.ts";
import { escapeMarkup } from "./render-text.ts";

/** Whether an address is one at which Slack takes answers: nothing is ever sent to another. `apiUrl` null: Slack's own. */
export function isSlackResponseUrl(url: string, apiUrl: string | null): boolean {
  if (!URL.canParse(url)) return false;
  const { origin, username, password } = new URL(url);
  return (
    username === "" &&
    password === "" &&
    (origin === "https://hooks.slack.com" || (apiUrl !== null && origin === new URL(apiUrl).origin))
  );
}

/**
 * Sends one person something: through the address that came with their question, which works wherever they asked; else
 * in the channel; else, when we are not in that channel, in their own conversation with us.
 */
export async function sendEphemeral(
  { call, apiUrl }: SlackClient,
  to: ReplyTo,
  message: string | ChatMessage,
  attempt: RequestAttempt,
): Promise<void> {
  const content = typeof message === "string" ? { text: escapeMarkup(message) } : renderMessage(message);
  if (typeof to.url === "string" && isSlackResponseUrl(to.url, apiUrl) && (await postReply(to.url, content))) return;
  if (to.channel !== null) {
    try {
      await call(
        "chat.postEphemeral",
        {
          channel: to.channel,
          user: to.user,
          ...(to.thread === undefined ? {} : { thread_ts: to.thread }),
          ...content,
        },
        attempt,
      );
      return;
    } catch (error) {
      if (!isRefused(error)) throw error;
    }
  }
  const { channel } = await call("conversations.open", { users: to.user }, attempt, OpenedConversation);
  await call("chat.postMessage", { channel: channel.id, ...content }, attempt);
}

/** false when the address is used up or half an hour old, or something else than Slack answered for it. */
async function postReply(url: string, content: object): Promise<boolean> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ response_type: "ephemeral", replace_original: false, ...neutralizeAll(content) }),
      signal: AbortSignal.timeout(5_000),
      redirect: "error",
    });
  } catch (cause) {
    throw new PortError("unreachable", "Slack did not take the answer to a command", { retryable: true, cause });
  }
  if (response.status >= 500)
    throw new PortError("server_error", `Slack answered an answer with HTTP ${response.status}`, { retryable: true });
  return response.ok && (await response.text().catch(() => "")).trim().toLowerCase() === "ok";
}
