import type { IncomingMessage } from "node:http";
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from "jose";
import { startHttpDouble } from "#test/support/doubles/http-double.ts";

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
  /** The last part of our pages for it. */
  readonly way: string;
  /** What is not as the documentation asks. */
  readonly violations: string[];
  /** What Slack's Web API has of someone besides that they are a member, for a bot that asks. */
  readonly users: Map<string, object>;
  /** The browser arrives at Slack, and the person agrees: where it is sent back to. */
  agree(address: string, persona: SignInPersona): string;
  stop(): Promise<void>;
};

export async function startSlackOpenId(clock: () => number): Promise<SlackOpenId> {
  const own = await generateKeyPair("RS256");
  const stranger = await generateKeyPair("RS256");
  const jwk = { ...(await exportJWK(own.publicKey)), kid: "one", alg: "RS256", use: "sig" };
  const grants = new Map<string, Grant>();
  const violations: string[] = [];
  const users = new Map<string, object>();
  let last: SignInPersona | null = null;

  const answer = async (request: IncomingMessage, text: string): Promise<object | null> => {
    if (request.url === "/openid/connect/keys") return { keys: [jwk] };
    if (request.url === "/api/auth.test") return { ok: true, team_id: OPENID_CLIENT.team };
    if (request.url === "/api/users.info") {
      const id = new URLSearchParams(text).get("user") ?? "";
      return { ok: true, user: { id, team_id: OPENID_CLIENT.team, ...users.get(id) } };
    }
    if (request.url !== "/api/openid.connect.token" || request.method !== "POST") return null;
    if (last?.fault === "down") throw new Error("down");
    if (request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") !== true)
      violations.push("the token is asked for with a form");
    const redeemed = redeem(new URLSearchParams(text), grants);
    if ("error" in redeemed) return { ok: false, ...redeemed };
    const { fault } = redeemed.persona;
    const key = fault === "key" ? stranger.privateKey : own.privateKey;
    const proof = fault === "none" ? undefined : await signProof(redeemed, key, clock());
    return { ok: true, access_token: "xoxp-1", token_type: "Bearer", id_token: proof };
  };
  const { url, close } = await startHttpDouble((request, response, text) => {
    answer(request, text).then(
      (body) =>
        response
          .writeHead(body === null ? 404 : 200, { "content-type": "application/json" })
          .end(JSON.stringify(body ?? {})),
      () => response.destroy(),
    );
  });
  return {
    url,
    way: "slack",
    violations,
    users,
    agree(address, persona) {
      const { redirect, nonce, state } = readAuthorization(new URL(address), violations);
      const code = `code.${grants.size + 1}.${Math.floor(clock())}`;
      grants.set(code, { persona, nonce, redirect });
      last = persona;
      return `${redirect}?${new URLSearchParams({ code, state }).toString()}`;
    },
    stop: close,
  };
}

/** Takes a code, which is good once. */
function redeem(form: URLSearchParams, grants: Map<string, Grant>): Grant | { readonly error: string } {
  const code = form.get("code") ?? "";
  const grant = grants.get(code);
  grants.delete(code);
  if (form.get("client_id") !== OPENID_CLIENT.id || form.get("client_secret") !== OPENID_CLIENT.secret)
    return { error: "bad_client_secret" };
  if (form.get("grant_type") !== "authorization_code") return { error: "invalid_grant_type" };
  if (grant === undefined) return { error: "invalid_code" };
  return form.get("redirect_uri") === grant.redirect ? grant : { error: "bad_redirect_uri" };
}

function signProof({ persona, nonce }: Grant, key: CryptoKey, at: number): Promise<string> {
  const { fault, id, name, team = OPENID_CLIENT.team } = persona;
  const now = Math.floor(at / 1_000);
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
    .sign(key);
}

/** What the address asks for that a browser is sent to; what is wrong with it is a violation. */
function readAuthorization(
  { pathname, searchParams }: URL,
  violations: string[],
): { readonly redirect: string; readonly nonce: string; readonly state: string } {
  const read = (name: string): string => {
    const value = searchParams.get(name);
    if (value === null || value === "") violations.push(`authorize without ${name}`);
    return value ?? "";
  };
  if (pathname !== "/openid/connect/authorize") violations.push(`authorize at ${pathname}`);
  if (read("response_type") !== "code") violations.push("response_type is code");
  if (!read("scope").split(" ").includes("openid")) violations.push("the scope has openid");
  if (read("client_id") !== OPENID_CLIENT.id) violations.push("the client is unknown");
  const redirect = read("redirect_uri");
  if (!redirect.startsWith("https:")) violations.push("redirect_uri is https");
  return { redirect, nonce: read("nonce"), state: read("state") };
}
