import { createHash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { readBody } from "#handlers/request-body.ts";
import { createIdTokens, type IdTokens } from "./id-tokens.ts";
import { REALM_CLIENT, type RealmPerson } from "./realm-person.ts";

/** What was agreed to with a code. */
type Grant = {
  readonly person: RealmPerson;
  readonly nonce: string;
  readonly redirect: string;
  readonly challenge: string;
  readonly authTime: number;
};

/**
 * A double of a Keycloak realm that is as strict as it is with "PKCE S256 required", an exact redirect URI, a confidential
 * client, and "revoke refresh token" on: codes and refresh tokens are good once.
 */
export type KeycloakRealm = {
  readonly issuer: string;
  /** The last part of our pages for it. */
  readonly way: string;
  /** What is not as Keycloak asks. */
  readonly violations: string[];
  /** The browser arrives at the realm, and the person agrees: where it is sent back to. */
  agree(address: string, person: RealmPerson): string;
  /** Signs with another key from now on; the one before is no longer listed. */
  rotateKeys(): Promise<void>;
  /** Someone is disabled, or signed out by an administrator: their refresh tokens are no longer good. */
  disable(sub: string): void;
  /** Changes someone's groups, as their next proof lists them. */
  regroup(sub: string, groups: readonly string[]): void;
  down: boolean;
  stop(): Promise<void>;
};

type Answer = { readonly status: number; readonly body: object };

class RealmState {
  readonly grants = new Map<string, Grant>();
  readonly refreshTokens = new Map<string, Grant>();
  readonly groups = new Map<string, readonly string[]>();
  readonly violations: string[] = [];
  down = false;
  readonly tokens: IdTokens;
  readonly clock: () => number;
  readonly redirect: string;
  constructor(tokens: IdTokens, clock: () => number, redirect: string) {
    this.tokens = tokens;
    this.clock = clock;
    this.redirect = redirect;
  }
}

export async function startKeycloakRealm(
  clock: () => number,
  redirect = "https://muster.example/sign-in/oidc/callback",
): Promise<KeycloakRealm> {
  const state = new RealmState(await createIdTokens(clock), clock, redirect);
  let issuer = "";
  const server = createServer((request, response) => {
    answerRequest(state, issuer, request).then(
      ({ status, body }) =>
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body)),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/realms/ops`;
  return {
    issuer,
    way: "oidc",
    violations: state.violations,
    agree: (address, person) => agree(state, issuer, address, person),
    rotateKeys: () => state.tokens.rotate(),
    disable(sub) {
      for (const [token, { person }] of state.refreshTokens) if (person.sub === sub) state.refreshTokens.delete(token);
    },
    regroup: (sub, groups) => void state.groups.set(sub, groups),
    get down() {
      return state.down;
    },
    set down(is: boolean) {
      state.down = is;
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function answerRequest(state: RealmState, issuer: string, request: IncomingMessage): Promise<Answer> {
  if (state.down) throw new Error("down");
  switch (`${request.method} ${new URL(request.url ?? "/", issuer).pathname}`) {
    case "GET /realms/ops/.well-known/openid-configuration":
      return { status: 200, body: discoveryOf(issuer) };
    case "GET /realms/ops/protocol/openid-connect/certs":
      return { status: 200, body: state.tokens.jwks() };
    case "POST /realms/ops/protocol/openid-connect/token":
      return answerToken(state, issuer, request);
    default:
      state.violations.push(`${request.method} ${request.url}`);
      return { status: 404, body: { error: "HTTP 404 Not Found" } };
  }
}

function discoveryOf(issuer: string): object {
  const at = `${issuer}/protocol/openid-connect`;
  return {
    issuer,
    authorization_endpoint: `${at}/auth`,
    token_endpoint: `${at}/token`,
    userinfo_endpoint: `${at}/userinfo`,
    end_session_endpoint: `${at}/logout`,
    jwks_uri: `${at}/certs`,
    response_types_supported: ["code", "none", "id_token", "token", "id_token token"],
    grant_types_supported: ["authorization_code", "refresh_token"],
    subject_types_supported: ["public", "pairwise"],
    id_token_signing_alg_values_supported: ["PS384", "RS384", "ES256", "RS256", "EdDSA"],
    token_endpoint_auth_methods_supported: ["private_key_jwt", "client_secret_basic", "client_secret_post"],
    code_challenge_methods_supported: ["plain", "S256"],
    authorization_response_iss_parameter_supported: true,
    claims_supported: ["iss", "sub", "aud", "exp", "iat", "auth_time", "name", "preferred_username", "email"],
  };
}

/** What the browser meets at the realm. A request that Keycloak would not accept is a violation, and comes back as an error. */
function agree(state: RealmState, issuer: string, address: string, person: RealmPerson): string {
  const { searchParams, origin, pathname } = new URL(address);
  const must = (ok: boolean, what: string): boolean => (ok ? true : (state.violations.push(what), false));
  const of = (name: string): string => searchParams.get(name) ?? "";
  must(`${origin}${pathname}` === `${issuer}/protocol/openid-connect/auth`, `authorize at ${pathname}`);
  must(of("client_id") === REALM_CLIENT.id, "the client is unknown");
  must(of("redirect_uri") === state.redirect, `redirect_uri ${of("redirect_uri")} is not registered`);
  const good = [
    must(of("response_type") === "code", "response_type is code"),
    must(of("scope").split(" ").includes("openid"), "the scope has openid"),
    must(of("state") !== "" && of("nonce") !== "", "state and nonce are there"),
    must(of("code_challenge_method") === "S256", "PKCE is by S256"),
    must(/^[\w-]{43}$/.test(of("code_challenge")), "there is a code_challenge"),
  ].every(Boolean);
  const back = { state: of("state"), iss: person.fault === "other-issuer-parameter" ? "https://evil.example" : issuer };
  if (!good) return `${state.redirect}?${new URLSearchParams({ ...back, error: "invalid_request" }).toString()}`;
  const now = state.clock();
  const before = person.loggedInAt ?? now;
  const tooOld = searchParams.has("max_age") && now - before > Number(of("max_age")) * 1_000;
  const asks = (of("prompt").split(" ").includes("login") || tooOld) && person.fault !== "keeps-the-login";
  const code = `${randomUUID()}.${randomUUID()}`;
  state.grants.set(code, {
    person,
    nonce: of("nonce"),
    redirect: of("redirect_uri"),
    challenge: of("code_challenge"),
    authTime: asks ? now : before,
  });
  return `${state.redirect}?${new URLSearchParams({ ...back, session_state: randomUUID(), code }).toString()}`;
}

async function answerToken(state: RealmState, issuer: string, request: IncomingMessage): Promise<Answer> {
  const form = new URLSearchParams(await readBody(request, 10_000));
  if (state.grants.get(form.get("code") ?? "")?.person.fault === "down") throw new Error("down");
  if (request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") !== true)
    state.violations.push("tokens are asked for with a form");
  if (!isClient(request.headers.authorization))
    return { status: 401, body: { error: "unauthorized_client", error_description: "Invalid client credentials" } };
  const grant = form.get("grant_type") === "refresh_token" ? refreshed(state, form) : redeemed(state, form);
  if (grant === null) return { status: 400, body: { error: "invalid_grant", error_description: "Code not valid" } };
  const refreshToken = randomUUID();
  state.refreshTokens.set(refreshToken, grant);
  const person = { ...grant.person, groups: state.groups.get(grant.person.sub) ?? grant.person.groups ?? [] };
  return {
    status: 200,
    body: {
      ...{ access_token: randomUUID(), expires_in: 300, token_type: "Bearer", scope: "openid profile email" },
      refresh_token: refreshToken,
      id_token: await state.tokens.sign(issuer, person, grant),
    },
  };
}

function isClient(header: string | undefined): boolean {
  const [scheme, value = ""] = (header ?? "").split(" ");
  const [id = "", secret = ""] = Buffer.from(value, "base64").toString("utf8").split(":");
  const decoded = (text: string): string => decodeURIComponent(text.replaceAll("+", " "));
  return scheme === "Basic" && decoded(id) === REALM_CLIENT.id && decoded(secret) === REALM_CLIENT.secret;
}

function redeemed(state: RealmState, form: URLSearchParams): Grant | null {
  const code = form.get("code") ?? "";
  const grant = state.grants.get(code);
  state.grants.delete(code);
  const challenge = createHash("sha256")
    .update(form.get("code_verifier") ?? "")
    .digest("base64url");
  if (grant === undefined || form.get("grant_type") !== "authorization_code") return null;
  return form.get("redirect_uri") === grant.redirect && challenge === grant.challenge ? grant : null;
}

function refreshed(state: RealmState, form: URLSearchParams): Grant | null {
  const token = form.get("refresh_token") ?? "";
  const grant = state.refreshTokens.get(token) ?? null;
  state.refreshTokens.delete(token);
  return grant;
}
