import { z } from "zod";
import { MINUTE_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";
import type { RequestAttempt } from "#ports/chat.ts";
import { slackCode, type CallTerms, type SlackCaller } from "./client.ts";
import { isRefused } from "./errors.ts";

/** A message as conversations.history returns it, as far as we look. */
export const HistoryMessage = z.object({
  ts: z.string(),
  metadata: z
    .object({
      event_type: z.string().optional().catch(undefined),
      event_payload: z.record(z.string(), z.unknown()).optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
  files: z
    .array(
      z.object({ name: z.string().optional().catch(undefined), permalink: z.string().optional().catch(undefined) }),
    )
    .optional()
    .catch(undefined),
});
export type HistoryMessage = z.output<typeof HistoryMessage>;

/** Slack's clock and ours may differ by so much. */
const SKEW_MS = MINUTE_MS;
const PAGES = 10;

const Paged = z.object({
  response_metadata: z
    .object({ next_cursor: z.string().optional().catch(undefined) })
    .optional()
    .catch(undefined),
});
type Paged = z.output<typeof Paged>;

const ListedChannel = z.object({
  id: z.string(),
  name: z.string(),
  creator: z.string().optional().catch(undefined),
  created: z.number().optional().catch(undefined),
});
const Channels = Paged.extend({ channels: z.array(ListedChannel) });
const History = Paged.extend({ messages: z.array(HistoryMessage) });

/**
 * The channel that an attempt of ours created without our getting the answer: of this name (or with a number behind
 * it), by us, since the attempt. Asks for the channels we are in, never for all there are: workspaces hold tens of
 * thousands.
 */
export async function findChannel(
  call: SlackCaller,
  wanted: { readonly base: string; readonly creator: string; readonly since: Instant },
  attempt: CallTerms,
): Promise<{ readonly id: string; readonly name: string } | null> {
  const isOwn = ({ name, creator, created }: z.output<typeof ListedChannel>): boolean =>
    (name === wanted.base ||
      (name.startsWith(`${wanted.base}-`) && /^\d+$/.test(name.slice(wanted.base.length + 1)))) &&
    creator === wanted.creator &&
    (created ?? 0) * 1_000 >= wanted.since - SKEW_MS;
  return paged(async (cursor) => {
    const page = await call(
      "users.conversations",
      { types: "public_channel,private_channel", exclude_archived: true, limit: 200, ...cursor },
      attempt,
      Channels,
    );
    return { page, found: page.channels.find(isOwn) ?? null };
  });
}

/**
 * A message since the attempt that fits, or null; with `thread` among the answers to that message. Slack shows the history of a channel to its members only, so we join
 * a public one that we have posted into from outside; one that will not have us counts as holding nothing of ours.
 */
export async function findMessage(
  call: SlackCaller,
  channel: string,
  attempt: RequestAttempt,
  isMatch: (message: HistoryMessage) => boolean,
  thread?: string,
): Promise<{ readonly message: HistoryMessage; readonly channel: string } | null> {
  const id = /^[CGD][A-Z0-9]{5,}$/.test(channel) ? channel : await channelId(call, channel.replace(/^#/, ""), attempt);
  if (id === null) return null;
  const oldest = ((attempt.since - SKEW_MS) / 1_000).toFixed(6);
  const search = (): Promise<HistoryMessage | null> =>
    paged(async (cursor) => {
      const page = await call(
        thread === undefined ? "conversations.history" : "conversations.replies",
        {
          channel: id,
          ...(thread === undefined ? {} : { ts: thread }),
          oldest,
          include_all_metadata: true,
          limit: 200,
          ...cursor,
        },
        attempt,
        History,
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
      (await unlessRefused(call("conversations.join", { channel: id }, attempt).then(() => true))) !== null
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
      const page = await call(method, { types, exclude_archived: true, limit, ...cursor }, attempt, Channels);
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
