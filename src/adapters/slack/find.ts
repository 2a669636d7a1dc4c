import type { Instant } from "#domain/language.ts";
import type { Ask } from "#ports/chat.ts";
import type { Call } from "./client.ts";

/** A message as conversations.history tells it, as far as we look. */
export type Seen = {
  readonly ts: string;
  readonly metadata?: { readonly event_type?: string; readonly event_payload?: Readonly<Record<string, unknown>> };
  readonly files?: readonly { readonly name?: string; readonly permalink?: string }[];
};

/** Slack's clock and ours may differ by so much. */
const SKEW_MS = 60_000;
const PAGES = 10;

type Paged = { readonly response_metadata?: { readonly next_cursor?: string } };

/**
 * The channel that an attempt of ours created without our hearing of it: of this name (or with a number behind it),
 * by us, since the attempt. Asks for the channels we are in, never for all there are: workspaces hold tens of thousands.
 */
export async function findChannel(
  call: Call,
  wanted: { readonly base: string; readonly creator: string; readonly since: Instant },
  urgency: number,
): Promise<{ readonly id: string; readonly name: string } | null> {
  type Listed = { id: string; name: string; creator?: string; created?: number };
  const ours = ({ name, creator, created }: Listed): boolean =>
    (name === wanted.base || (name.startsWith(`${wanted.base}-`) && /^\d+$/.test(name.slice(wanted.base.length + 1)))) &&
    creator === wanted.creator &&
    (created ?? 0) * 1_000 >= wanted.since - SKEW_MS;
  return paged(async (cursor) => {
    const page = await call<Paged & { channels: Listed[] }>("users.conversations", { types: "public_channel,private_channel", exclude_archived: true, limit: 200, ...cursor }, urgency);
    return { page, found: page.channels.find(ours) ?? null };
  });
}

/** A message since the attempt that fits, or null. `channel` may be a name; then only channels we are in can be looked into. */
export async function findMessage(call: Call, channel: string, ask: Ask, fits: (message: Seen) => boolean): Promise<{ readonly message: Seen; readonly channel: string } | null> {
  const id = /^[CGD][A-Z0-9]{5,}$/.test(channel) ? channel : await channelId(call, channel.replace(/^#/, ""), ask.urgency);
  if (id === null) return null;
  const oldest = ((ask.since - SKEW_MS) / 1_000).toFixed(6);
  const message = await paged(async (cursor) => {
    const page = await call<Paged & { messages: Seen[] }>("conversations.history", { channel: id, oldest, include_all_metadata: true, limit: 200, ...cursor }, ask.urgency);
    return { page, found: page.messages.find(fits) ?? null };
  });
  return message === null ? null : { message, channel: id };
}

function channelId(call: Call, name: string, urgency: number): Promise<string | null> {
  return paged(async (cursor) => {
    const page = await call<Paged & { channels: { id: string; name: string }[] }>("users.conversations", { types: "public_channel,private_channel", exclude_archived: true, limit: 200, ...cursor }, urgency);
    return { page, found: page.channels.find((each) => each.name === name)?.id ?? null };
  });
}

async function paged<T>(turn: (cursor: { cursor?: string }) => Promise<{ readonly page: Paged; readonly found: T | null }>): Promise<T | null> {
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
