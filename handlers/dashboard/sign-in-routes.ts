import { randomBytes } from "node:crypto";
import { Router, type Request, type RequestHandler, type Response } from "express";
import { z } from "zod";
import { isFreshSession } from "#domain/automation/approval.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import type { Instant, Person } from "#domain/values/language.ts";
import type { AuditLog, AuditNote } from "#ports/audit-log.ts";
import { PortError } from "#ports/port-error.ts";
import type { SignIn, SignInResult } from "#ports/sign-in.ts";
import { messagePage, strangerFrame } from "#views/dashboard/page-frame.ts";
import { createFailedAttempts, networkOf } from "#handlers/access/failed-attempts.ts";
import { currentClient } from "#handlers/access/request-client.ts";
import { cookieName, equalTexts, readCookies, writeCookie } from "./session.ts";
import { isCrossSite } from "./form-guard.ts";
import { signInWay, type DashboardAccess } from "./visitor.ts";

/** How long someone may take to sign in, in ms. */
const SIGN_IN_TIMEOUT_MS = 10 * MINUTE_MS;
/** Sign-ins of one browser that are under way at once; older ones are forgotten, so that its cookies stay few. */
const ATTEMPTS = 5;

const STATE = /^[\w-]{32}$/;
const Attempt = z.object({
  state: z.string().regex(STATE),
  nonce: z.string(),
  verifier: z.string(),
  back: z.string(),
  way: z.string(),
  fresh: z.boolean(),
  at: z.number(),
});
type Attempt = z.output<typeof Attempt>;

/**
 * Requests to sign in, beginnings and returns, that a network may send in a minute: strangers can send them, and each is one
 * or two to the provider. Behind a proxy that is not in MUSTER_TRUSTED_PROXIES all people are one network.
 */
const REQUESTS_EACH = 120;

/** What signing in needs besides the ways. */
type SignInDoor = Pick<DashboardAccess, "sessions" | "assets" | "publicUrl" | "admits" | "personOf"> & {
  readonly audit: AuditLog;
  readonly clock: () => Instant;
  /** ms that go on evenly. */
  readonly monotonic: () => number;
};

/**
 * Signing in, and out again. Each attempt is a cookie of its own in the browser that began it, named by its state: tabs do
 * not take each other's away. It needs no signature: anyone who can write cookies here could begin a sign-in of their own.
 */
export function signInRoutes(ways: readonly SignIn[], door: SignInDoor): Router {
  const { sessions, publicUrl, assets } = door;
  const frame = strangerFrame(assets);
  const router = Router();
  const attempts = createFailedAttempts(door.monotonic, () => {}, REQUESTS_EACH);
  const limitRequests: RequestHandler = (_, response, next) => {
    const address = currentClient()?.address ?? "";
    const wait = attempts.waitSeconds(address, "");
    if (wait === null) {
      attempts.failed(address);
      return next();
    }
    const text = `Too many sign-ins were begun from ${address}. Try again in ${wait} s.`;
    response
      .status(429)
      .set("retry-after", String(wait))
      .type("html")
      .send(messagePage(frame, "Not signed in", text));
  };
  for (const way of ways) {
    const { path } = signInWay(way);
    router.get([path, `${path}/callback`], limitRequests);
    router.get(path, (request, response) => beginSignIn(way, door, request, response));
    router.get(`${path}/callback`, (request, response) => endSignIn(way, door, request, response));
  }

  // SameSite keeps our cookie out of another site's form, and not the answer's, which would end the session.
  router.post("/sign-out", async (request, response) => {
    if (isCrossSite(request, publicUrl))
      return void response
        .status(403)
        .type("html")
        .send(messagePage(frame, "Not signed out", "This form is not ours. Press the button on one of our pages."));
    const open = await sessions.find(request);
    if (open !== null) {
      await sessions.end(open.session.number, "signed out");
      await door.audit.record(signInNote("ended", open.session.way, door.personOf(open.session)));
    }
    response.append("set-cookie", sessions.forget());
    response.redirect(303, "/");
  });
  return router;
}

async function beginSignIn(way: SignIn, door: SignInDoor, request: Request, response: Response): Promise<void> {
  const attempt: Attempt = {
    ...{ state: randomToken(), nonce: randomToken(), verifier: randomBytes(32).toString("base64url") },
    ...{ back: localPath(request.query["back"]), way: way.name, fresh: request.query["fresh"] === "1" },
    at: door.clock(),
  };
  const secure = isSecure(door);
  const known = attemptsOf(request, secure).toSorted((a, b) => b.at - a.at);
  for (const { state } of known.slice(ATTEMPTS - 1)) response.append("set-cookie", forgetAttempt(state, secure));
  try {
    const address = await way.address({ ...attempt, back: callbackOf(way, door) });
    const value = Buffer.from(JSON.stringify(attempt)).toString("base64url");
    response.append(
      "set-cookie",
      writeCookie(attemptName(attempt.state, secure), value, SIGN_IN_TIMEOUT_MS / 1_000, secure),
    );
    response.redirect(303, address);
  } catch (problem) {
    sendProblem(problem, way, door, response);
  }
}

