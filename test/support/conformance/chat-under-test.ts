import type { RoutedPerson } from "#domain/policy/people.ts";
import type { ChatForm } from "#domain/values/chat-message.ts";
import type { Instant } from "#domain/values/language.ts";
import type { Chat, RequestAttempt } from "#ports/chat.ts";
import { textMessage } from "#views/values/message-parts.ts";

/** A chat with its platform behind it, and the eyes and hands of the people there. */
export type ChatUnderTest = {
  readonly chat: Chat;
  readonly now: () => Instant;
  /** Two members, by their ids in the chat. */
  readonly alice: string;
  readonly bob: string;
  /** How people mention someone there. */
  readonly mention: (id: string) => string;
  /** A group that is there, with no one sure in it. */
  readonly group: string;
  /** A channel that was never there. */
  readonly nowhere: string;
  /** What everyone can read in a channel, oldest first, as people read it: what is markup there stands as "⟦…⟧". */
  lines(channel: string): Promise<readonly { readonly id: string; readonly text: string }[]>;
  /** The message, form or home that was shown last, wherever. */
  lastShown(): string;
  members(channel: string): Promise<readonly string[]>;
  pins(channel: string): Promise<readonly string[]>;
  links(channel: string): Promise<readonly string[]>;
  files(channel: string): Promise<readonly string[]>;
  /** Someone writes; answers the message's id. */
  says(person: string, channel: string, text: string): Promise<string>;
  /** Someone presses something just now. */
  trigger(person: string, channel: string): Promise<string>;
  /** The platform is unreachable, or does what it is asked and its answers are lost. */
  breaks(how: "away" | "loses answers"): void;
  heals(): void;
  close(): Promise<void>;
};

export const CONFORMANCE_FORM: ChatForm = {
  name: "note",
  meta: "{}",
  title: "Note",
  submit: "Save",
  parts: [
    { kind: "field", name: "text", label: "What happened?", optional: false, input: { kind: "paragraph", max: 3_000 } },
  ],
};

/** Every request that a chat can be asked, about things that are there. */
export const CHAT_REQUESTS: readonly (readonly [
  keyof Chat,
  (
    chat: Chat,
    at: { readonly channel: string; readonly message: string; readonly person: string; readonly trigger: string },
    attempt: RequestAttempt,
  ) => Promise<unknown>,
])[] = [
  ["openChannel", (chat, _, attempt) => chat.openChannel({ name: "every-request", private: false }, attempt)],
  ["post", (chat, { channel }, attempt) => chat.post(channel, textMessage("post"), attempt)],
  ["edit", (chat, { channel, message }, attempt) => chat.edit(channel, message, textMessage("edited"), attempt)],
  ["pin", (chat, { channel, message }, attempt) => chat.pin(channel, message, attempt)],
  ["setTopic", (chat, { channel }, attempt) => chat.setTopic(channel, "a topic", attempt)],
  [
    "bookmark",
    (chat, { channel }, attempt) => chat.bookmark(channel, [{ title: "t", url: "https://a.example/" }], attempt),
  ],
  ["invite", (chat, { channel, person }, attempt) => chat.invite(channel, [routedPerson(person)], attempt)],
  [
    "sendEphemeral",
    (chat, { channel, person }, attempt) => chat.sendEphemeral({ channel, user: person, url: null }, "psst", attempt),
  ],
  ["upload", (chat, { channel }, attempt) => chat.upload(channel, { name: "a.md", title: "A", text: "a" }, attempt)],
  [
    "canvas",
    (chat, { channel }, attempt) => chat.canvas(channel, { title: "A", markdown: "# A", mark: "A" }, null, attempt),
  ],
  ["direct", (chat, { person }, attempt) => chat.direct(person, textMessage("direct"), attempt)],
  ["message", (chat, { channel, message }, attempt) => chat.message(channel, message, null, attempt)],
  ["react", (chat, { channel, message }, attempt) => chat.react(channel, message, "eyes", true, attempt)],
  ["look", (chat, { channel }, attempt) => chat.look(channel, attempt)],
  ["join", (chat, { channel }, attempt) => chat.join(channel, attempt)],
  ["person", (chat, { person }) => chat.person(person)],
  ["openForm", (chat, { trigger }) => chat.openForm(trigger, CONFORMANCE_FORM)],
  ["home", (chat, { person }) => chat.home(person, { parts: [] })],
  ["ping", (chat) => chat.ping()],
  ["archive", (chat, { channel }, attempt) => chat.archive(channel, attempt)],
];

export function routedPerson(chatId: string | null, name = "Alice", email: string | null = null): RoutedPerson {
  return { id: name.toLowerCase(), name, chatId, email };
}
