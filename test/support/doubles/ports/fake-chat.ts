import type { ReplyTo } from "#domain/incident/reply-to.ts";
import type { ImportedMessage } from "#domain/incident/schemas.ts";
import type { Link, Channel } from "#domain/values/language.ts";
import type { RequestAttempt, CanvasPage, Chat, MissingPerson } from "#ports/chat.ts";
import type { ChatForm, ChatHome, ChatMessage } from "#domain/values/chat-message.ts";
import type { ChatStanding } from "#domain/response/admission.ts";
import type { RoutedPerson } from "#domain/policy/people.ts";
import { SLACK_PLATFORM } from "#integrations/slack/slack-platform.ts";
import { renderForm } from "#integrations/slack/render-form.ts";
import { renderHome, renderMessage } from "#integrations/slack/render-message.ts";
import { ChatInMemory, type FakeMessage } from "./chat-in-memory.ts";

/** The workspace of everyone whose request does not say another. */
const OUR_TEAM = "T1";

/**
 * A chat in memory that keeps the port's contract and remembers everything. `repeated` lists what was asked for again
 * under a known key without `unsure`: a real chat would have done it twice.
 */
export class FakeChat extends ChatInMemory implements Chat {
  readonly name = "fake";
  readonly title = SLACK_PLATFORM.title;

  openChannel(wanted: { readonly name: string; readonly private: boolean }, attempt: RequestAttempt): Promise<Channel> {
    return this.once("openChannel", attempt, () => {
      const taken = new Set([...this.channels.values()].map(({ name }) => name));
      let name = wanted.name;
      for (let n = 2; taken.has(name); n++) name = `${wanted.name}-${n}`;
      const channel = { id: `C${this.channels.size + 1}`, name, url: `https://chat.example/${name}` };
      this.channels.set(channel.id, {
        ...channel,
        topic: "",
        topics: 0,
        bookmarks: [],
        members: [],
        archived: false,
        member: true,
        files: [],
      });
      return channel;
    });
  }

  async post(
    channel: string,
    message: ChatMessage,
    attempt: RequestAttempt,
  ): Promise<{ id: string; channel: string; note: string }> {
    const { text, blocks } = this.rendered(message);
    const posted = await this.once("post", attempt, () => {
      const made: FakeMessage = {
        id: `m${++this.posted}`,
        channel,
        key: attempt.key,
        text,
        blocks,
        note: message.note ?? "",
        pinned: false,
        edits: 0,
        ...(message.thread === undefined ? {} : { thread: message.thread }),
      };
      this.messages.push(made);
      return made;
    });
    return { id: posted.id, channel, note: posted.note };
  }

  edit(channel: string, id: string, message: ChatMessage, attempt: RequestAttempt): Promise<void> {
    const { text, blocks } = this.rendered(message);
    return this.request("edit", attempt, () => {
      if (channel.startsWith("direct:")) return void this.directEdits.push({ id, text });
      const found = this.postedMessage(channel, id);
      Object.assign(found, { text, blocks, edits: found.edits + 1 });
    });
  }

  pin(channel: string, id: string, attempt: RequestAttempt): Promise<void> {
    return this.request("pin", attempt, () => void (this.postedMessage(channel, id).pinned = true));
  }

  setTopic(channel: string, topic: string, attempt: RequestAttempt): Promise<void> {
    if (topic.length > 250) this.problems.push(`topic of ${topic.length} characters`);
    return this.request(
      "setTopic",
      attempt,
      () => void Object.assign(this.openedChannel(channel), { topic, topics: this.openedChannel(channel).topics + 1 }),
    );
  }

  bookmark(channel: string, links: readonly Link[], attempt: RequestAttempt): Promise<void> {
    return this.request("bookmark", attempt, () => {
      const { bookmarks } = this.openedChannel(channel);
      for (const link of links) if (!bookmarks.some(({ url }) => url === link.url)) bookmarks.push(link);
    });
  }

  invite(
    channel: string,
    people: readonly RoutedPerson[],
    attempt: RequestAttempt,
  ): Promise<{ missing: readonly MissingPerson[] }> {
    return this.request("invite", attempt, () => {
      const { members } = this.openedChannel(channel);
      const known = people.filter(
        (person) => (person.chatId !== null || person.email !== null) && !this.refuses.has(person.name),
      );
      for (const { name } of known) if (!members.includes(name)) members.push(name);
      return {
        missing: people
          .filter((person) => !known.includes(person))
          .map(({ name }) => ({ name, reason: this.refuses.get(name) ?? null })),
      };
    });
  }

  sendEphemeral(to: ReplyTo, message: string | ChatMessage, attempt: RequestAttempt): Promise<void> {
    return this.request(
      "sendEphemeral",
      attempt,
      () =>
        void this.whispers.push({
          channel: to.channel ?? "",
          user: to.user,
          text: typeof message === "string" ? message : renderMessage(message).text,
        }),
    );
  }

