import type { OutcomeKind } from "#domain/events/command-outcome.ts";
import { BrowserSession } from "./browser-session.ts";
import { runCli } from "#test/support/harness/processes/run-cli.ts";
import type { TestApp } from "./test-app.ts";
import { OTHER_CHANNEL, type SignedRequests } from "./signed-requests.ts";

/**
 * The answer to a verb as one way in gives it: the words; whether it is a yes, by status, exit code or style (null in Slack,
 * which has none of them); and the data that came with it.
 */
export type WayAnswer = { readonly text: string; readonly ok: boolean | null; readonly data: ApiAnswer | null };

/** What `POST /api/verbs` answers. */
export type ApiAnswer = {
  readonly text?: string;
  readonly error?: string;
  readonly refused?: boolean;
  readonly kind: OutcomeKind | "pending";
  readonly incident?: string | null;
  readonly events?: readonly { readonly incident: string; readonly seq: number; readonly type: string }[];
  readonly number?: number | null;
};

export const WAYS_IN = ["slack", "api", "cli", "dashboard"] as const;
export type WayIn = (typeof WAYS_IN)[number];

/** Types words to one Muster in each way there is. `incident`: the one they are about, as INC-n. */
export class WaysIn {
  readonly #slack: SignedRequests;
  readonly #app: TestApp;
  readonly #browser: BrowserSession;

  constructor(slack: SignedRequests) {
    this.#slack = slack;
    this.#app = slack.app;
    this.#browser = new BrowserSession(slack.app, "Alice:secret");
  }

  say(way: WayIn, words: string, incident: string): Promise<WayAnswer> {
    switch (way) {
      case "slack":
        return this.#inSlack(words, incident);
      case "api":
        return this.#byApi(words, incident);
      case "cli":
        return this.#onCommandLine(words, incident);
      case "dashboard":
        return this.#onDashboard(words, incident);
    }
  }

  async #byApi(words: string, incident: string): Promise<WayAnswer> {
    const lookup = this.#app.post(
      "/api/verbs",
      { text: words, as: "Alice", incident },
      { authorization: "Bearer secret" },
    );
    const response = await this.#working(lookup);
    const data = (await response.json()) as ApiAnswer;
    return { text: data.text ?? data.error ?? "", ok: response.status < 300, data };
  }

  /** In a channel that is no incident's: the answer comes with the request, or for no one else when it is decided. */
  async #inSlack(words: string, incident: string): Promise<WayAnswer> {
    const before = this.#app.chat.whispers.length;
    const reply = await this.#slack.types(`${incident} ${words}`, { where: OTHER_CHANNEL });
    const whispers = this.#app.chat.whispers.slice(before).map(({ text }) => text);
    return { text: [reply, ...whispers].filter((text) => text !== "").join("\n"), ok: null, data: null };
  }

  async #onCommandLine(words: string, incident: string): Promise<WayAnswer> {
    const { code, out, err } = await this.#working(
      runCli(process.cwd(), ["incident", incident, ...words.split(" "), "--as", "Alice"], {
        MUSTER_URL: this.#app.url,
        MUSTER_API_TOKENS: "secret",
      }),
    );
    return { text: `${out}${err}`.trim(), ok: code === 0, data: null };
  }

  async #onDashboard(words: string, incident: string): Promise<WayAnswer> {
    const reply = await this.#browser.says(incident, words);
    if (reply.status !== 303)
      return {
        text: plain(/<h1>[^]*<\/h1><p>([^]*?)<\/p>/.exec(await reply.text())?.[1] ?? ""),
        ok: reply.status === 200,
        data: null,
      };
    await this.#app.settles();
    const page = await (await this.#browser.get(reply.headers.get("location")!)).text();
    const [, style, text] = /<p class="panel said ([a-z]*)" role="status">([^]*?)<\/p>/.exec(page) ?? [];
    return { text: plain(text ?? ""), ok: style === "", data: null };
  }

  /** Muster works while someone waits for its answer. */
  async #working<T>(lookup: Promise<T>): Promise<T> {
    let waiting = true;
    const answered = lookup.finally(() => (waiting = false));
    while (waiting) {
      await this.#app.settles();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return answered;
  }
}

function plain(html: string): string {
  return html
    .replaceAll(/<[^>]*>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&#34;", '"')
    .replaceAll("&amp;", "&");
}
