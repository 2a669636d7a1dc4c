import { DAY_MS, MINUTE_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";

/** What a service reports of someone who signs in with an account there. */
export type SignedInAccount = {
  /** Their id: that of the chat, or one of the service's own. */
  readonly person: string;
  readonly name: string;
  /** An address that the service has verified. */
  readonly email: string | null;
  /** The groups that the service lists for them; null: it lists none for anyone. */
  readonly groups: readonly string[] | null;
  /** When they last proved there who they are; null: it does not say. */
  readonly provedAt: Instant | null;
};

/** One browser of one person, from signing in to signing out. The browser has the secret, the database only its hash. */
export type AccountSession = SignedInAccount & {
  readonly number: number;
  /** The name of the way they signed in by. */
  readonly way: string;
  readonly openedAt: Instant;
  readonly seenAt: Instant;
  readonly expiresAt: Instant;
  /** It is never extended past this. */
  readonly until: Instant;
};

/** How long a session lives without a request, in ms. */
export const IDLE_MS = 7 * DAY_MS;
/** How long it lives at most, whatever comes, in ms. */
export const LONGEST_MS = 30 * DAY_MS;
/** How often a session that is used is written down, in ms: not at every request. */
export const SEEN_EVERY_MS = MINUTE_MS;

/** When a session that is used now expires. */
export function slidingExpiry(until: Instant, now: Instant): Instant {
  return Math.min(until, now + IDLE_MS);
}
