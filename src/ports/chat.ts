import type { Instant, Link, Channel } from "#domain/values/language.ts";
import type { ReplyTo } from "#domain/incident/reply-to.ts";
import type { ImportedMessage } from "#domain/incident/schemas.ts";
import type { ChatStanding } from "#domain/response/admission.ts";
import type { RoutedPerson } from "#domain/policy/people.ts";
import type { ChatForm, ChatHome, ChatMessage } from "#domain/values/chat-message.ts";

/**
 * How a request is made. `key` names it: asking again with the same key must not do it twice.
 * `unsure`: an earlier attempt since `since` may have worked, so look for what it left first.
 * `until`: from then on the work is someone else's, so nothing more may be asked of the platform; a process that was
 * frozen wakes up in the middle of a request it no longer owns.
 */
export type RequestAttempt = {
  readonly key: string;
  readonly urgency: number;
  readonly unsure: boolean;
  readonly since: Instant;
  readonly until?: Instant;
};

/** Someone who is not in a channel they were invited to. `reason`: as the chat gives it; null: the chat does not have them. */
export type MissingPerson = { readonly name: string; readonly reason: string | null };

/** A page of Markdown; `mark` is a part of its text that no one else would write. */
export type CanvasPage = { readonly title: string; readonly markdown: string; readonly mark: string };

/** A chat workspace. Every method rejects with PortError and nothing else; none retries by itself. */
export interface Chat {
  /** For the log and the metrics: "slack", "dry-run". */
  readonly name: string;
  /** What people call it: "Slack". */
  readonly title: string;
  /** It only logs: no one reads it. */
  readonly isDryRun?: true;
  /** Creates the channel, or adopts it if an unsure attempt of ours made it; a name taken by others gets -2, -3 … */
  openChannel(wanted: { readonly name: string; readonly private: boolean }, attempt: RequestAttempt): Promise<Channel>;
  /** Posts once for a key and answers the message's id, and the note of the message that is there now. */
  post(
    channel: string,
    message: ChatMessage,
    attempt: RequestAttempt,
  ): Promise<{ readonly id: string; readonly channel: string; readonly note: string }>;
  edit(channel: string, id: string, message: ChatMessage, attempt: RequestAttempt): Promise<void>;
  /** Where people see a message; absent: messages of this chat have no address. */
  messageUrl?(channel: string, id: string, attempt: RequestAttempt): Promise<string>;
  /** Pins; a message that is pinned already stays so. */
  pin(channel: string, id: string, attempt: RequestAttempt): Promise<void>;
  setTopic(channel: string, topic: string, attempt: RequestAttempt): Promise<void>;
  /** Adds the links that are not there yet. */
  bookmark(channel: string, links: readonly Link[], attempt: RequestAttempt): Promise<void>;
  /** Invites those who are not in yet; answers those it could not find or add. */
  invite(
    channel: string,
    people: readonly RoutedPerson[],
    attempt: RequestAttempt,
  ): Promise<{ readonly missing: readonly MissingPerson[] }>;
  /** A message that one person sees; a mere string is text without any markup but `code`. */
  sendEphemeral(to: ReplyTo, message: string | ChatMessage, attempt: RequestAttempt): Promise<void>;
  /** Uploads a text file once for a key and answers where it can be read. */
  upload(
    channel: string,
    file: { readonly name: string; readonly title: string; readonly text: string },
    attempt: RequestAttempt,
  ): Promise<{ readonly url: string }>;
  /**
   * Keeps a page in the channel's canvas: makes it, or writes it again (`known` is its id). Someone else's canvas is never
   * written over: one that is there is ours when `mark` stands in it. `refused`: why the workspace has none for us; a file will do.
   */
  canvas(
    channel: string,
    page: CanvasPage,
    known: string | null,
    attempt: RequestAttempt,
  ): Promise<{ readonly id: string } | { readonly refused: string }>;
  /** Archives; an archived channel stays so. */
  archive(channel: string, attempt: RequestAttempt): Promise<void>;
  /** A message in someone's own conversation with us; `user` is their id in the chat. Answers where it is, to edit it. */
  direct(
    user: string,
    message: ChatMessage,
    attempt: RequestAttempt,
  ): Promise<{ readonly id: string; readonly channel: string }>;
  /** A message as it stands, also a reply in a thread; null when it is gone. */
  message(channel: string, id: string, thread: string | null, attempt: RequestAttempt): Promise<ImportedMessage | null>;
  /** Our own reaction to a message: there or not there. */
  react(channel: string, id: string, emoji: string, there: boolean, attempt: RequestAttempt): Promise<void>;
  /** A channel as it is now; null when it is gone or we may not see it. `topic` null: nothing is kept there that people could change. */
  look(
    channel: string,
    attempt: RequestAttempt,
  ): Promise<{
    readonly topic: string | null;
    readonly name: string;
    readonly archived: boolean;
    readonly member: boolean;
  } | null>;
  /** Comes back into a channel that everyone may join. */
  join(channel: string, attempt: RequestAttempt): Promise<void>;
  /** Whether an id is how this chat names a person: one of another world has no conversation with us here. */
  isMember(id: string): boolean;
  /** Words with the mentions of this chat in the neutral form: `ChatPlatform.readMentions`. */
  readMentions(text: string): string;
  /** Who someone is: what people call them, and the IANA time zone of their clock. May be some minutes old. */
  person(user: string): Promise<{ readonly name: string; readonly zone: string }>;
  /**
   * What someone is to this workspace. `team`: the workspace that a request names for them; null: it names none. What
   * cannot be looked up is judged by that alone.
   */
  standing(user: string, team: string | null): Promise<ChatStanding>;
  /** The ids of a group's members as they are now, none of a group that is not there; `group` is its handle or id. */
  group(group: string): Promise<readonly string[]>;
  /** The id of a group by its handle, to mention it; null: there is none. Absent: this chat mentions no groups. */
  groupId?(group: string): Promise<string | null>;
  /** Makes these people, by their ids, the members of a group; of an empty list nothing is made, a group cannot be empty. */
  setGroup(group: string, users: readonly string[], attempt: RequestAttempt): Promise<void>;
  /** Opens a form for the person who just clicked and answers its id; `trigger` lives 3 s. null: it has opened one already. */
  openForm(trigger: string, form: ChatForm): Promise<string | null>;
  /** Puts another form in the place of an open one. */
  updateForm(id: string, form: ChatForm): Promise<void>;
  /** Shows someone their home. */
  home(user: string, view: ChatHome): Promise<void>;
  /** One real request: rejects when the workspace cannot be used. */
  ping(): Promise<void>;
}
