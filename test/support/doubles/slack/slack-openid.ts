import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { readBody } from "#handlers/request-body.ts";

/** Who signs in, and what is wrong with the proof of it. */
export type SignInPersona = {
  readonly id: string;
  readonly name: string;
  readonly team?: string;
  readonly fault?: "nonce" | "audience" | "issuer" | "expired" | "key" | "none" | "down";
};

type Grant = { readonly persona: SignInPersona; readonly nonce: string; readonly redirect: string };

export const OPENID_CLIENT = { id: "111.222", secret: "client-secret", team: "T0EXAMPLE" };

/** A double of Sign in with Slack that is as strict as it: a code is good once, for the client, secret and address it was asked with. */
export type SlackOpenId = {
  readonly url: string;
  /** What is not as the documentation asks. */
  readonly violations: string[];
  /** The browser arrives at Slack, and the person agrees: where it is sent back to. */
  agree(address: string, persona: SignInPersona): string;
  stop(): Promise<void>;
};

export async function startSlackOpenId(clock: () => number): Promise<SlackOpenId> {
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  const stranger = await generateKeyPair("RS256");
  const jwk = { ...(await exportJWK(publicKey)), kid: "one", alg: "RS256", use: "sig" };
  const grants = new Map<string, Grant>();
  const violations: string[] = [];
  let last: SignInPersona | null = null;

  const proof = async ({ persona, nonce }: Grant): Promise<string | undefined> => {
    const { fault, id, name, team = OPENID_CLIENT.team } = persona;
    if (fault === "none") return undefined;
    const now = Math.floor(clock() / 1_000);
    const claims = {
      nonce: fault === "nonce" ? "another" : nonce,
      name,
      "https://slack.com/team_id": team,
      "https://slack.com/user_id": id,
    };
    return new SignJWT(claims)
      .setProtectedHeader({ alg: "RS256", kid: "one" })
      .setIssuer(fault === "issuer" ? "https://evil.example" : "https://slack.com")
      .setAudience(fault === "audience" ? "333.444" : OPENID_CLIENT.id)
      .setSubject(id)
      .setIssuedAt(fault === "expired" ? now - 7_200 : now)
      .setExpirationTime(fault === "expired" ? now - 3_600 : now + 300)
      .sign(fault === "key" ? stranger.privateKey : privateKey);
  };

  const answer = async (request: IncomingMessage): Promise<object | null> => {
    if (request.url === "/openid/connect/keys") return { keys: [jwk] };
    if (request.url !== "/api/openid.connect.token" || request.method !== "POST") return null;
    if (last?.fault === "down") throw new Error("down");
    if (request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") !== true)
      violations.push("the token is asked for with a form");
    const form = new URLSearchParams(await readBody(request, 10_000));
    const grant = grants.get(form.get("code") ?? "");
    grants.delete(form.get("code") ?? "");
    if (form.get("client_id") !== OPENID_CLIENT.id || form.get("client_secret") !== OPENID_CLIENT.secret)
      return { ok: false, error: "bad_client_secret" };
    if (form.get("grant_type") !== "authorization_code") return { ok: false, error: "invalid_grant_type" };
    if (grant === undefined) return { ok: false, error: "invalid_code" };
    if (form.get("redirect_uri") !== grant.redirect) return { ok: false, error: "bad_redirect_uri" };
    return { ok: true, access_token: "xoxp-1", token_type: "Bearer", id_token: await proof(grant) };
  };

  const server = createServer((request, response) => {
    answer(request).then(
      (body) =>
        response
          .writeHead(body === null ? 404 : 200, { "content-type": "application/json" })
          .end(JSON.stringify(body ?? {})),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    violations,
    agree(address, persona) {
      const requests = new URL(address);
      const want = (name: string): string => {
        const value = requests.searchParams.get(name);
        if (value === null || value === "") violations.push(`authorize without ${name}`);
        return value ?? "";
      };
      if (requests.pathname !== "/openid/connect/authorize") violations.push(`authorize at ${requests.pathname}`);
      if (want("response_type") !== "code") violations.push("response_type is code");
      if (!want("scope").split(" ").includes("openid")) violations.push("the scope has openid");
      if (want("client_id") !== OPENID_CLIENT.id) violations.push("the client is unknown");
      const redirect = want("redirect_uri");
      if (!redirect.startsWith("https:")) violations.push("redirect_uri is https");
      const code = `code.${grants.size + 1}.${Math.floor(clock())}`;
      grants.set(code, { persona, nonce: want("nonce"), redirect });
      last = persona;
      return `${redirect}?${new URLSearchParams({ code, state: want("state") }).toString()}`;
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
