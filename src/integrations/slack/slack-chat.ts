import type { RequestAttempt, Chat } from "#ports/chat.ts";
import type { Channel } from "#domain/values/language.ts";
import { PortError } from "#ports/port-error.ts";
import { saveCanvas } from "./slack-canvas.ts";
import { slackCode, type SlackCaller, type SlackClient } from "./client.ts";
import { findChannel, findMessage, type HistoryMessage } from "./earlier-attempt.ts";
import { invitePeople } from "./channel-invites.ts";
import { createSlackPeople } from "./slack-people.ts";
import { readMessage, unescapeMarkup } from "./slack-message.ts";
import { sendEphemeral } from "./ephemeral-message.ts";
import { renderForm } from "./render-form.ts";
import { SLACK_PLATFORM } from "./slack-platform.ts";
import { renderHome, renderMessage } from "./render-message.ts";

/** How our messages say which request they come from; invisible to people. */
const EVENT_TYPE = "muster";

type Info = {
  readonly name: string;
  readonly topic?: { readonly value?: string };
  readonly is_archived?: boolean;
  readonly is_member?: boolean;
};

type Identity = { readonly userId: string; readonly url: string };

/** Slack as a chat workspace. */
export function createSlackChat(client: SlackClient, clock: () => number): Chat {
  const { call } = client;
  let known: Promise<Identity> | null = null;
  /** Who we are; asked once, and again after a failure. */
  const identity = (): Promise<Identity> => {
    known ??= call<{ user_id: string; url: string }>("auth.test", {}, { urgency: 0 })
      .then(({ user_id, url }) => ({ userId: user_id, url }))
      .catch((error: unknown) => {
        known = null;
        throw error;
      });
    return known;
  };
  const present = async (id: string, name: string): Promise<Channel> => ({
    id,
    name,
    url: `${(await identity()).url.replace(/\/?$/, "/")}archives/${id}`,
  });

  const people = createSlackPeople(call, clock);

  return {
    name: "slack",
    title: SLACK_PLATFORM.title,

    async openChannel(wanted, ask) {
      const me = await identity();
      if (ask.unsure) {
        const mine = await findChannel(call, { base: wanted.name, creator: me.userId, since: ask.since }, ask);
        if (mine !== null) return present(mine.id, mine.name);
      }
      for (let attempt = 1; attempt <= 20; attempt++) {
        const name = attempt === 1 ? wanted.name : `${wanted.name}-${attempt}`;
        try {
          const { channel } = await call<{ channel: { id: string; name: string } }>(
            "conversations.create",
            { name, is_private: wanted.private },
            ask,
          );
          return await present(channel.id, channel.name);
        } catch (error) {
          if (slackCode(error) !== "name_taken") throw error;
        }
      }
      throw new PortError("invalid", `twenty channels called ${wanted.name} exist already`, { retryable: false });
    },

    async post(channel, message, ask) {
      const note = message.note ?? "";
      if (ask.unsure) {
        const there = await findMessage(
          call,
          channel,
          ask,
          ({ metadata }) => metadata?.event_type === EVENT_TYPE && metadata.event_payload?.["key"] === ask.key,
        );
        if (there !== null) return { id: there.message.ts, channel: there.channel, note: noteOf(there.message) };
      }
      const metadata = { event_type: EVENT_TYPE, event_payload: { key: ask.key, note } };
      const { ts, channel: id } = await call<{ ts: string; channel: string }>(
        "chat.postMessage",
        { channel, ...renderMessage(message), metadata, unfurl_links: false, unfurl_media: false },
        ask,
      );
      return { id: ts, channel: id, note };
    },

    async edit(channel, id, message, ask) {
      await call("chat.update", { channel, ts: id, ...renderMessage(message) }, ask);
    },

    async pin(channel, id, ask) {
      await ignoring(["already_pinned"], call("pins.add", { channel, timestamp: id }, ask));
    },

    async setTopic(channel, topic, ask) {
      await call("conversations.setTopic", { channel, topic }, ask);
    },

    async bookmark(channel, links, ask) {
      const { bookmarks } = await call<{ bookmarks?: { link?: string }[] }>(
        "bookmarks.list",
        { channel_id: channel },
        ask,
      );
      const there = new Set((bookmarks ?? []).map(({ link }) => link));
      for (const { title, url } of links)
        if (!there.has(url)) await call("bookmarks.add", { channel_id: channel, title, type: "link", link: url }, ask);
    },

    invite: (channel, people, ask) => invitePeople(call, channel, people, ask),

    whisper: (to, message, ask) => sendEphemeral(client, to, message, ask),

    async direct(user, message, ask) {
      const { channel } = await call<{ channel: { id: string } }>("conversations.open", { users: user }, ask);
      await this.post(channel.id, message, ask);
    },

    message: (channel, id, _, ask) => readMessage(call, people, channel, id, ask),

    async react(channel, id, emoji, there, ask) {
      const work = call(there ? "reactions.add" : "reactions.remove", { channel, timestamp: id, name: emoji }, ask);
      await ignoring(there ? ["already_reacted", "message_not_found"] : ["no_reaction", "message_not_found"], work);
    },

    async look(channel, ask) {
      try {
        const { channel: found } = await call<{ channel: Info }>("conversations.info", { channel }, ask);
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

    async join(channel, ask) {
      await call("conversations.join", { channel }, ask);
    },

    isMember: SLACK_PLATFORM.isMember,
    person: people.person,
    group: people.group,
    setGroup: people.setGroup,

    async upload(channel, file, ask) {
      if (ask.unsure) {
        const there = await findMessage(
          call,
          channel,
          ask,
          ({ files }) => files?.some(({ name }) => name === file.name) ?? false,
        );
        const found = there?.message.files?.find(({ name }) => name === file.name);
        if (found !== undefined) return { url: found.permalink ?? "" };
      }
      return uploadText(call, channel, file, ask);
    },

    canvas: (channel, page, known, ask) => saveCanvas(call, channel, page, known, ask),

    async archive(channel, ask) {
      await ignoring(["already_archived"], call("conversations.archive", { channel }, ask));
    },

    async openForm(trigger, form) {
      try {
        return (
          await call<{ view: { id: string } }>(
            "views.open",
            { trigger_id: trigger, view: renderForm(form) },
            { urgency: 0 },
          )
        ).view.id;
      } catch (error) {
        if (slackCode(error) !== "exchanged_trigger_id") throw error;
        return null;
      }
    },

    async updateForm(id, form) {
      // Whoever closed it does not want another.
      await ignoring(["not_found"], call("views.update", { view_id: id, view: renderForm(form) }, { urgency: 0 }));
    },

    async home(user, view) {
      await call("views.publish", { user_id: user, view: renderHome(view) }, { urgency: 0 });
    },

    async ping() {
      await call("auth.test", {}, { urgency: 0 });
    },
  };
}

/** Slack's three steps of an upload: ask for a place, put the bytes there, share it in the channel. */
async function uploadText(
  call: SlackCaller,
  channel: string,
  file: { readonly name: string; readonly title: string; readonly text: string },
  ask: RequestAttempt,
): Promise<{ url: string }> {
  const bytes = Buffer.from(file.text, "utf8");
  const place = await call<{ upload_url: string; file_id: string }>(
    "files.getUploadURLExternal",
    { filename: file.name, length: bytes.length },
    ask,
  );
  let sent: Response;
  try {
    sent = await fetch(place.upload_url, {
      method: "POST",
      body: bytes,
      headers: { "content-type": "application/octet-stream" },
      signal: AbortSignal.timeout(10_000),
    });
  } catch (cause) {
    // Bytes without a share are seen by nobody: uploading them again does no harm.
    throw new PortError("unreachable", "Slack did not take the file's bytes", { retryable: true, cause });
  }
  if (!sent.ok)
    throw new PortError("server_error", `Slack answered the upload with HTTP ${sent.status}`, { retryable: true });
  const { files } = await call<{ files?: HistoryMessage["files"] }>(
    "files.completeUploadExternal",
    { files: [{ id: place.file_id, title: file.title }], channel_id: channel },
    ask,
  );
  return { url: files?.[0]?.permalink ?? "" };
}

function noteOf({ metadata }: HistoryMessage): string {
  const note = metadata?.event_payload?.["note"];
  return typeof note === "string" ? note : "";
}

async function ignoring(codes: readonly string[], work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!codes.includes(slackCode(error) ?? "")) throw error;
  }
}
