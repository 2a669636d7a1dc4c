import type { ImportedMessage } from "#domain/incident/schemas.ts";
import type { Link, Channel } from "#domain/values/language.ts";
import type { ChatStanding } from "#domain/response/admission.ts";
import type { RequestAttempt, Chat } from "#ports/chat.ts";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import { renderMessage, type SlackMessage } from "#integrations/slack/render-message.ts";
import { PortError } from "#ports/port-error.ts";
import { blockProblems, tooMuchText } from "#test/support/doubles/slack/slack-limits.ts";

type ChatMethod = Exclude<keyof Chat, "name" | "title">;

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
  /** The message that it answers; absent: it stands in the channel. */
  readonly thread?: string;
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
type Fault = { readonly method: ChatMethod; readonly error: Error; readonly did: boolean; left: number };

/** What a chat in memory remembers, and what tests look at and break; the requests of the port stand in `FakeChat`. */
export class ChatInMemory {
  protected posted = 0;
  readonly calls: {
    readonly method: ChatMethod;
    readonly key: string;
    readonly urgency: number;
    readonly unsure: boolean;
  }[] = [];
  readonly channels = new Map<string, FakeChannel>();
  readonly messages: FakeMessage[] = [];
  readonly whispers: { readonly channel: string; readonly user: string; readonly text: string }[] = [];
  readonly forms: { readonly trigger: string; form: object }[] = [];
  readonly directs: { readonly user: string; readonly text: string }[] = [];
  /** What direct messages were edited to, by their ids; the first is `d1`. */
  readonly directEdits: { readonly id: string; readonly text: string }[] = [];
  /** What people wrote, by `channel:id`. */
  readonly said = new Map<string, ImportedMessage>();
  /** Our reactions, as `channel:id:emoji`. */
  readonly reactions = new Set<string>();
  readonly people = new Map<string, { name: string; zone: string }>();
  readonly standings = new Map<string, ChatStanding>();
  readonly groups = new Map<string, readonly string[]>();
  /** Canvases by their channel. */
  readonly canvases = new Map<string, string>();
  withoutCanvases = false;
  /** Whom the chat does not let into channels, by their names, and why. */
  readonly refuses = new Map<string, string>();
  readonly homes = new Map<string, object>();
  readonly repeated: string[] = [];
  /** What Slack would refuse in the blocks it was given. */
  readonly problems: string[] = [];
  /** Called within each request, for tests that need something to happen meanwhile. */
  during: (method: ChatMethod, key: string) => void | Promise<void> = () => {};
  readonly #done = new Map<string, unknown>();
  readonly #faults: Fault[] = [];

  /** The next `times` calls of a method fail; with `did` after doing the work. */
  fails(
    method: ChatMethod,
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
    this.posted = messages.length;
  }

  callsOf(method: ChatMethod): number {
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

  protected async request<T>(method: ChatMethod, attempt: RequestAttempt, work: () => T): Promise<T> {
    this.calls.push({ method, key: attempt.key, urgency: attempt.urgency, unsure: attempt.unsure });
    await this.during(method, attempt.key);
    const fault = this.#faults.find((each) => each.method === method && each.left > 0);
    if (fault === undefined) return work();
    fault.left--;
    if (fault.did) work();
    throw fault.error;
  }

  protected once<T>(method: ChatMethod, attempt: RequestAttempt, work: () => T): Promise<T> {
    return this.request(method, attempt, () => {
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
  protected rendered(message: ChatMessage): SlackMessage {
    const { text, blocks } = renderMessage(message);
    if (text === "") this.problems.push("a message without a fallback text");
    this.problems.push(...blockProblems(blocks, 50));
    if (tooMuchText(blocks)) this.problems.push("the blocks show too much text");
    return { text, blocks };
  }

  protected openedChannel(channel: string): FakeChannel {
    const found = this.channels.get(channel);
    if (found === undefined) throw new PortError("not_found", `there is no channel ${channel}`, { retryable: false });
    if (found.archived) throw new PortError("forbidden", `${channel} is archived`, { retryable: false });
    return found;
  }

  protected postedMessage(channel: string, id: string): FakeMessage {
    const found = this.messages.find((message) => message.id === id && message.channel === channel);
    if (found === undefined)
      throw new PortError("not_found", `there is no message ${id} in ${channel}`, { retryable: false });
    return found;
  }
}
