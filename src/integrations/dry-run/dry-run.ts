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

/** A chat without configuration: logs what would be posted. `platform`: the one it replaces. */
export function dryRunChat(log: DryRunLog, newId: () => string, platform: ChatPlatform = ANY_PLATFORM): Chat {
  const would = (what: string, fields: object): Promise<void> => {
    log({ chat: "dry-run", ...fields }, `would ${what}`);
    return Promise.resolve();
  };
  return {
    name: "dry-run",
    title: platform.title,
    isDryRun: true,
    async openChannel({ name }) {
      await would(`open channel #${name}`, {});
      return { id: `dry-run:${name}`, name, url: "" };
    },
    async post(channel, message) {
      await would(`post in ${channel}: ${plainWords(message.text)}`, {});
      return { id: newId(), channel, note: message.note ?? "" };
    },
    edit: (channel, id, message) => would(`edit a message in ${channel}: ${plainWords(message.text)}`, { message: id }),
    pin: (channel, id) => would(`pin a message in ${channel}`, { message: id }),
    setTopic: (channel, topic) => would(`set the topic of ${channel}: ${topic}`, {}),
    bookmark: (channel, links) => would(`bookmark in ${channel}: ${links.map(({ title }) => title).join(", ")}`, {}),
    async invite(channel, people) {
      await would(`invite to ${channel}: ${people.map(({ name }) => name).join(", ")}`, {});
      return { missing: [] };
    },
    sendEphemeral: (to, message) =>
      would(`whisper to ${to.user}: ${typeof message === "string" ? message : plainWords(message.text)}`, {}),
    async upload(channel, file) {
      await would(`upload ${file.name} to ${channel}`, {});
      return { url: "" };
    },
    async canvas(channel, { title }) {
      await would(`keep ${title} in the canvas of ${channel}`, {});
      return { id: "dry-run" };
    },
    archive: (channel) => would(`archive ${channel}`, {}),
    direct: (user, message) => would(`tell ${user}: ${plainWords(message.text)}`, {}),
    message: () => Promise.resolve(null),
    react: (channel, id, emoji, there) =>
      would(`${there ? "react" : "no longer react"} with :${emoji}: in ${channel}`, { message: id }),
    // No one can have taken a channel away that is in the log only.
    look: (channel) =>
      Promise.resolve({ name: channel.replace(/^dry-run:/, ""), topic: null, archived: false, member: true }),
    join: (channel) => would(`join ${channel}`, {}),
    isMember: platform.isMember,
    readMentions: platform.readMentions,
    person: (user) => Promise.resolve({ name: user, zone: "UTC" }),
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
    isDone: () => Promise.resolve(null),
  };
}
