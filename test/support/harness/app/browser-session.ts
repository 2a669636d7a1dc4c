import type { TestApp } from "./test-app.ts";
import { OPENID_CLIENT, type SignInPersona, type SlackOpenId } from "#test/support/doubles/slack/slack-openid.ts";

/** Settings with which people sign in at the double. */
export function signInSettings(slack: SlackOpenId): Record<string, string> {
  return {
    SLACK_CLIENT_ID: OPENID_CLIENT.id,
    SLACK_CLIENT_SECRET: OPENID_CLIENT.secret,
    SLACK_TEAM_ID: OPENID_CLIENT.team,
    SLACK_SIGN_IN_URL: slack.url,
  };
}

/** A browser that keeps cookies and sends forms, and shows no page. */
export class BrowserSession {
  readonly cookies = new Map<string, string>();
  readonly #app: TestApp;
  readonly #authorization: string | null;
  constructor(app: TestApp, basic: string | null = null) {
    this.#app = app;
    this.#authorization = basic === null ? null : `Basic ${Buffer.from(basic).toString("base64")}`;
  }

  async get(path: string): Promise<Response> {
    return this.#keep(await this.#app.get(path, this.#headers()));
  }

  /** Sends a form, as one of ours unless `headers` say where it comes from. */
  async post(
    path: string,
    form: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const own = {
      ...this.#headers(),
      "content-type": "application/x-www-form-urlencoded",
      origin: "https://muster.example",
      "sec-fetch-site": "same-origin",
    };
    return this.#keep(await this.#app.post(path, new URLSearchParams(form).toString(), { ...own, ...headers }));
  }

  /** The value of a hidden field of a page. */
  async field(path: string, name: string): Promise<string> {
    return new RegExp(`name="${name}" value="([^"]*)"`).exec(await (await this.get(path)).text())?.[1] ?? "";
  }

  /** Presses a button, or says something, on the page of an incident. */
  async says(id: string, text: string): Promise<Response> {
    const page = await (await this.get(`/incidents/${id}`)).text();
    const of = (name: string): string => new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1] ?? "";
    return this.post(`/incidents/${id}/verbs`, { csrf: of("csrf"), key: of("key"), text });
  }

  /** The whole way: to Slack, where the person agrees, and back. */
  async signIn(slack: SlackOpenId, persona: SignInPersona, back = "/"): Promise<Response> {
    const sent = await this.get(`/sign-in/slack?back=${encodeURIComponent(back)}`);
    const returned = new URL(slack.agree(sent.headers.get("location")!, persona));
    return this.get(returned.pathname + returned.search);
  }

  #headers(): Record<string, string> {
    return {
      ...(this.#authorization === null ? {} : { authorization: this.#authorization }),
      ...(this.cookies.size === 0
        ? {}
        : { cookie: Array.from(this.cookies, ([name, value]) => `${name}=${value}`).join("; ") }),
    };
  }

  #keep(response: Response): Response {
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (/Max-Age=0/.test(line)) this.cookies.delete(name!);
      else this.cookies.set(name!, value!);
    }
    return response;
  }
}
