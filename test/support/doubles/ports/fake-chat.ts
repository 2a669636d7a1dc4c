import type { ReplyTo } from "#domain/incident/reply-to.ts";
import type { ImportedMessage } from "#domain/incident/schemas.ts";
import type { Link, Channel } from "#domain/values/language.ts";
import type { RequestAttempt, CanvasPage, Chat } from "#ports/chat.ts";
import type { ChatForm, ChatHome, ChatMessage } from "#domain/values/chat-message.ts";
import type { RoutedPerson } from "#domain/policy/people.ts";
import { SLACK_PLATFORM } from "#integrations/slack/slack-platform.ts";
import { renderForm } from "#integrations/slack/render-form.ts";
import { renderHome, renderMessage, type SlackMessage } from "#integrations/slack/render-message.ts";
import { PortError } from "#ports/port-error.ts";
import { blockProblems, tooMuchText } from "#test/support/doubles/slack/slack-limits.ts";

type Method = Exclude<keyof Chat, "name" | "title">;

/** A message as it stands now; `edits` counts how often it was changed. */
export type FakeMessage = {
  readonly id: string;
  readonly channel: string;
  readonly key: string;
  text: string;
  blocks: readonly object[];
  note: string;
  pinned: boolean;
  edits: number;
};

export type FakeChannel = Channel & {
  topic: string;
  topics: number;
  bookmarks: Link[];
  members: string[];
  archived: boolean;
  /** Whether we are in. */
  member: boolean;
  files: { name: string; title: string; text: string }[];
};

/** The chat that an earlier process left, without the blocks of messages; `done` holds the keys of finished requests. */
export type ChatMemory = {
  readonly channels: readonly FakeChannel[];
  readonly messages: readonly Omit<FakeMessage, "blocks" | "edits">[];
  readonly said: readonly (readonly [string, ImportedMessage])[];
  readonly groups: readonly (readonly [string, readonly string[]])[];
  readonly canvases: readonly (readonly [string, string])[];
  readonly reactions: readonly string[];
  readonly done: readonly string[];
};

/** `did`: the work is done all the same, and only the answer is lost. */
type Fault = { readonly method: Method; readonly error: Error; readonly did: boolean; left: number };

/**
 * A chat in memory that keeps the port's contract and remembers everything. `repeated` lists what was asked for again
 * under a known key by someone who did not say `unsure`: a real chat would have done it twice.
 */
export class FakeChat implements Chat {
  #posted = 0;
  readonly name = "fake";
  readonly title = SLACK_PLATFORM.title;
  readonly calls: {
    readonly method: Method;
    readonly key: string;
    readonly urgency: number;
    readonly unsure: boolean;
  }[] = [];
  readonly channels = new Map<string, FakeChannel>();
  readonly messages: FakeMessage[] = [];
  readonly whispers: { readonly channel: string; readonly user: string; readonly text: string }[] = [];
  readonly forms: { readonly trigger: string; form: object }[] = [];
  readonly directs: { readonly user: string; readonly text: string }[] = [];
  /** What people said, by `channel:id`. */
  readonly said = new Map<string, ImportedMessage>();
  /** Our reactions, as `channel:id:emoji`. */
  readonly reactions = new Set<string>();
  readonly people = new Map<string, { name: string; zone: string }>();
  readonly groups = new Map<string, readonly string[]>();
  /** Canvases by their channel. */
  readonly canvases = new Map<string, string>();
  withoutCanvases = false;
  readonly homes = new Map<string, object>();
  readonly repeated: string[] = [];
  /** What Slack would refuse in the blocks it was given. */
  readonly problems: string[] = [];
  /** Called within each request, for tests that need something to happen meanwhile. */
  during: (method: Method, key: string) => void | Promise<void> = () => {};
  readonly #done = new Map<string, unknown>();
  readonly #faults: Fault[] = [];

  /** The next `times` calls of a method fail; with `did` after doing the work. */
  fails(
    method: Method,
    error: Error,
    { times = 1, did = false }: { readonly times?: number; readonly did?: boolean } = {},
  ): void {
    this.#faults.push({ method, error, did, left: times });
  }

  heals(): void {
    this.#faults.length = 0;
  }

