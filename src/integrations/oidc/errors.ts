import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from "openid-client";
import { PortError } from "#ports/port-error.ts";

/** Whether the provider reports that a refresh token is no longer good: the person, their session there or our client is gone. */
export function isRevoked(error: unknown): boolean {
  return error instanceof ResponseBodyError && error.error === "invalid_grant";
}

/** What a provider or its answer can be wrong with, shown to the person who signs in. */
export function oidcError(title: string, error: unknown): PortError {
  // The library wraps what our own fetch refuses.
  if (error instanceof ClientError && error.cause instanceof PortError) return error.cause;
  if (isAway(error)) return new PortError("unreachable", `${title} does not answer`, { retryable: true, cause: error });
  const refused = (why: string): PortError => new PortError("forbidden", why, { retryable: false, cause: error });
  if (error instanceof AuthorizationResponseError) return refused(`${title} refused the sign-in: ${error.error}`);
  if (error instanceof ResponseBodyError) return refused(`${title} refused the sign-in: ${error.error}`);
  if (error instanceof WWWAuthenticateChallengeError)
    return refused(`${title} refused Muster: OIDC_CLIENT_ID and OIDC_CLIENT_SECRET do not fit`);
  const claim = claimOf(error);
  return refused(`the proof that ${title} gave does not hold${claim === null ? "" : ` (${claim})`}`);
}

/** No answer, or one of a proxy or a server in trouble. */
function isAway(error: unknown): boolean {
  if (error instanceof ResponseBodyError || error instanceof WWWAuthenticateChallengeError) return error.status >= 500;
  // What fetch throws has no code; what the library throws for wrong arguments has one.
  if (error instanceof TypeError) return !("code" in error);
  if (!(error instanceof ClientError)) return false;
  const { code, cause } = error;
  if (cause instanceof Response) return cause.status >= 500 || cause.status === 429;
  if (cause instanceof TypeError) return true;
  return code === "OAUTH_TIMEOUT" || code === "OAUTH_ABORT" || code === "OAUTH_RESPONSE_IS_NOT_JSON";
}

/** Which claim of a proof is wrong, for the person who sets the provider up. */
function claimOf(error: unknown): string | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { cause } = at;
    if (typeof cause === "object" && cause !== null && "claim" in cause && typeof cause.claim === "string")
      return cause.claim;
  }
  return null;
}
