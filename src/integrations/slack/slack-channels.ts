import { z } from "zod";
import type { Chat, RequestAttempt } from "#ports/chat.ts";
import type { Channel } from "#domain/values/language.ts";
import { PortError } from "#ports/port-error.ts";
import { ignoreCodes, slackCode, type SlackCaller } from "./client.ts";
import { findChannel } from "./earlier-attempt.ts";
import { invitePeople } from "./channel-invites.ts";
import { unescapeMarkup } from "./render-text.ts";

const Info = z.object({
  channel: z.object({
    name: z.string(),
    topic: z
      .object({ value: z.string().optional().catch(undefined) })
      .optional()
      .catch(undefined),
    is_archived: z.boolean().optional().catch(undefined),
    is_member: z.boolean().optional().catch(undefined),
  }),
});
const Bookmarks = z.object({
  bookmarks: z
    .array(z.object({ link: z.string().optional().catch(undefined) }))
    .optional()
    .catch(undefined),
});
const Myself = z.object({ user_id: z.string(), url: z.string() });
const Created = z.object({ channel: z.object({ id: z.string(), name: z.string() }) });

type Identity = { readonly userId: string; readonly url: string };

/** The channels of a workspace: made, looked at, described, and archived. */
export function slackChannels(
  call: SlackCaller,
): Pick<Chat, "openChannel" | "setTopic" | "bookmark" | "invite" | "look" | "join" | "archive"> {
  const identity = createIdentity(call);
  return {
    openChannel: async (wanted, attempt) => openChannel(call, await identity(), wanted, attempt),

    async setTopic(channel, topic, attempt) {
      await call("conversations.setTopic", { channel, topic }, attempt);
    },

    async bookmark(channel, links, attempt) {
      const { bookmarks } = await call("bookmarks.list", { channel_id: channel }, attempt, Bookmarks);
      const there = new Set((bookmarks ?? []).map(({ link }) => link));
      for (const { title, url } of links)
        if (!there.has(url))
          await call("bookmarks.add", { channel_id: channel, title, type: "link", link: url }, attempt);
    },

    invite: (channel, people, attempt) => invitePeople(call, channel, people, attempt),

    async look(channel, attempt) {
      try {
        const { channel: found } = await call("conversations.info", { channel }, attempt, Info);
        return {
          topic: unescapeMarkup(found.topic?.value ?? ""),
          name: found.name,
          archived: found.is_archived === true,
          member: found.is_member === true,
        };
      } catch (error) {
        if (slackCode(error) === "channel_not_found") return null;
        throw error;
      }
    },

    async join(channel, attempt) {
      await call("conversations.join", { channel }, attempt);
    },

    async archive(channel, attempt) {
      await ignoreCodes(["already_archived"], call("conversations.archive", { channel }, attempt));
    },
  };
}

/** Who we are; asked once, and again after a failure. */
function createIdentity(call: SlackCaller): () => Promise<Identity> {
  let known: Promise<Identity> | null = null;
  return () => {
    known ??= call("auth.test", {}, { urgency: 0 }, Myself)
      .then(({ user_id, url }) => ({ userId: user_id, url }))
      .catch((error: unknown) => {
        known = null;
        throw error;
      });
    return known;
  };
}

/** Adopts the channel of an earlier attempt, else makes one under the first name that is free. */
async function openChannel(
  call: SlackCaller,
  me: Identity,
  wanted: Parameters<Chat["openChannel"]>[0],
  requestAttempt: RequestAttempt,
): Promise<Channel> {
  if (requestAttempt.unsure) {
    const mine = await findChannel(
      call,
      { base: wanted.name, creator: me.userId, since: requestAttempt.since },
      requestAttempt,
    );
    if (mine !== null) return present(me, mine);
  }
  for (let attempt = 1; attempt <= 20; attempt++) {
    const name = attempt === 1 ? wanted.name : `${wanted.name}-${attempt}`;
    try {
      const { channel } = await call(
        "conversations.create",
        { name, is_private: wanted.private },
        requestAttempt,
        Created,
      );
      return present(me, channel);
    } catch (error) {
      if (slackCode(error) !== "name_taken") throw error;
    }
  }
  throw new PortError("invalid", `twenty channels called ${wanted.name} exist already`, { retryable: false });
}

function present(me: Identity, { id, name }: { readonly id: string; readonly name: string }): Channel {
  return { id, name, url: `${me.url.replace(/\/?$/, "/")}archives/${id}` };
}