  /** Restores the chat that an earlier process left. */
  recall({ channels, messages, said: reply, groups, canvases, reactions, done }: ChatMemory): void {
    for (const channel of channels) this.channels.set(channel.id, channel);
    for (const message of messages) this.messages.push({ ...message, blocks: [], edits: 0 });
    for (const [id, message] of reply) this.said.set(id, message);
    for (const [group, people] of groups) this.groups.set(group, people);
    for (const [channel, canvas] of canvases) this.canvases.set(channel, canvas);
    for (const reaction of reactions) this.reactions.add(reaction);
    for (const key of done)
      this.#done.set(
        key,
        this.messages.find((message) => `post ${message.key}` === key),
      );
    this.#posted = messages.length;
  }

  callsOf(method: Method): number {
    return this.calls.filter((call) => call.method === method).length;
  }

  /** The messages of a channel, oldest first. */
  in(channel: string): FakeMessage[] {
    return this.messages.filter((message) => message.channel === channel);
  }

  channel(name: RegExp): FakeChannel {
    const found = [...this.channels.values()].filter((each) => name.test(each.name));
    if (found.length !== 1)
      throw new Error(
        `${found.length} channels are called ${String(name)}; there are: ${[...this.channels.values()].map((each) => each.name).join(", ")}`,
      );
    return found[0]!;
  }

  openChannel(wanted: { readonly name: string; readonly private: boolean }, attempt: RequestAttempt): Promise<Channel> {
    return this.#once("openChannel", attempt, () => {
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
    const { text, blocks } = this.#rendered(message);
    const posted = await this.#once("post", attempt, () => {
      const made: FakeMessage = {
        id: `m${++this.#posted}`,
        channel,
        key: attempt.key,
        text,
        blocks,
        note: message.note ?? "",
        pinned: false,
        edits: 0,
      };
      this.messages.push(made);
      return made;
    });
    return { id: posted.id, channel, note: posted.note };
  }

  edit(channel: string, id: string, message: ChatMessage, attempt: RequestAttempt): Promise<void> {
    const { text, blocks } = this.#rendered(message);
    return this.#call("edit", attempt, () => {
      const found = this.#message(channel, id);
      Object.assign(found, { text, blocks, edits: found.edits + 1 });
    });
  }

  pin(channel: string, id: string, attempt: RequestAttempt): Promise<void> {
    return this.#call("pin", attempt, () => void (this.#message(channel, id).pinned = true));
  }

  setTopic(channel: string, topic: string, attempt: RequestAttempt): Promise<void> {
    if (topic.length > 250) this.problems.push(`topic of ${topic.length} characters`);
    return this.#call(
      "setTopic",
      attempt,
      () => void Object.assign(this.#open(channel), { topic, topics: this.#open(channel).topics + 1 }),
    );
  }

  bookmark(channel: string, links: readonly Link[], attempt: RequestAttempt): Promise<void> {
    return this.#call("bookmark", attempt, () => {
      const { bookmarks } = this.#open(channel);
      for (const link of links) if (!bookmarks.some(({ url }) => url === link.url)) bookmarks.push(link);
    });
  }

  invite(
    channel: string,
    people: readonly RoutedPerson[],
    attempt: RequestAttempt,
  ): Promise<{ missing: readonly string[] }> {
    return this.#call("invite", attempt, () => {
      const { members } = this.#open(channel);
      const known = people.filter((person) => person.chatId !== null || person.email !== null);
      for (const { name } of known) if (!members.includes(name)) members.push(name);
      return { missing: people.filter((person) => !known.includes(person)).map(({ name }) => name) };
    });
  }

  sendEphemeral(to: ReplyTo, message: string | ChatMessage, attempt: RequestAttempt): Promise<void> {
    return this.#call(
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

  direct(user: string, message: ChatMessage, attempt: RequestAttempt): Promise<void> {
    const { text } = this.#rendered(message);
    return this.#once("direct", attempt, () => void this.directs.push({ user, text }));
  }

  message(channel: string, id: string, _: string | null, attempt: RequestAttempt): Promise<ImportedMessage | null> {
    return this.#call("message", attempt, () => {
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
    return this.#call(
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
    return this.#call("look", attempt, () => {
      const found = this.channels.get(channel);
      return found === undefined
        ? null
        : { topic: found.topic, name: found.name, archived: found.archived, member: found.member };
    });
  }

  join(channel: string, attempt: RequestAttempt): Promise<void> {
    return this.#call("join", attempt, () => void (this.#open(channel).member = true));
  }

  isMember(id: string): boolean {
    return SLACK_PLATFORM.isMember(id);
  }

  readMentions(text: string): string {
    return SLACK_PLATFORM.readMentions(text);
  }

  person(user: string): Promise<{ name: string; zone: string }> {
    return this.#call(
      "person",
      { key: user, urgency: 0, unsure: false, since: 0 },
      () => this.people.get(user) ?? { name: user, zone: "UTC" },
    );
  }

  group(group: string): Promise<readonly string[]> {
    return this.#call("group", { key: group, urgency: 0, unsure: false, since: 0 }, () => this.groups.get(group) ?? []);
  }

  setGroup(group: string, users: readonly string[], attempt: RequestAttempt): Promise<void> {
    return this.#call("setGroup", attempt, () => void this.groups.set(group, users));
  }

  upload(
    channel: string,
    file: { readonly name: string; readonly title: string; readonly text: string },
    attempt: RequestAttempt,
  ): Promise<{ url: string }> {
    return this.#once("upload", attempt, () => {
      this.#open(channel).files.push({ ...file });
      return { url: `https://chat.example/files/${file.name}` };
    });
  }

  canvas(
    channel: string,
    page: CanvasPage,
    known: string | null,
    attempt: RequestAttempt,
  ): Promise<{ id: string } | { refused: string }> {
    return this.#call("canvas", attempt, () => {
      if (this.withoutCanvases) return { refused: "canvases are off" };
      const there = this.canvases.get(channel);
      if (there !== undefined && known === null && !attempt.unsure) this.repeated.push(`canvas ${channel}`);
      if (known !== null && there === undefined) this.problems.push(`no canvas in ${channel}`);
      this.canvases.set(channel, page.markdown);
      return { id: `F-${channel}` };
    });
  }

  archive(channel: string, attempt: RequestAttempt): Promise<void> {
    return this.#call("archive", attempt, () => void (this.#open(channel).archived = true));
  }

  openForm(trigger: string, form: ChatForm): Promise<string | null> {
    return this.#call(
      "openForm",
      { key: trigger, urgency: 0, unsure: false, since: 0 },
      () => `V${this.forms.push({ trigger, form: renderForm(form) })}`,
    );
  }

  updateForm(id: string, form: ChatForm): Promise<void> {
    return this.#call(
      "updateForm",
      { key: id, urgency: 0, unsure: false, since: 0 },
      () => void (this.forms[Number(id.slice(1)) - 1]!.form = renderForm(form)),
    );
  }

  home(user: string, view: ChatHome): Promise<void> {
    return this.#call(
      "home",
      { key: user, urgency: 0, unsure: false, since: 0 },
      () => void this.homes.set(user, renderHome(view)),
    );
  }

  ping(): Promise<void> {
    return this.#call("ping", { key: "", urgency: 0, unsure: false, since: 0 }, () => {});
  }

  async #call<T>(method: Method, attempt: RequestAttempt, work: () => T): Promise<T> {
    this.calls.push({ method, key: attempt.key, urgency: attempt.urgency, unsure: attempt.unsure });
    await this.during(method, attempt.key);
    const fault = this.#faults.find((each) => each.method === method && each.left > 0);
    if (fault === undefined) return work();
    fault.left--;
    if (fault.did) work();
    throw fault.error;
  }

  #once<T>(method: Method, attempt: RequestAttempt, work: () => T): Promise<T> {
    return this.#call(method, attempt, () => {
      const key = `${method} ${attempt.key}`;
      if (this.#done.has(key)) {
        if (!attempt.unsure) this.repeated.push(key);
        return this.#done.get(key) as T;
      }
      const made = work();
      this.#done.set(key, made);
      return made;
    });
  }

  /** As Slack would get it, whose limits are the narrowest. */
  #rendered(message: ChatMessage): SlackMessage {
    const { text, blocks } = renderMessage(message);
    if (text === "") this.problems.push("a message without a fallback text");
    this.problems.push(...blockProblems(blocks, 50));
    if (tooMuchText(blocks)) this.problems.push("the blocks show too much text");
    return { text, blocks };
  }

  #open(channel: string): FakeChannel {
    const found = this.channels.get(channel);
    if (found === undefined) throw new PortError("not_found", `there is no channel ${channel}`, { retryable: false });
    if (found.archived) throw new PortError("forbidden", `${channel} is archived`, { retryable: false });
    return found;
  }

  #message(channel: string, id: string): FakeMessage {
    const found = this.messages.find((message) => message.id === id && message.channel === channel);
    if (found === undefined)
      throw new PortError("not_found", `there is no message ${id} in ${channel}`, { retryable: false });
    return found;
  }
}
