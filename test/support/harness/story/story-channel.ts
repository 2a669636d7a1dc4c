import { expect } from "vitest";
import { SIGNING_SECRET } from "#test/support/harness/app/test-app.ts";
import { textsOf } from "#test/support/doubles/slack/block-kit.ts";
import {
  findButton,
  type SlackDelivery,
  type PersonName,
  type SeenMessage,
  type SlackDouble,
} from "#test/support/doubles/slack/slack-double.ts";

/** What a channel needs of the house it is in. */
export type ChannelSurroundings = {
  readonly slack: SlackDouble;
  readonly url: string;
  /** Messages and files that a test has expected; every other one at the end is too much. */
  readonly expected: Set<string>;
  settles(): Promise<void>;
};

const all = (message: SeenMessage): string => [message.text, ...textsOf(message.blocks)].join("\n");
const isMatch = (text: string, wanted: string | RegExp): boolean =>
  typeof wanted === "string" ? text.includes(wanted) : wanted.test(text);

/** The messages that someone wrote: not the notes that Slack leaves about topics and files. */
export const writtenMessages = (messages: readonly SeenMessage[]): SeenMessage[] =>
  messages.filter(({ subtype, text, blocks }) => subtype === null && (text !== "" || blocks.length > 0));

/** A message as it looks now; its buttons can be pressed. */
export class StoryCard {
  readonly #around: ChannelSurroundings;
  readonly #channel: string;
  readonly #message: SeenMessage;
  constructor(around: ChannelSurroundings, channel: string, message: SeenMessage) {
    this.#around = around;
    this.#channel = channel;
    this.#message = message;
  }

  /** Everything that it contains. */
  get text(): string {
    return all(this.#message);
  }

  get buttons(): string[] {
    return this.#message.blocks.flatMap((block) => (block["type"] === "actions" ? textsOf(block["elements"]) : []));
  }

  says(...wanted: readonly (string | RegExp)[]): this {
    for (const each of wanted) expect(this.text).toMatch(each);
    return this;
  }

  button(wanted: string): { click(by: { readonly as: PersonName; readonly twice?: boolean }): Promise<SlackDelivery> } {
    const { slack, url } = this.#around;
    const { actionId, value, blockId } = findButton(this.#message, wanted);
    return {
      click: async ({ as, twice = false }) => {
        const clicked = await slack.click({
          as: slack.people[as].id,
          actionId,
          value,
          blockId,
          channelId: this.#channel,
          messageTs: this.#message.ts,
          url,
          signingSecret: SIGNING_SECRET,
        });
        expect([clicked.status, clicked.body]).toEqual([200, ""]);
        if (twice) expect((await slack.redeliver(clicked)).status).toBe(200);
        await this.#around.settles();
        return clicked;
      },
    };
  }
}

/** A channel as its members see it. */
export class StoryChannel {
  readonly id: string;
  readonly name: string;
  readonly #around: ChannelSurroundings;
  constructor(around: ChannelSurroundings, id: string, name: string) {
    this.#around = around;
    this.id = id;
    this.name = name;
  }

  /** The pinned card, which must contain this. */
  async expectCard(...wanted: readonly (string | RegExp)[]): Promise<StoryCard> {
    const pinned = await this.#around.slack.pins(this.id);
    expect(pinned, `pinned in #${this.name}`).toHaveLength(1);
    const message = (await this.#around.slack.messages(this.id)).find(({ ts }) => ts === pinned[0]!.ts)!;
    this.#around.expected.add(`${this.id} ${message.ts}`);
    return new StoryCard(this.#around, this.id, message).says(...wanted);
  }

  /** The next messages that no one has expected yet, in this order. */
  async expectMessages(...wanted: readonly (string | RegExp)[]): Promise<void> {
    const fresh = writtenMessages(await this.#around.slack.messages(this.id)).filter(
      ({ ts }) => !this.#around.expected.has(`${this.id} ${ts}`),
    );
    for (const [i, each] of wanted.entries()) {
      const message = fresh[i];
      if (message === undefined || !isMatch(all(message), each))
        throw new Error(
          `#${this.name} should say ${String(each)} next; what nobody expected yet: ${fresh.map(all).join("\n---\n") || "nothing"}`,
        );
      this.#around.expected.add(`${this.id} ${message.ts}`);
    }
  }

  /** Everything that was written so far: for a story that is about something else. */
  async read(): Promise<string[]> {
    const messages = writtenMessages(await this.#around.slack.messages(this.id));
    for (const { ts } of messages) this.#around.expected.add(`${this.id} ${ts}`);
    return messages.map(all);
  }

  /** A message that is there already and was edited. */
  async expectNow(...wanted: readonly (string | RegExp)[]): Promise<void> {
    const texts = writtenMessages(await this.#around.slack.messages(this.id)).map(all);
    for (const each of wanted)
      expect(
        texts.filter((text) => isMatch(text, each)),
        `messages of #${this.name} that say ${String(each)}; there are:\n${texts.join("\n---\n")}`,
      ).toHaveLength(1);
  }

  async expectFile(name: string): Promise<string> {
    const file = (await this.#around.slack.files(this.id)).find((each) => each.name === name);
    if (file === undefined) throw new Error(`#${this.name} has no file ${name}`);
    this.#around.expected.add(`file ${file.id}`);
    return file.text;
  }

  async topic(): Promise<string> {
    return (await this.#around.slack.channel(this.id))?.topic ?? "";
  }

  /** The names of those who are in, besides Muster. */
  async members(): Promise<string[]> {
    const { slack } = this.#around;
    const ids = (await slack.channel(this.id))?.members ?? [];
    return Object.values(slack.people).flatMap(({ id, name }) => (ids.includes(id) ? [name] : []));
  }
}
