import { createRemoteJWKSet, errors, jwtVerify } from "jose";
import { z } from "zod";
import type { ChatStanding } from "#domain/response/admission.ts";
import { HOUR_MS } from "#domain/values/duration.ts";
import { oneLine } from "#domain/values/text.ts";
import { PortError } from "#ports/port-error.ts";
import type { SignIn, SignInResult } from "#ports/sign-in.ts";
import type { StandingReader } from "./slack-people.ts";
import type { SlackSignInSettings } from "./settings.ts";

const SLACK = "https://slack.com";
const TIMEOUT_MS = 10_000;
/** How far Slack's clock and ours may be apart, in seconds. */
const SKEW = 60;

const Answer = z.object({ ok: z.boolean(), error: z.string().optional(), id_token: z.string().optional() });
const Claims = z.object({
  sub: z.string(),
  nonce: z.string(),
  "https://slack.com/team_id": z.string(),
  name: z.string().optional(),
  auth_time: z.number().optional(),
});

/**
 * Sign in with Slack. The code comes back bound to a `state` of this browser, and its proof to a `nonce`; Slack documents no
 * PKCE for openid.connect.token, and redeems a code only with the client's secret.
 */
export function createSlackSignIn(
  { clientId, clientSecret, team, url }: SlackSignInSettings,
  clock: () => number,
): SignIn {
  const base = url ?? SLACK;
  const keys = createRemoteJWKSet(new URL(`${base}/openid/connect/keys`), { timeoutDuration: TIMEOUT_MS });
  return {
    title: "Slack",
    name: "slack",
    // Slack documents neither max_age nor prompt for openid.connect.
    asksAgain: false,
    address({ state, nonce, back }) {
      const query = new URLSearchParams({
        response_type: "code",
        scope: "openid profile",
        client_id: clientId,
        state,
        nonce,
        redirect_uri: back,
        team,
      });
      return Promise.resolve(`${base}/openid/connect/authorize?${query.toString()}`);
    },
    async redeem(parameters, { nonce, back }): Promise<SignInResult> {
      const answer = await exchange(base, {
        client_id: clientId,
        client_secret: clientSecret,
        code: parameters.get("code") ?? "",
        redirect_uri: back,
        grant_type: "authorization_code",
      });
      if (!answer.ok || answer.id_token === undefined)
        throw refused(`Slack refused the sign-in: ${answer.error ?? "no id_token"}`);
      const claims = await verified(answer.id_token);
      if (claims.nonce !== nonce) throw refused("the proof that Slack gave is for another sign-in");
      if (claims["https://slack.com/team_id"] !== team) throw refused("only people of our Slack workspace may sign in");
      const now = clock();
      const at = claims.auth_time === undefined ? now : Math.min(now, claims.auth_time * 1_000);
      const name = oneLine(claims.name ?? "", 100) || claims.sub;
      return { account: { person: claims.sub, name, email: null, groups: null, provedAt: at }, renewal: null };
    },
  };

  async function verified(token: string): Promise<z.output<typeof Claims>> {
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: SLACK,
        audience: clientId,
        algorithms: ["RS256"],
        requiredClaims: ["exp", "iat", "sub"],
        currentDate: new Date(clock()),
        clockTolerance: SKEW,
      });
      return Claims.parse(payload);
    } catch (cause) {
      if (cause instanceof errors.JWKSTimeout || !(cause instanceof errors.JOSEError || cause instanceof z.ZodError))
        throw new PortError("unreachable", "Slack's keys cannot be read", { retryable: true, cause });
      throw refused("the proof that Slack gave does not hold", cause);
    }
  }
}

async function exchange(base: string, form: Readonly<Record<string, string>>): Promise<z.output<typeof Answer>> {
  try {
    const response = await fetch(`${base}/api/openid.connect.token`, {
      method: "POST",
      body: new URLSearchParams(form),
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return Answer.parse(await response.json());
  } catch (cause) {
    throw new PortError("unreachable", "Slack does not answer", { retryable: true, cause });
  }
}

function refused(message: string, cause?: unknown): PortError {
  return new PortError("forbidden", message, { retryable: false, cause });
}

/**
 * A way to sign in that lets in whom Muster listens to in the workspace: the bot asks what someone is there, when they sign
 * in and again and again afterwards.
 * @param refusalOf why someone is not listened to, by what they are there; null: they are
 */
export function withMembership(
  signIn: SignIn,
  standing: StandingReader,
  refusalOf: (person: string, standing: ChatStanding) => string | null,
): SignIn {
  return {
    ...signIn,
    async redeem(answer, request) {
      const result = await signIn.redeem(answer, request);
      const { person } = result.account;
      const found = await standing(person);
      const refusal =
        found === null ? "Slack does not list you as a member of our workspace" : refusalOf(person, found);
      if (refusal !== null) throw refused(refusal);
      return result;
    },
    async recheck({ person, groups, renewal }) {
      const found = await standing(person);
      return found === null || refusalOf(person, found) !== null ? null : { groups, renewal };
    },
  };
}

/** ms: as long as a day's work. What became of someone at Slack after they signed in is not known. */
const UNCHECKED_MS = 12 * HOUR_MS;

/** Whom the policy lets in without a question to Slack: why not, or whether it lists them by name. */
export type PolicyAdmission = { readonly refusal: string | null; readonly isListed: boolean };

/**
 * A way to sign in where Slack cannot be asked what someone is in the workspace: only for whom the policy lets in without
 * that question; for half a day, unless it lists them by name.
 */
export function withAdmission(signIn: SignIn, admissionOf: (person: string) => PolicyAdmission): SignIn {
  return {
    ...signIn,
    async redeem(answer, request) {
      const result = await signIn.redeem(answer, request);
      const { refusal, isListed } = admissionOf(result.account.person);
      if (refusal !== null) throw refused(refusal);
      return isListed ? result : { ...result, longestMs: UNCHECKED_MS };
    },
    recheck({ person, groups, renewal }) {
      return Promise.resolve(admissionOf(person).refusal === null ? { groups, renewal } : null);
    },
  };
}
