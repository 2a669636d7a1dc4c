import type { TestApp } from "./test-app.ts";
import type { KeycloakRealm } from "#test/support/doubles/keycloak/keycloak-double.ts";
import { REALM_CLIENT } from "#test/support/doubles/keycloak/realm-person.ts";
import { OPENID_CLIENT, type SlackOpenId } from "#test/support/doubles/slack/slack-openid.ts";

/** Settings with which people sign in at the double. */
export function signInSettings(slack: SlackOpenId): Record<string, string> {
  return {
    SLACK_CLIENT_ID: OPENID_CLIENT.id,
    SLACK_CLIENT_SECRET: OPENID_CLIENT.secret,
    SLACK_TEAM_ID: OPENID_CLIENT.team,
    SLACK_SIGN_IN_URL: slack.url,
    SLACK_API_URL: `${slack.url}/api/`,
  };
}

/** Settings with which people sign in at the realm. */
export function realmSettings(realm: KeycloakRealm): Record<string, string> {
  return { OIDC_ISSUER: realm.issuer, OIDC_CLIENT_ID: REALM_CLIENT.id, OIDC_CLIENT_SECRET: REALM_CLIENT.secret };
}

/** A service where people of some kind sign in. */
export type SignInDouble<P> = { readonly way: string; agree(address: string, persona: P): string };

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

  /** Sends a form, as one of ours unless `headers` have another origin. */
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

  /** Presses a button, or types something, on the page of an incident. */
  async says(id: string, text: string): Promise<Response> {
    const page = await (await this.get(`/incidents/${id}`)).text();
    const of = (name: string): string => new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1] ?? "";
    return this.post(`/incidents/${id}/verbs`, { csrf: of("csrf"), key: of("key"), text });
  }

  /** The whole way: to the service, where the person agrees, and back. `fresh`: they must sign in there again. */
  async signIn<P>(service: SignInDouble<P>, persona: P, back = "/", fresh = false): Promise<Response> {
    return this.get(await this.arriveAt(service, persona, back, fresh));
  }

  /** To the service, where the person agrees: the address that the browser is sent back to, and has not followed yet. */
  async arriveAt<P>(service: SignInDouble<P>, persona: P, back = "/", fresh = false): Promise<string> {
    const sent = await this.get(`/sign-in/${service.way}?back=${encodeURIComponent(back)}${fresh ? "&fresh=1" : ""}`);
    const returned = new URL(service.agree(sent.headers.get("location")!, persona));
    return returned.pathname + returned.search;
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
