import { writeMention } from "#domain/values/mention.ts";
import type { Chat, MissingPerson } from "#ports/chat.ts";
import type { ChatPlatform } from "#ports/chat-platform.ts";
import { PortError } from "#ports/port-error.ts";
import { MUSTER, type OpenForm, type PlainWorkspace } from "./plain-workspace.ts";
import { PlainWriter, refusedError } from "./plain-writer.ts";

export const PLAIN_PLATFORM: ChatPlatform = {
  title: "the plain chat",
  personKey: "chat",
  isMember: (id) => /^p-[a-z]+$/.test(id),
  // "@p-bob" is how someone is mentioned here.
  readMentions: (text) => text.replace(/(?<!\S)@(p-[a-z]+)(?!\S)/g, (_, id: string) => writeMention(id, null)),
  signInSettings: null,
};

/** A click's trigger names who clicked, and where. */
export type PlainTrigger = { readonly person: string; readonly room: string; readonly key: string };

/** The plain chat behind the port. */
export function createPlainChat(workspace: PlainWorkspace): Chat {
  const writer = new PlainWriter(workspace);
  return underFaults(workspace, {
    name: "plain",
    title: PLAIN_PLATFORM.title,
    isMember: PLAIN_PLATFORM.isMember,
    readMentions: PLAIN_PLATFORM.readMentions,
    ...roomMethods(workspace, writer),
    ...messageMethods(workspace, writer),
    ...peopleMethods(workspace, writer),
    ...formMethods(workspace, writer),
    ping: async () => {},
  });
}

/** Rooms, with what hangs in them. */
function roomMethods(
  workspace: PlainWorkspace,
  writer: PlainWriter,
): Pick<Chat, "openChannel" | "setTopic" | "bookmark" | "invite" | "upload" | "canvas" | "archive" | "look" | "join"> {
  return {
    openChannel: async (wanted, { unsure, key }) => {
      const own = unsure ? [...workspace.rooms.values()].find((room) => room.key === key) : undefined;
      let name = wanted.name;
      for (let n = 2; own === undefined && workspace.room(name) !== null; n++) name = `${wanted.name}-${n}`;
      const room = own ?? workspace.open({ ...wanted, name }, key);
      return { id: room.id, name: room.name, url: "" };
    },

    setTopic: async (channel, topic) => void (writer.writable(channel).topic = topic),

    bookmark: async (channel, links) => {
      const room = writer.writable(channel);
      room.links = [...new Set([...room.links, ...links.map(({ url }) => url)])];
    },

    invite: async (channel, people) => {
      const room = writer.writable(channel);
      const missing: MissingPerson[] = [];
      for (const { chatId, email, name } of people) {
        const found = workspace.people.find((each) => each.id === chatId || (email !== null && each.email === email));
        if (found === undefined) missing.push({ name, reason: null });
        else room.members.add(found.id);
      }
      return { missing };
    },

    upload: async (channel, { name, text }, { unsure, key }) => {
      const { files } = writer.writable(channel);
      if (!unsure || !files.some((file) => file.key === key)) files.push({ name, text, key });
      return { url: `https://plain.example/files/${encodeURIComponent(name)}` };
    },

    canvas: async (channel) => {
      writer.writable(channel);
      return { refused: "there is nothing but text here" };
    },

    archive: async (channel) => void (writer.find(channel).archived = true),

    look: async (channel) => {
      const room = workspace.rooms.get(channel);
      if (room === undefined) return null;
      return { topic: room.topic, name: room.name, archived: room.archived, member: room.joined };
    },

    join: async (channel) => void (writer.find(channel).joined = true),
  };
}