async function endSignIn(way: SignIn, door: SignInDoor, request: Request, response: Response): Promise<void> {
  const { sessions, clock } = door;
  const answer = new URL(request.originalUrl, "http://muster.invalid").searchParams;
  const state = answer.get("state") ?? "";
  const attempt = attemptsOf(request, isSecure(door)).find(
    (each) => equalTexts(each.state, state) && each.way === way.name && clock() - each.at < SIGN_IN_TIMEOUT_MS,
  );
  const open = await sessions.find(request);
  if (attempt === undefined) {
    // The same answer once more, or one that came too late: who is signed in loses nothing by it.
    if (open !== null) return response.redirect(303, "/");
    return sendStop(way, door, response, 400, "This sign-in was not begun in this browser, or too long ago");
  }
  response.append("set-cookie", forgetAttempt(attempt.state, isSecure(door)));
  if (!answer.has("code"))
    return sendStop(way, door, response, 403, `${way.title} says: ${(answer.get("error") ?? "no code").slice(0, 100)}`);
  let result: SignInResult;
  try {
    result = await way.redeem(answer, { ...attempt, back: callbackOf(way, door) });
  } catch (problem) {
    return sendProblem(problem, way, door, response);
  }
  const { account, renewal, longestMs } = result;
  const refusal = door.admits(account);
  if (refusal !== null) return sendStop(way, door, response, 403, refusal);
  if (open !== null) await sessions.end(open.session.number, "signed in again");
  const limits = longestMs === undefined ? {} : { longestMs };
  await door.audit.record(signInNote("succeeded", way.title, door.personOf({ ...account, way: way.name })));
  response.append("set-cookie", await sessions.open({ account, way: way.name, renewal, ...limits }));
  if (attempt.fresh && way.asksAgain && !isFreshSession(account.provedAt ?? -Infinity, clock()))
    return sendStop(
      way,
      door,
      response,
      403,
      `You are signed in, but by ${way.title} you did not prove who you are within the last five minutes, so this sign-in approves nothing of high risk`,
    );
  response.redirect(303, attempt.back);
}

function sendStop(
  { title }: SignIn,
  { assets, audit }: SignInDoor,
  response: Response,
  status: number,
  reason: string,
): void {
  const client = currentClient() ?? { way: "dashboard", address: null };
  // Strangers can fail as often as they like: what they fail at is an entry once a minute for each network.
  audit.recordOnce(
    `sign-in.failed ${title} ${networkOf(client.address ?? "")}`,
    { ...signInNote("failed", title, null), result: "refused", text: reason },
    client,
  );
  response
    .status(status)
    .type("html")
    .send(messagePage(strangerFrame(assets), "Not signed in", `${reason}. Open the dashboard and try again.`));
}

function sendProblem(problem: unknown, way: SignIn, door: SignInDoor, response: Response): void {
  if (!(problem instanceof PortError)) throw problem;
  if (problem.retryable) response.set("retry-after", "5");
  sendStop(way, door, response, problem.retryable ? 503 : 403, problem.message);
}

function isSecure({ publicUrl }: SignInDoor): boolean {
  return publicUrl.startsWith("https:");
}

function callbackOf(way: SignIn, { publicUrl }: SignInDoor): string {
  return `${publicUrl}${signInWay(way).path}/callback`;
}

function attemptName(state: string, secure: boolean): string {
  return cookieName(`muster-sign-in-${state}`, secure);
}

function forgetAttempt(state: string, secure: boolean): string {
  return writeCookie(attemptName(state, secure), "", 0, secure);
}

/** The sign-ins that a browser has under way. A cookie whose name and state differ is none of ours. */
function attemptsOf(request: Request, secure: boolean): readonly Attempt[] {
  const start = attemptName("", secure);
  return readCookies(request).flatMap(([name, value]) => {
    if (!name.startsWith(start)) return [];
    const parsed = Attempt.safeParse(parseJson(Buffer.from(value, "base64url").toString("utf8")));
    return parsed.success && attemptName(parsed.data.state, secure) === name ? [parsed.data] : [];
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The entry of the audit log for a sign-in, its failure, or its end. */
function signInNote(what: "succeeded" | "failed" | "ended", title: string, person: Person | null): AuditNote {
  const by = person === null ? null : { id: person.id, name: person.name };
  return { kind: "sign-in", what: `sign-in.${what}`, subject: title, result: "applied", person: by, text: "" };
}

/** A path of this site to return to. */
function localPath(back: unknown): string {
  if (typeof back !== "string" || !back.startsWith("/")) return "/";
  const url = URL.canParse(back, "http://muster.invalid") ? new URL(back, "http://muster.invalid") : null;
  if (url?.host !== "muster.invalid") return "/";
  // "/.//evil.example" is a path here, and once its dots are gone it begins like a host.
  return url.pathname.replace(/^\/+/, "/") + url.search;
}

function randomToken(): string {
  return randomBytes(24).toString("base64url");
}
