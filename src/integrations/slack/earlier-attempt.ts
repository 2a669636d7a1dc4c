import { MINUTE_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";
import type { RequestAttempt } from "#ports/chat.ts";
import { slackCode, type CallTerms, type SlackCaller } from "./client.ts";
import { isRefused } from "./errors.ts";

/** A message as conversations.history tells it, as far as we look. */
export type HistoryMessage = {
  readonly ts: string;
  readonly metadata?: { readonly event_type?: string; readonly event_payload?: Readonly<Record<string, unknown>> };
  readonly files?: readonly { readonly name?: string; readonly permalink?: string }[];
};

/** Slack's clock and ours may differ by so much. */
const SKEW_MS = MINUTE_MS;
const PAGES = 10;

type Paged = { readonly response_metadata?: { readonly next_cursor?: string } };

/**
 * The channel that an attempt of ours created without our hearing of it: of this name (or with a number behind it),
 * by us, since the attempt. Asks for the channels we are in, never for all there are: workspaces hold tens of thousands.
 */
export async function findChannel(
  call: SlackCaller,
  wanted: { readonly base: string; readonly creator: string; readonly since: Instant },
  attempt: CallTerms,
): Promise<{ readonly id: string; readonly name: string } | null> {
  type ListedItem = { id: string; name: string; creator?: string; created?: number };
  const isOwn = ({ name, creator, created }: ListedItem): boolean =>
    (name === wanted.base ||
      (name.startsWith(`${wanted.base}-`) && /^\d+$/.test(name.slice(wanted.base.length + 1)))) &&
    creator === wanted.creator &&
    (created ?? 0) * 1_000 >= wanted.since - SKEW_MS;
  return paged(async (cursor) => {
    const page = await call<Paged & { channels: ListedItem[] }>(
      "users.conversations",
      { types: "public_channel,private_channel", exclude_archived: true, limit: 200, ...cursor },
      attempt,
    );
    return { page, found: page.channels.find(isOwn) ?? null };
  });
}

/**
 * A message since the attempt that fits, or null. Slack shows the history of a channel to its members only, so we join
 * a public one that we have posted into from outside; one that will not have us counts as holding nothing of ours.
 */
export async function findMessage(
  call: SlackCaller,
  channel: string,
  attempt: RequestAttempt,
  isMatch: (message: HistoryMessage) => boolean,
): Promise<{ readonly message: HistoryMessage; readonly channel: string } | null> {
  const id = /^[CGD][A-Z0-9]{5,}$/.test(channel) ? channel : await channelId(call, channel.replace(/^#/, ""), attempt);
  if (id === null) return null;
  const oldest = ((attempt.since - SKEW_MS) / 1_000).toFixed(6);
  const search = (): Promise<HistoryMessage | null> =>
    paged(async (cursor) => {
      const page = await call<Paged & { messages: HistoryMessage[] }>(
        "conversations.history",
        { channel: id, oldest, include_all_metadata: true, limit: 200, ...cursor },
        attempt,
      );
      return { page, found: page.messages.find(isMatch) ?? null };
    });
  let message: HistoryMessage | null = null;
  try {
    message = await search();
  } catch (error) {
    if (!isRefused(error)) throw error;
    if (
      slackCode(error) === "not_in_channel" &&
      (await unlessRefused(call("conversations.join", { channel: id }, attempt))) !== null
    )
      message = await unlessRefused(search());
  }
  return message === null ? null : { message, channel: id };
}

async function unlessRefused<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (!isRefused(error)) throw error;
    return null;
  }
}

/** The channel of this name: among ours first, then, up to a bound, among all. The policy saves the search when it names ids. */
async function channelId(call: SlackCaller, name: string, attempt: CallTerms): Promise<string | null> {
  const among = (method: string, types: string, limit: number): Promise<string | null> =>
    paged(async (cursor) => {
      const page = await call<Paged & { channels: { id: string; name: string }[] }>(
        method,
        { types, exclude_archived: true, limit, ...cursor },
        attempt,
      );
      return { page, found: page.channels.find((each) => each.name === name)?.id ?? null };
    });
  return (
    (await among("users.conversations", "public_channel,private_channel", 200)) ??
    (await unlessRefused(among("conversations.list", "public_channel", 999)))
  );
}

async function paged<T>(
  turn: (cursor: { cursor?: string }) => Promise<{ readonly page: Paged; readonly found: T | null }>,
): Promise<T | null> {
  let cursor: { cursor?: string } = {};
  for (let n = 0; n < PAGES; n++) {
    const { page, found } = await turn(cursor);
    if (found !== null) return found;
    const next = page.response_metadata?.next_cursor ?? "";
    if (next === "") return null;
    cursor = { cursor: next };
  }
  return null;
}
