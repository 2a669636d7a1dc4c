import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import {
  LONGEST_MS,
  SEEN_EVERY_MS,
  slidingExpiry,
  type AccountSession,
  type SignedInAccount,
} from "#domain/policy/account-session.ts";
import type { Instant } from "#domain/values/language.ts";
import type { SessionStore } from "#handlers/session-store.ts";

/** An open session, with the secret that only its browser has. */
export type OpenSession = { readonly session: AccountSession; readonly secret: string };

/** A session that begins: who, by which way, and how long it lives at most, in ms. */
export type BeginningSession = {
  readonly account: SignedInAccount;
  readonly way: string;
  readonly longestMs?: number;
  readonly renewal?: string | null;
};

/** Who holds a form: what only they and we know, and by which name they came. */
export type FormHolder = { readonly secret: string; readonly id: string };

/**
 * Sessions of browsers. A browser keeps a random secret in a cookie, the database its hash: a copy of the database opens
 * nothing, and there is no key that could sign a session. Forms carry an HMAC by that same secret.
 */
export type BrowserSessions = {
  /** The open session of a request; null when there is none. Its use extends it. */
  find(request: IncomingMessage): Promise<OpenSession | null>;
  /** Signs someone in: the cookie to set. */
  open(beginning: BeginningSession): Promise<string>;
  /** Ends a session in the database: its cookie opens nothing from then on. */
  end(number: number, because: string): Promise<boolean>;
  /** The cookie that makes a browser forget its session. */
  forget(): string;
  /** This browser's secret name, with the cookie that sets it when it has none. */
  visit(request: IncomingMessage): { readonly id: string; readonly cookie: string | null };
  /** What a form of this browser and this person carries: a page of another site can neither read nor guess it. */
  csrf(visit: string, holder: FormHolder): string;
  csrfFits(visit: string, holder: FormHolder, shown: string): boolean;
};

/** @param secure whether people reach us by https: then cookies are sent by nothing else, and set by no neighboring host */
export function createSessions(store: SessionStore, secure: boolean, clock: () => Instant): BrowserSessions {
  const [name, visits] = [cookieName("muster-session", secure), cookieName("muster-visit", secure)];
  const csrf = (visit: string, { secret, id }: FormHolder): string =>
    createHmac("sha256", secret).update(`csrf\0${visit}\0${id}`).digest("base64url");
  return {
    async find(request) {
      const secret = readCookie(request, name);
      if (secret === null || !/^[\w-]{43}$/.test(secret)) return null;
      const session = await store.find(hashOf(secret));
      if (session === null) return null;
      const now = clock();
      if (now - session.seenAt >= SEEN_EVERY_MS)
        await store.extend(session.number, { seenAt: now, expiresAt: slidingExpiry(session.until, now) });
      return { session, secret };
    },
    async open({ account, way, longestMs = LONGEST_MS, renewal = null }) {
      const secret = randomBytes(32).toString("base64url");
      const now = clock();
      const until = now + longestMs;
      await store.open(
        hashOf(secret),
        { ...account, way, openedAt: now, seenAt: now, expiresAt: slidingExpiry(until, now), until },
        renewal,
      );
      return writeCookie(name, secret, longestMs / 1_000, secure);
    },
    end: (number, because) => store.end(number, because),
    forget: () => writeCookie(name, "", 0, secure),
    visit(request) {
      const known = readCookie(request, visits);
      if (known !== null && /^[\w-]{22}$/.test(known)) return { id: known, cookie: null };
      const id = randomBytes(16).toString("base64url");
      return { id, cookie: writeCookie(visits, id, LONGEST_MS / 1_000, secure) };
    },
    csrf,
    csrfFits: (visit, holder, shown) => equalTexts(shown, csrf(visit, holder)),
  };
}

function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}

/** With `__Host-` a browser takes a cookie from nothing but this host by https. */
export function cookieName(name: string, secure: boolean): string {
  return secure ? `__Host-${name}` : name;
}

/** A cookie that scripts cannot read, and that forms of other sites do not send. No seconds: the browser forgets it. */
export function writeCookie(name: string, value: string, seconds: number, secure: boolean): string {
  return `${name}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${Math.floor(seconds)}${secure ? "; Secure" : ""}`;
}

/** The cookies of a request. */
export function readCookies(request: IncomingMessage): readonly (readonly [name: string, value: string])[] {
  return (request.headers.cookie ?? "").split(";").flatMap((part) => {
    const at = part.indexOf("=");
    return at > 0 ? [[part.slice(0, at).trim(), part.slice(at + 1).trim()] as const] : [];
  });
}

/** The value of a cookie; null when the browser sent none. */
export function readCookie(request: IncomingMessage, name: string): string | null {
  return readCookies(request).find(([each]) => each === name)?.[1] ?? null;
}

/** Compares in a time that does not reveal where two texts differ. */
export function equalTexts(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
