import { plainWords } from "#domain/values/plain-words.ts";
import type { ChatPlatform } from "#ports/chat-platform.ts";
import type { Chat } from "#ports/chat.ts";
import type { Paging } from "#ports/paging.ts";
import type { Tickets } from "#ports/tickets.ts";

/** A dry run's log of what it would do. */
export type DryRunLog = (fields: object, message: string) => void;

/** A workspace in which every id is a member. */
const ANY_PLATFORM: ChatPlatform = {
  title: "chat",
  personKey: "chat",
  isMember: () => true,
  readMentions: (text) => text,
  signInSettings: null,
};

/** Of what a private channel would get, the log has that it would; more people read it than the channel. */
const PRIVATE = "dry-run:private:";

function channelInLog(channel: string): string {
  return channel.startsWith(PRIVATE) ? "a private channel" : channel;
}

type Would = (what: string, fields: object) => Promise<void>;
type ChannelWork =
  | "openChannel"
  | "post"
  | "edit"
  | "pin"
  | "setTopic"
  | "bookmark"
  | "invite"
  | "upload"
  | "canvas"
  | "archive"
  | "react"
  | "look"
  | "join";

/** What happens in channels. */
function dryRunChannels(would: Would, newId: () => string): Pick<Chat, ChannelWork> {
  /** Logs what would happen in a channel; `text`: what it would show there. */
  const wouldIn = (channel: string, what: string, text: string, fields: object = {}): Promise<void> =>
    would(
      `${what} ${channelInLog(channel)}${channel.startsWith(PRIVATE) || text === "" ? "" : `: ${text}`}`,
      channel.startsWith(PRIVATE) ? {} : fields,
    );
  return {
    async openChannel({ name, private: hidden }) {
      await would(hidden ? "open a private channel" : `open channel #${name}`, {});
      return { id: `${hidden ? PRIVATE : "dry-run:"}${name}`, name, url: "" };
    },
    async post(channel, message) {
      await wouldIn(channel, "post in", plainWords(message.text));
      return { id: newId(), channel, note: message.note ?? "" };
    },
    edit: (channel, id, message) => wouldIn(channel, "edit a message in", plainWords(message.text), { message: id }),
    pin: (channel, id) => wouldIn(channel, "pin a message in", "", { message: id }),
    setTopic: (channel, topic) => wouldIn(channel, "set the topic of", topic),
    bookmark: (channel, links) => wouldIn(channel, "bookmark in", links.map(({ title }) => title).join(", ")),
    async invite(channel, people) {
      await wouldIn(channel, "invite to", people.map(({ name }) => name).join(", "));
      return { missing: [] };
    },
    async upload(channel, file) {
      await wouldIn(channel, "upload a file to", file.name);
      return { url: "" };
    },
    async canvas(channel, { title }) {
      await wouldIn(channel, "keep a canvas of", title);
      return { id: "dry-run" };
    },
    archive: (channel) => wouldIn(channel, "archive", ""),
    react: (channel, id, emoji, there) =>
      wouldIn(channel, `${there ? "react" : "no longer react"} with :${emoji}: in`, "", { message: id }),
    // No one can have taken a channel away that is in the log only.
    look: (channel) =>
      Promise.resolve({
        name: channel.replace(/^dry-run:(?:private:)?/, ""),
        topic: null,
        archived: false,
        member: true,
      }),
    join: (channel) => wouldIn(channel, "join", ""),
  };
}

/** A chat without configuration: logs what would be posted. `platform`: the one it replaces. */
export function dryRunChat(log: DryRunLog, newId: () => string, platform: ChatPlatform = ANY_PLATFORM): Chat {
  const would: Would = (what, fields) => {
    log({ chat: "dry-run", ...fields }, `would ${what}`);
    return Promise.resolve();
  };
  return {
    name: "dry-run",
    title: platform.title,
    isDryRun: true,
    ...dryRunChannels(would, newId),
    sendEphemeral: (to) =>
      // What is for one person's eyes is not for the log's readers.
      would(`answer ${to.user} privately`, {}),
    direct: (user) => would(`send ${user} a direct message`, {}).then(() => ({ id: newId(), channel: user })),
    message: () => Promise.resolve(null),
    isMember: platform.isMember,
    readMentions: platform.readMentions,
    person: (user) => Promise.resolve({ name: user, zone: "UTC" }),
    standing: () => Promise.resolve({ kind: "member" }),
    group: () => Promise.resolve([]),
    setGroup: (group, users) => would(`make ${users.join(", ")} the members of ${group}`, {}),
    async openForm() {
      await would("open a form", {});
      return newId();
    },
    updateForm: () => would("change a form", {}),
    home: (user) => would(`show ${user} their home`, {}),
    ping: () => Promise.resolve(),
  };
}

/** Paging that no one set up. */
export function dryRunPaging(log: DryRunLog): Paging {
  const would = (what: string, fields: object): Promise<void> => {
    log({ paging: "dry-run", ...fields }, `would ${what}`);
    return Promise.resolve();
  };
  return {
    name: "dry-run",
    title: "the pager",
    isDryRun: true,
    hasAlarm: () => Promise.resolve(null),
    placeOf: () => null,
    trigger: ({ to, people, priority, summary, dedupKey }) =>
      would(`page ${to}: ${summary}`, { people, priority, dedupKey }).then(() => null),
    acknowledge: ({ dedupKey }) => would("acknowledge the page", { dedupKey }),
    resolve: ({ dedupKey }) => would("resolve the page", { dedupKey }),
    reinforce: () => Promise.resolve(false),
    describe: ({ dedupKey }, { priority }) => would(`show ${priority} on the page`, { dedupKey }),
    oncalls: () => Promise.resolve(null),
    choosesPeople: () => false,
    outlineEvent: () => null,
    readEvent: () => Promise.resolve(null),
    annotate: ({ dedupKey }, text) => would(`write on the page: ${text}`, { dedupKey }),
  };
}

/** A ticket tracker that no one set up. */
export function dryRunTickets(log: DryRunLog): Tickets {
  const would = (what: string, fields: object): Promise<{ readonly note: null }> => {
    log({ tickets: "dry-run", ...fields }, `would ${what}`);
    return Promise.resolve({ note: null });
  };
  return {
    name: "dry-run",
    async open({ key, title, team }) {
      await would(`open a ticket: ${title}`, { key, team });
      return null;
    },
    comment: (ticket) => would(`write on the ticket ${ticket.key}`, {}),
    close: (ticket) => would(`close the ticket ${ticket.key}`, {}),
    reopen: (ticket) => would(`open the ticket ${ticket.key} again`, {}),
    outcome: () => Promise.resolve(null),
  };
}