  async direct(
    user: string,
    message: ChatMessage,
    attempt: RequestAttempt,
  ): Promise<{ readonly id: string; readonly channel: string }> {
    const { text } = this.rendered(message);
    const id = await this.once("direct", attempt, () => `d${this.directs.push({ user, text })}`);
    return { id, channel: `direct:${user}` };
  }

  message(channel: string, id: string, _: string | null, attempt: RequestAttempt): Promise<ImportedMessage | null> {
    return this.request("message", attempt, () => {
      const own = this.messages.find((each) => each.channel === channel && each.id === id);
      const reply = this.said.get(`${channel}:${id}`);
      return (
        reply ??
        (own === undefined
          ? null
          : { id, author: { id: "U0MUSTER", name: "Muster" }, text: own.text, at: 0, permalink: null, files: [] })
      );
    });
  }

  react(channel: string, id: string, emoji: string, there: boolean, attempt: RequestAttempt): Promise<void> {
    return this.request(
      "react",
      attempt,
      () =>
        void (there
          ? this.reactions.add(`${channel}:${id}:${emoji}`)
          : this.reactions.delete(`${channel}:${id}:${emoji}`)),
    );
  }

  look(
    channel: string,
    attempt: RequestAttempt,
  ): Promise<{ topic: string | null; name: string; archived: boolean; member: boolean } | null> {
    return this.request("look", attempt, () => {
      const found = this.channels.get(channel);
      return found === undefined
        ? null
        : { topic: found.topic, name: found.name, archived: found.archived, member: found.member };
    });
  }

  join(channel: string, attempt: RequestAttempt): Promise<void> {
    return this.request("join", attempt, () => void (this.openedChannel(channel).member = true));
  }

  isMember(id: string): boolean {
    return SLACK_PLATFORM.isMember(id);
  }

  readMentions(text: string): string {
    return SLACK_PLATFORM.readMentions(text);
  }

  person(user: string): Promise<{ name: string; zone: string }> {
    return this.request(
      "person",
      { key: user, urgency: 0, unsure: false, since: 0 },
      () => this.people.get(user) ?? { name: user, zone: "UTC" },
    );
  }

  standing(user: string, team: string | null): Promise<ChatStanding> {
    return Promise.resolve(
      team !== null && team !== OUR_TEAM
        ? { kind: "outsider", team }
        : (this.standings.get(user) ?? { kind: "member" }),
    );
  }

  group(group: string): Promise<readonly string[]> {
    return this.request(
      "group",
      { key: group, urgency: 0, unsure: false, since: 0 },
      () => this.groups.get(group) ?? [],
    );
  }

  groupId(group: string): Promise<string | null> {
    return Promise.resolve(this.groups.has(group) ? `S0${group.replace(/\W/g, "").toUpperCase()}` : null);
  }

  setGroup(group: string, users: readonly string[], attempt: RequestAttempt): Promise<void> {
    return this.request("setGroup", attempt, () => void this.groups.set(group, users));
  }

  upload(
    channel: string,
    file: { readonly name: string; readonly title: string; readonly text: string },
    attempt: RequestAttempt,
  ): Promise<{ url: string }> {
    return this.once("upload", attempt, () => {
      this.openedChannel(channel).files.push({ ...file });
      return { url: `https://chat.example/files/${file.name}` };
    });
  }

  canvas(
    channel: string,
    page: CanvasPage,
    known: string | null,
    attempt: RequestAttempt,
  ): Promise<{ id: string } | { refused: string }> {
    return this.request("canvas", attempt, () => {
      if (this.withoutCanvases) return { refused: "canvases are off" };
      const there = this.canvases.get(channel);
      if (there !== undefined && known === null && !attempt.unsure) this.repeated.push(`canvas ${channel}`);
      if (known !== null && there === undefined) this.problems.push(`no canvas in ${channel}`);
      this.canvases.set(channel, page.markdown);
      return { id: `F-${channel}` };
    });
  }

  archive(channel: string, attempt: RequestAttempt): Promise<void> {
    return this.request("archive", attempt, () => void (this.openedChannel(channel).archived = true));
  }

  openForm(trigger: string, form: ChatForm): Promise<string | null> {
    return this.request(
      "openForm",
      { key: trigger, urgency: 0, unsure: false, since: 0 },
      () => `V${this.forms.push({ trigger, form: renderForm(form) })}`,
    );
  }

  updateForm(id: string, form: ChatForm): Promise<void> {
    return this.request(
      "updateForm",
      { key: id, urgency: 0, unsure: false, since: 0 },
      () => void (this.forms[Number(id.slice(1)) - 1]!.form = renderForm(form)),
    );
  }

  home(user: string, view: ChatHome): Promise<void> {
    return this.request(
      "home",
      { key: user, urgency: 0, unsure: false, since: 0 },
      () => void this.homes.set(user, renderHome(view)),
    );
  }

  ping(): Promise<void> {
    return this.request("ping", { key: "", urgency: 0, unsure: false, since: 0 }, () => {});
  }
}
