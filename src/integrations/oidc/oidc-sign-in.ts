import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  ClientSecretBasic,
  clockSkew,
  clockTolerance,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  refreshTokenGrant,
  type Configuration,
  type IDToken,
} from "openid-client";
import type { SignedInAccount } from "#domain/policy/account-session.ts";
import { HOUR_MS } from "#domain/values/duration.ts";
import { oneLine } from "#domain/values/text.ts";
import { PortError } from "#ports/port-error.ts";
import type { SignIn, SignInRequest, SignInResult } from "#ports/sign-in.ts";
import type { OutboundNetwork } from "#integrations/http/guarded-connection.ts";
import { isRevoked, oidcError } from "./errors.ts";
import { createGuardedFetch } from "./guarded-fetch.ts";
import { sealRenewal, unsealRenewal } from "./sealed-renewal.ts";
import type { OidcSettings } from "./settings.ts";

const TIMEOUT_SECONDS = 10;
/** How far the provider's clock and ours may be apart. */
const TOLERANCE_SECONDS = 60;
/** How long ago someone may have proved who they are, when they are asked to do it now: five minutes at the provider. */
const FRESH_SECONDS = 300;
/** How long someone stays in whom the provider cannot be asked about again, in ms. */
const UNCHECKED_MS = 12 * HOUR_MS;
/** Groups that are kept of one person. */
const MAX_GROUPS = 500;

/**
 * Signing in with any OpenID Connect provider: its own description of itself, the code flow with PKCE, and a proof whose
 * signature is checked by the keys of today. Description and keys are read for each sign-in: those are rare, and a key that
 * was replaced a second ago no longer counts.
 * @param skewSeconds how far Muster's clock is ahead of the machine's, which the library reads
 */
export function createOidcSignIn(
  settings: OidcSettings,
  skewSeconds: () => number,
  network: OutboundNetwork = {},
): SignIn {
  const { title, sessionKey } = settings;
  const attempt = async <T>(work: (provider: Configuration) => Promise<T>): Promise<T> => {
    try {
      return await work(await discover(settings, skewSeconds(), network));
    } catch (error) {
      throw error instanceof PortError ? error : oidcError(title, error);
    }
  };
  const signIn: SignIn = {
    title,
    name: "oidc",
    issuer: settings.issuer,
    asksAgain: true,
    address: (request) => attempt((provider) => addressAt(provider, settings, request)),
    redeem: (answer, request) => attempt((provider) => redeemAt(provider, settings, answer, request)),
  };
  if (sessionKey === null) return signIn;
  return {
    ...signIn,
    async recheck({ person, groups, renewal }) {
      const token = renewal === null ? null : unsealRenewal(sessionKey, person, renewal);
      if (token === null) return null;
      return attempt(async (provider) => {
        try {
          const tokens = await refreshTokenGrant(provider, token);
          const claims = tokens.claims();
          if (claims !== undefined && personId(claims) !== person) return null;
          return {
            groups: claims === undefined ? groups : groupsIn(claims, settings),
            renewal: sealRenewal(sessionKey, person, tokens.refresh_token ?? token),
          };
        } catch (error) {
          if (isRevoked(error)) return null;
          throw error;
        }
      });
    },
  };
}

function discover(
  { issuer, clientId, clientSecret }: OidcSettings,
  skew: number,
  network: OutboundNetwork,
): Promise<Configuration> {
  return discovery(
    new URL(issuer),
    clientId,
    { client_secret: clientSecret, [clockSkew]: skew, [clockTolerance]: TOLERANCE_SECONDS },
    ClientSecretBasic(clientSecret),
    {
      timeout: TIMEOUT_SECONDS,
      [customFetch]: createGuardedFetch(network),
      // Settings let http through for this machine only.
      execute: [enableNonRepudiationChecks, ...(issuer.startsWith("http:") ? [allowInsecureRequests] : [])],
    },
  );
}

async function addressAt(
  provider: Configuration,
  { scopes }: OidcSettings,
  { state, nonce, verifier, back, fresh }: SignInRequest,
): Promise<string> {
  return buildAuthorizationUrl(provider, {
    ...{ state, nonce, scope: scopes, redirect_uri: back },
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    // prompt makes the provider ask; max_age makes it say when the person answered.
    ...(fresh ? { prompt: "login", max_age: String(FRESH_SECONDS) } : {}),
  }).href;
}

async function redeemAt(
  provider: Configuration,
  settings: OidcSettings,
  answer: URLSearchParams,
  { state, nonce, verifier, back, fresh }: SignInRequest,
): Promise<SignInResult> {
  const tokens = await authorizationCodeGrant(provider, new URL(`${back}?${answer.toString()}`), {
    expectedState: state,
    expectedNonce: nonce,
    pkceCodeVerifier: verifier,
    idTokenExpected: true,
    ...(fresh ? { maxAge: FRESH_SECONDS } : {}),
  });
  const account = accountIn(tokens.claims()!, settings);
  const { sessionKey } = settings;
  const token = tokens.refresh_token;
  if (sessionKey === null || token === undefined) return { account, renewal: null, longestMs: UNCHECKED_MS };
  return { account, renewal: sealRenewal(sessionKey, account.person, token) };
}

function accountIn(claims: IDToken, settings: OidcSettings): SignedInAccount {
  const person = personId(claims);
  const { name, preferred_username: login, email, email_verified: verified, auth_time: provedAt } = claims;
  const names = [name, login].map((each) => (typeof each === "string" ? oneLine(each, 100) : ""));
  return {
    person,
    name: names.find((each) => each !== "") ?? person,
    // An address that anyone may write into their account there is no one's.
    email: typeof email === "string" && verified === true ? oneLine(email, 320) : null,
    groups: groupsIn(claims, settings),
    provedAt: typeof provedAt === "number" ? provedAt * 1_000 : null,
  };
}

/** @throws PortError for a subject that the standard does not allow: shortened or cleaned it could be another's */
function personId({ sub }: IDToken): string {
  if (/^[\x21-\x7e]{1,255}$/.test(sub)) return `oidc:${sub}`;
  throw new PortError("forbidden", "the provider names this person by a subject that OpenID Connect does not allow", {
    retryable: false,
  });
}

function groupsIn(claims: IDToken, { groupsClaim }: OidcSettings): readonly string[] {
  const listed = claims[groupsClaim];
  const groups = Array.isArray(listed) ? listed : [listed];
  return groups.filter((each): each is string => typeof each === "string").slice(0, MAX_GROUPS);
}