/** Lines, in rooms and for one person. */
function messageMethods(
  workspace: PlainWorkspace,
  writer: PlainWriter,
): Pick<Chat, "post" | "edit" | "pin" | "sendEphemeral" | "direct" | "message" | "react"> {
  return {
    post: async (channel, message, { unsure, key }) => {
      const room = writer.writable(channel);
      const there = unsure ? room.lines.find((line) => line.key === key) : undefined;
      const { id, note } = there ?? writer.write(room, message, { key });
      return { id, channel: room.id, note };
    },

    edit: async (channel, id, message) => {
      writer.lineOf(channel, id).text = writer.render(writer.find(channel).id, id, message);
    },

    pin: async (channel, id) => void writer.find(channel).pins.add(writer.lineOf(channel, id).id),

    sendEphemeral: async ({ channel, user }, message) => {
      const requests = channel === null ? null : workspace.room(channel);
      const room = requests === null || requests.archived ? workspace.ownRoom(writer.knownPerson(user)) : requests;
      const to = writer.knownPerson(user);
      if (typeof message === "string") workspace.write(room, { by: MUSTER, to, text: message });
      else writer.write(room, message, { to });
    },

    direct: async (user, message, { unsure, key }) => {
      const room = workspace.ownRoom(writer.knownPerson(user));
      const there = unsure ? room.lines.find((line) => line.key === key) : undefined;
      return { id: (there ?? writer.write(room, message, { key })).id, channel: room.id };
    },

    message: async (channel, id) => {
      const line = writer.find(channel).lines.find((each) => each.id === id);
      if (line === undefined) return null;
      const name = workspace.person(line.by)?.name ?? "Muster";
      return { id, author: { id: line.by, name }, text: line.text, at: line.at, permalink: null, files: [] };
    },

    react: async (channel, id, emoji, there) => {
      const { reactions } = writer.writable(channel);
      if (there) reactions.add(`${id} ${emoji}`);
      else reactions.delete(`${id} ${emoji}`);
    },
  };
}

/** People and groups. */
function peopleMethods(
  workspace: PlainWorkspace,
  writer: PlainWriter,
): Pick<Chat, "person" | "standing" | "group" | "setGroup"> {
  return {
    person: async (user) => {
      const { name, zone } = workspace.person(user) ?? { name: user, zone: "UTC" };
      return { name, zone };
    },

    standing: async () => ({ kind: "member" }),

    group: async (group) => workspace.groups.get(group) ?? [],

    setGroup: async (group, users) => {
      if (!workspace.groups.has(group)) throw refusedError("not_found", `there is no group ${group}`);
      if (users.length > 0)
        workspace.groups.set(
          group,
          users.map((id) => writer.knownPerson(id)),
        );
    },
  };
}

/** Forms, which are asked one question after the other, and homes. */
function formMethods(workspace: PlainWorkspace, writer: PlainWriter): Pick<Chat, "openForm" | "updateForm" | "home"> {
  const opened = new Set<string>();
  return {
    openForm: async (trigger, form) => {
      if (opened.has(trigger)) return null;
      opened.add(trigger);
      const { person, room } = JSON.parse(trigger) as PlainTrigger;
      const open: OpenForm = {
        id: workspace.id("form"),
        person: writer.knownPerson(person),
        room: writer.find(room).id,
        form,
      };
      workspace.forms.set(open.id, open);
      // What is made of it follows: no one waits for text.
      if (form.submit !== null) writer.show(open, form);
      return open.id;
    },

    updateForm: async (id, form) => {
      const open = workspace.forms.get(id);
      if (open !== undefined) writer.show(open, form);
    },

    home: async (user, { parts }) =>
      void writer.write(workspace.ownRoom(writer.knownPerson(user)), { text: "Home", parts }),
  };
}

/** The same chat, as far as its server is there and answers. */
function underFaults(workspace: PlainWorkspace, chat: Chat): Chat {
  const late = (attempt: unknown): boolean =>
    typeof attempt === "object" && attempt !== null && "until" in attempt && Number(attempt.until) <= workspace.now();
  const guard =
    (method: (...args: readonly unknown[]) => Promise<unknown>) =>
    async (...args: readonly unknown[]): Promise<unknown> => {
      if (late(args.at(-1))) throw new PortError("timeout", "too late: somebody else does this work", LOST);
      if (workspace.fault === "away") throw new PortError("unreachable", "nobody answers", { retryable: true });
      const answer = await method(...args);
      if (workspace.fault === "loses answers") throw new PortError("timeout", "the answer did not come", LOST);
      return answer;
    };
  const entries = Object.entries(chat).map(([name, member]: [string, unknown]) => [
    name,
    typeof member === "function" && !["isMember", "readMentions"].includes(name)
      ? guard(member as Parameters<typeof guard>[0])
      : member,
  ]);
  return Object.fromEntries(entries) as Chat;
}

const LOST = { retryable: true, mayHaveHappened: true };
