import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { z } from "zod";
import { DAY_MS } from "#domain/values/duration.ts";

/** A viewer of the dashboard. `slack`: their id is their chat id, so that permissions apply. */
export type DashboardViewer = {
  readonly id: string;
  readonly name: string;
  readonly by: "slack" | "token";
  /** When they proved who they are. */ readonly since: number;
};

const Session = z.object({
  id: z.string(),
  name: z.string(),
  sid: z.string(),
  until: z.number(),
  since: z.number().default(0),
});

/** How long someone stays signed in, in ms. */
const STAY = 7 * DAY_MS;

/** Cookies for the identity and the browser, signed so that they cannot be forged. */
export type BrowserSessions = {
  /** Who is signed in; null when no one is, or it is too long ago. */
  viewer(request: IncomingMessage): DashboardViewer | null;
  /** The cookie that signs someone in. */
  open(person: { readonly id: string; readonly name: string }, since: number): string;
  /** The cookie that signs out. */
  shut(): string;
  /** This browser's secret name, with the cookie that sets it when it has none. */
  visit(request: IncomingMessage): { readonly id: string; readonly cookie: string | null };
  /** What a form of this browser and this person carries: a page of another site can neither read nor guess it. */
  csrf(visit: string, viewer: DashboardViewer): string;
  csrfFits(visit: string, viewer: DashboardViewer, shown: string): boolean;
  /** A value that only we can have written, readable for `age` ms. */
  seal(value: string, age: number): string;
  unseal(sealed: string): string | null;
};

/**
 * @param secret kept in the database, so that every process has it and a restart signs no one out
 * @param secure whether people reach us by https: then cookies are sent by nothing else, and set by no neighbouring host
 */
export function createSessions(secret: string, secure: boolean, clock: () => number): BrowserSessions {
  const [session, visits] = secure ? ["__Host-muster", "__Host-muster-visit"] : ["muster", "muster-visit"];
  const sign = (purpose: string, value: string): string =>
    createHmac("sha256", secret).update(`${purpose}\0${value}`).digest("base64url");
  const write = (name: string, value: string, seconds: number): string =>
    `${name}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure ? "; Secure" : ""}`;
  const seal = (value: string, age: number): string => {
    const body = Buffer.from(JSON.stringify([clock() + age, value])).toString("base64url");
    return `${body}.${sign("sealed", body)}`;
  };
  const unseal = (sealed: string): string | null => {
    const [body = "", mac = ""] = sealed.split(".");
    if (!same(mac, sign("sealed", body))) return null;
    const [until, value] = JSON.parse(Buffer.from(body, "base64url").toString("utf8")) as [number, string];
    return until > clock() ? value : null;
  };
  const csrf = (visit: string, viewer: DashboardViewer): string => sign("csrf", `${visit}\0${viewer.by}\0${viewer.id}`);
  return {
    viewer(request) {
      const shown = readCookie(request, session);
      const value = shown === null ? null : unseal(shown);
      if (value === null) return null;
      const parsed = Session.safeParse(JSON.parse(value));
      return parsed.success
        ? { id: parsed.data.id, name: parsed.data.name, by: "slack", since: parsed.data.since }
        : null;
    },
    open: ({ id, name }, since) =>
      write(
        session,
        seal(
          JSON.stringify({ id, name, sid: randomBytes(16).toString("base64url"), until: clock() + STAY, since }),
          STAY,
        ),
        STAY / 1_000,
      ),
    shut: () => write(session, "", 0),
    visit(request) {
      const known = readCookie(request, visits);
      if (known !== null && /^[\w-]{22}$/.test(known)) return { id: known, cookie: null };
      const id = randomBytes(16).toString("base64url");
      return { id, cookie: write(visits, id, STAY / 1_000) };
    },
    csrf,
    csrfFits: (visit, viewer, shown) => same(shown, csrf(visit, viewer)),
    seal,
    unseal,
  };
}

/** The value of a cookie; null when the browser sent none. */
export function readCookie(request: IncomingMessage, name: string): string | null {
  for (const part of (request.headers.cookie ?? "").split(";")) {
    const at = part.indexOf("=");
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return null;
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
