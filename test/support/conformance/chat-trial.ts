import type { RequestAttempt } from "#ports/chat.ts";
import { textMessage } from "#views/values/message-parts.ts";
import type { ChatUnderTest } from "./chat-under-test.ts";

/** One platform that is held to the contract, with a channel of its own and requests that are numbered. */
export class ChatTrial {
  readonly #open: () => Promise<ChatUnderTest>;
  #it: ChatUnderTest | null = null;
  channel = "";
  /** How many requests were made so far. */
  requests = 0;

  constructor(open: () => Promise<ChatUnderTest>) {
    this.#open = open;
  }

  async begin(): Promise<void> {
    this.#it = await this.#open();
    this.channel = await this.opens("conformance");
  }

  /** @throws before it has begun */
  get it(): ChatUnderTest {
    if (this.#it === null) throw new Error("the trial has not begun");
    return this.#it;
  }

  requestAttempt(more: Partial<RequestAttempt> = {}): RequestAttempt {
    return {
      key: `conformance-${this.requests++}`,
      urgency: 0,
      unsure: false,
      since: this.it.now() - 60_000,
      ...more,
    };
  }

  /** The same request once more, when it is unknown whether the first arrived. */
  again(first: RequestAttempt): RequestAttempt {
    return { ...first, unsure: true };
  }

  /** Opens a channel; answers its id. */
  async opens(wanted: string): Promise<string> {
    return (await this.it.chat.openChannel({ name: wanted, private: false }, this.requestAttempt())).id;
  }

  async texts(where = this.channel): Promise<readonly string[]> {
    return (await this.it.lines(where)).map(({ text }) => text);
  }

  /** Posts a text; answers the message's id. */
  async posts(text: string): Promise<string> {
    return (await this.it.chat.post(this.channel, textMessage(text), this.requestAttempt())).id;
  }
}
