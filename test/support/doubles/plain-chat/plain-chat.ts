import { writeMention } from "#domain/values/mention.ts";
import { plainWords } from "#domain/values/plain-words.ts";
import type { ChatForm, ChatMessage } from "#domain/values/chat-message.ts";
import type { Chat } from "#ports/chat.ts";
import type { ChatPlatform } from "#ports/chat-platform.ts";
import { PortError, type PortFailure } from "#ports/port-error.ts";
import { introductionOf, questionsOf, renderPlain, renderQuestion } from "./render-plain.ts";
import { MUSTER, type OpenForm, type PlainLine, type PlainRoom, type PlainWorkspace } from "./plain-workspace.ts";

export const PLAIN_PLATFORM: ChatPlatform = {
  title: "the plain chat",
  personKey: "chat",
  isMember: (id) => /^p-[a-z]+$/.test(id),
  // "@p-bob" is how someone is mentioned here.
  readMentions: (text) => text.replace(/(?<!\S)@(p-[a-z]+)(?!\S)/g, (_, id: string) => writeMention(id, null)),
  signInSettings: null,
};

/** A click's trigger says who clicked, and where. */
export type PlainTrigger = { readonly person: string; readonly room: string; readonly key: string };

/** The plain chat behind the port. */
export function createPlainChat(workspace: PlainWorkspace): Chat {
  const opened = new Set<string>();
  const find = (place: string): PlainRoom => {
    const room = workspace.room(place);
    if (room === null) throw refused("not_found", `there is no room ${place}`);
    return room;
  };
  /** A room that can be written in. */
  const writable = (place: string): PlainRoom => {
    const room = find(place);
    if (room.archived) throw refused("forbidden", `${room.name} is archived`);
    room.joined = true;
    return room;
  };
  const lineOf = (place: string, id: string): PlainLine => {
    const line = writable(place).lines.find((each) => each.id === id && each.by === MUSTER);
    if (line === undefined) throw refused("not_found", `there is no line ${id} of ours in ${place}`);
    return line;
  };
  const render = (room: string, line: string, message: ChatMessage): string =>
    renderPlain(message, (button) => workspace.numberOf(room, line, button));
  const write = (room: PlainRoom, message: ChatMessage, more: Partial<PlainLine> = {}): PlainLine => {
    const line = workspace.write(room, { by: MUSTER, text: "", note: message.note ?? "", ...more });
    line.text = render(room.id, line.id, message);
    return line;
  };
  const knownPerson = (id: string): string => {
    if (workspace.person(id) === null) throw refused("not_found", `there is nobody called ${id}`);
    return id;
  };
  const show = (open: OpenForm, form: ChatForm): void => {
    open.form = form;
    const [first] = questionsOf(form);
    const lines = [introductionOf(form), ...(first === undefined ? [] : [renderQuestion(first)])];
    workspace.write(find(open.room), { by: MUSTER, to: open.person, text: lines.join("\n") });
    // A form that cannot be sent off only shows something, and is done with that.
    if (form.submit === null) workspace.forms.delete(open.id);
  };

  return underFaults(workspace, {
    name: "plain",
    title: PLAIN_PLATFORM.title,
    isMember: PLAIN_PLATFORM.isMember,
    readMentions: PLAIN_PLATFORM.readMentions,

    openChannel: async (wanted, { unsure, key }) => {
      const own = unsure ? [...workspace.rooms.values()].find((room) => room.key === key) : undefined;
      let name = wanted.name;
      for (let n = 2; own === undefined && workspace.room(name) !== null; n++) name = `${wanted.name}-${n}`;
      const room = own ?? workspace.open({ ...wanted, name }, key);
      return { id: room.id, name: room.name, url: "" };
    },

    post: async (channel, message, { unsure, key }) => {
      const room = writable(channel);
      const there = unsure ? room.lines.find((line) => line.key === key) : undefined;
      const { id, note } = there ?? write(room, message, { key });
      return { id, channel: room.id, note };
    },

    edit: async (channel, id, message) => {
      lineOf(channel, id).text = render(find(channel).id, id, message);
    },

    pin: async (channel, id) => void find(channel).pins.add(lineOf(channel, id).id),
    setTopic: async (channel, topic) => void (writable(channel).topic = topic),

    bookmark: async (channel, links) => {
      const room = writable(channel);
      room.links = [...new Set([...room.links, ...links.map(({ url }) => url)])];
    },

    invite: async (channel, people) => {
      const room = writable(channel);
      const missing: string[] = [];
      for (const { chatId, email, name } of people) {
        const found = workspace.people.find((each) => each.id === chatId || (email !== null && each.email === email));
        if (found === undefined) missing.push(name);
        else room.members.add(found.id);
      }
      return { missing };
    },

    sendEphemeral: async ({ channel, user }, message) => {
      const requests = channel === null ? null : workspace.room(channel);
      const room = requests === null || requests.archived ? workspace.ownRoom(knownPerson(user)) : requests;
      const to = knownPerson(user);
      if (typeof message === "string") workspace.write(room, { by: MUSTER, to, text: message });
      else write(room, message, { to });
    },

    upload: async (channel, { name, text }, { unsure, key }) => {
      const { files } = writable(channel);
      if (!unsure || !files.some((file) => file.key === key)) files.push({ name, text, key });
      return { url: `https://plain.example/files/${encodeURIComponent(name)}` };
    },

    canvas: async (channel) => {
      writable(channel);
      return { refused: "there is nothing but text here" };
    },

    archive: async (channel) => void (find(channel).archived = true),

    direct: async (user, message, { unsure, key }) => {
      const room = workspace.ownRoom(knownPerson(user));
      if (!unsure || !room.lines.some((line) => line.key === key)) write(room, message, { key });
    },

    message: async (channel, id) => {
      const line = find(channel).lines.find((each) => each.id === id);
      if (line === undefined) return null;
      const name = workspace.person(line.by)?.name ?? "Muster";
      return { id, author: { id: line.by, name }, text: line.text, at: line.at, permalink: null, files: [] };
    },

    react: async (channel, id, emoji, there) => {
      const { reactions } = writable(channel);
      if (there) reactions.add(`${id} ${emoji}`);
      else reactions.delete(`${id} ${emoji}`);
    },

    look: async (channel) => {
      const room = workspace.rooms.get(channel);
      if (room === undefined) return null;
      return { topic: room.topic, name: room.name, archived: room.archived, member: room.joined };
    },

    join: async (channel) => void (find(channel).joined = true),

    person: async (user) => {
      const { name, zone } = workspace.person(user) ?? { name: user, zone: "UTC" };
      return { name, zone };
    },

    group: async (group) => workspace.groups.get(group) ?? [],

    setGroup: async (group, users) => {
      if (!workspace.groups.has(group)) throw refused("not_found", `there is no group ${group}`);
      if (users.length > 0) workspace.groups.set(group, users.map(knownPerson));
    },

    openForm: async (trigger, form) => {
      if (opened.has(trigger)) return null;
      opened.add(trigger);
      const { person, room } = JSON.parse(trigger) as PlainTrigger;
      const open: OpenForm = { id: workspace.id("form"), person: knownPerson(person), room: find(room).id, form };
      workspace.forms.set(open.id, open);
      // What is made of it follows: no one waits for text.
      if (form.submit !== null) show(open, form);
      return open.id;
    },

    updateForm: async (id, form) => {
      const open = workspace.forms.get(id);
      if (open !== undefined) show(open, form);
    },

    home: async (user, { parts }) => void write(workspace.ownRoom(knownPerson(user)), { text: "Home", parts }),
    ping: async () => {},
  });
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

function refused(reason: PortFailure, message: string): PortError {
  return new PortError(reason, plainWords(message), { retryable: false });
}
