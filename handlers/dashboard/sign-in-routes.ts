import { randomBytes, timingSafeEqual } from "node:crypto";
import { Router } from "express";
import { z } from "zod";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { PortError } from "#ports/port-error.ts";
import type { SignIn } from "#ports/sign-in.ts";
import { messagePage, type PageFrame } from "#views/dashboard/page-frame.ts";
import type { DashboardAssets } from "#handlers/assets.ts";
import { readCookie, type BrowserSessions } from "./session.ts";
import { isCrossSite, signInWay } from "./visitor.ts";

/** How long someone may take to sign in, in ms. */
const SIGN_IN_TIMEOUT_MS = 10 * MINUTE_MS;
const Attempt = z.object({ state: z.string(), nonce: z.string(), back: z.string() });

/** Signing in with Slack and out again. What is under way is kept in a sealed cookie of the browser that began it. */
export function signInRoutes(
  signIn: SignIn,
  sessions: () => Promise<BrowserSessions>,
  assets: DashboardAssets,
  publicUrl: string,
): Router {
  const secure = publicUrl.startsWith("https:");
  const name = secure ? "__Host-muster-sign-in" : "muster-sign-in";
  const write = (value: string, seconds: number): string =>
    `${name}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure ? "; Secure" : ""}`;
  const { title, path } = signInWay(signIn);
  const callback = `${path}/callback`;
  const frame: PageFrame = { viewer: null, csrf: "", assets };
  const router = Router();

  router.get(path, async (request, response) => {
    const known = await sessions();
    const attempt = { state: token(), nonce: token(), back: local(request.query["back"]) };
    response.append(
      "set-cookie",
      write(known.seal(JSON.stringify(attempt), SIGN_IN_TIMEOUT_MS), SIGN_IN_TIMEOUT_MS / 1_000),
    );
    response.redirect(303, signIn.address({ state: attempt.state, nonce: attempt.nonce, back: publicUrl + callback }));
  });

  router.get(callback, async (request, response) => {
    const known = await sessions();
    const sealed = known.unseal(readCookie(request, name) ?? "");
    const attempt = sealed === null ? null : (Attempt.safeParse(JSON.parse(sealed)).data ?? null);
    response.append("set-cookie", write("", 0));
    const { code, state, error } = request.query;
    const stop = (status: number, reason: string): void =>
      void response
        .status(status)
        .type("html")
        .send(messagePage(frame, "Not signed in", `${reason}. Open the dashboard and try again.`));
    if (attempt === null || typeof state !== "string" || !same(state, attempt.state))
      return stop(400, "This sign-in was not begun in this browser, or too long ago");
    if (typeof code !== "string")
      return stop(403, `${title} says: ${typeof error === "string" ? error.slice(0, 100) : "no code"}`);
    try {
      const person = await signIn.redeem(code, { nonce: attempt.nonce, back: publicUrl + callback });
      response.append("set-cookie", known.open(person, person.at));
      response.redirect(303, attempt.back);
    } catch (problem) {
      if (!(problem instanceof PortError)) throw problem;
      stop(problem.retryable ? 503 : 403, problem.message);
    }
  });

  // SameSite keeps our cookie out of another site's form, and not the answer's, which would end the session.
  router.post("/sign-out", async (request, response) => {
    if (isCrossSite(request, publicUrl))
      return void response
        .status(403)
        .type("html")
        .send(messagePage(frame, "Not signed out", "This form is not ours. Press the button on one of our pages."));
    response.append("set-cookie", (await sessions()).shut());
    response.redirect(303, "/");
  });
  return router;
}

/** A path of this site to return to. */
function local(back: unknown): string {
  if (typeof back !== "string" || !back.startsWith("/")) return "/";
  const url = URL.canParse(back, "http://muster.invalid") ? new URL(back, "http://muster.invalid") : null;
  if (url?.host !== "muster.invalid") return "/";
  // "/.//evil.example" is a path here, and once its dots are gone it begins like a host.
  return url.pathname.replace(/^\/+/, "/") + url.search;
}

function token(): string {
  return randomBytes(24).toString("base64url");
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
