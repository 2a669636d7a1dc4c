import type { ErrorRequestHandler, Request, RequestHandler, Response } from "express";
import { z } from "zod";
import type { CommandAnswer } from "#domain/events/command-outcome.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { apiPerson } from "#domain/values/api-actor.ts";
import { isReferredTo, readReference, staleReferenceText } from "#domain/incident/incident-reference.ts";
import { incidentId, incidentNumber } from "#domain/values/language.ts";
import { isResponder } from "#domain/response/permission.ts";
import type { SignIn } from "#ports/sign-in.ts";
import { oneLine } from "#domain/values/text.ts";
import { messagePage, type PageFrame } from "#views/dashboard/page-frame.ts";
import { html } from "#views/values/html.ts";
import type { DashboardAssets } from "#handlers/assets.ts";
import { parseCredentials, type RequestGuard } from "#handlers/token-guard.ts";
import { errorStatus } from "#handlers/request-body.ts";
import type { BrowserSessions, DashboardViewer } from "./session.ts";

/** A viewer, with the frame of their pages. */
export type DashboardVisitor = { readonly viewer: DashboardViewer; readonly frame: PageFrame };

export type DashboardAccess = {
  readonly guard: RequestGuard;
  readonly sessions: () => Promise<BrowserSessions>;
  readonly assets: DashboardAssets;
  /** With what account people sign in, and where; null: they cannot. */
  readonly signInWay: SignInWay | null;
  /** Where people reach us: what the Origin of our own forms is. */
  readonly publicUrl: string;
};

/** `title`: what people call the account. `path`: the page of ours that leads there. */
export type SignInWay = { readonly title: string; readonly path: string };

export function signInWay({ title, name }: Pick<SignIn, "title" | "name">): SignInWay {
  return { title, path: `/sign-in/${name}` };
}

/** Nothing inline, nothing from elsewhere; the one script and the one style are ours. */
const HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cache-control": "no-store",
};

export const setSecurityHeaders: RequestHandler = (_, response, next) => {
  response.set(HEADERS);
  next();
};

const visitors = new WeakMap<Request, DashboardVisitor>();

/** Admits a signed-in viewer or a token; others see how to sign in. */
export function requireVisitor({ guard, sessions, assets, signInWay: way }: DashboardAccess): RequestHandler {
  return async (request, response, next) => {
    const known = await sessions();
    const denied = guard(request);
    const viewer = known.viewer(request) ?? (denied === null ? bearer(request) : null);
    if (viewer !== null) {
      const visit = known.visit(request);
      if (visit.cookie !== null) response.append("set-cookie", visit.cookie);
      visitors.set(request, {
        viewer,
        frame: {
          viewer: { name: viewer.name, canLeave: viewer.by === "slack" },
          csrf: known.csrf(visit.id, viewer),
          assets,
        },
      });
      return next();
    }
    response.status(401);
    const frame: PageFrame = { viewer: null, csrf: "", assets };
    // A browser asks for a password at once when it is told of one: an account is a better way, and a link to this one.
    if (way === null || request.path === "/sign-in/token")
      response.set("www-authenticate", 'Basic realm="Muster", charset="UTF-8"');
    const back = request.method === "GET" ? request.originalUrl : "/";
    const ways =
      way === null
        ? denied
        : html`<a class="button primary" href="${way.path}?back=${encodeURIComponent(back)}">Sign in with ${way.title}</a> <a class="button" href="/sign-in/token">With an API token</a>`;
    response.type("html").send(messagePage(frame, "Sign in", ways));
  };
}

export function visitorOf(request: Request): DashboardVisitor {
  const visitor = visitors.get(request);
  if (visitor === undefined) throw new Error("bug: a page without reception");
  return visitor;
}

/** Accepts only forms of this site, sent from the browser they were made for. */
export function csrfGuard({ sessions, assets, publicUrl }: DashboardAccess): RequestHandler {
  return async (request, response, next) => {
    const known = await sessions();
    const { viewer } = visitorOf(request);
    const body = request.body as Record<string, unknown> | undefined;
    const shown = typeof body?.["csrf"] === "string" ? body["csrf"] : "";
    if (!isCrossSite(request, publicUrl) && known.csrfFits(known.visit(request).id, viewer, shown)) return next();
    const frame: PageFrame = { ...visitorOf(request).frame, assets };
    response
      .status(403)
      .type("html")
      .send(
        messagePage(
          frame,
          "Not done",
          "This form is too old, or it is not ours. Go back, load the page again and try once more.",
        ),
      );
  };
}

/** Whether the browser reports a page of another site as the origin; "null" is a hidden origin. */
export function isCrossSite({ headers }: Request, publicUrl: string): boolean {
  const { origin, host } = headers;
  if (
    origin !== undefined &&
    origin !== new URL(publicUrl).origin &&
    !(URL.canParse(origin) && new URL(origin).host === host)
  )
    return true;
  const site = headers["sec-fetch-site"];
  return site !== undefined && site !== "same-origin" && site !== "none";
}

/** A private incident exists for no one but its responders; a token is no one in particular. */
export function canSeeIncident(viewer: DashboardViewer, incident: Incident): boolean {
  return !incident.private || (viewer.by === "slack" && isResponder(incident, viewer));
}

/** What a form about an incident carries besides what it is for: which incident its page showed, and what was typed. */
const FormOfIncident = z.object({ of: z.string().optional(), text: z.string().optional() });

/**
 * The incident of a page's address, when the viewer may see it; else the answer is a 404, or a 410 when the address or the
 * form that was sent (`of`) is about another incident of that number, which a restored backup does not have. The 410 gives
 * back what was typed.
 */
export async function findVisibleIncident(
  read: { incident(number: number): Promise<Incident | null> },
  request: Request,
  response: Response,
): Promise<Incident | null> {
  const id = String(request.params["id"]);
  const form = FormOfIncident.safeParse(request.body).data ?? {};
  const of = request.query["of"] ?? form.of;
  const number = incidentNumber(id);
  const incident = number === null ? null : await read.incident(number);
  if (incident !== null && canSeeIncident(visitorOf(request).viewer, incident)) {
    const about = readReference(typeof of === "string" ? of : "");
    if (about === null || isReferredTo(incident, { ...about, number: incident.number })) return incident;
    const { frame } = visitorOf(request);
    const page = `/incidents/${incidentId(incident.number)}`;
    const text = html`${staleReferenceText(about)} <a href="${page}">The ${incidentId(incident.number)} of today</a>${form.text === undefined ? null : html`</p><h2>Your text, not saved</h2><pre>${form.text}</pre><p>`}`;
    response
      .status(410)
      .type("html")
      .send(messagePage(frame, "Another incident", text));
    return null;
  }
  sendNotFound(request, response, `incident ${id}`);
  return null;
}

function bearer(request: Request): DashboardViewer {
  const name = oneLine(parseCredentials(request.headers.authorization)?.user ?? "", 100) || "local";
  return { ...apiPerson(name), by: "token", since: 0 };
}

/** What people see when a page cannot be made: what they did wrong, or that we did; the details are for the log. */
export function pageErrorHandler(assets: DashboardAssets, onError: (error: unknown) => void): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error);
    const status = errorStatus(error);
    if (status === 503) onError(error);
    const frame = visitors.get(request)?.frame ?? { viewer: null, csrf: "", assets };
    const [title, reason] =
      status === 503
        ? [
            "Not now",
            "Muster could not answer this; its log says why. Try again in a moment: what is stored is safe, and paging goes on.",
          ]
        : [
            "Not understood",
            status === 413 ? "This is too long. Shorten it and try again." : "This address or form is not one of ours.",
          ];
    if (status === 503) response.set("retry-after", "5");
    response
      .status(status)
      .type("html")
      .send(messagePage(frame, title, reason));
  };
}

/** A page that does not exist, or not for this viewer. */
export function sendNotFound(request: Request, response: Response, what: string): void {
  response
    .status(404)
    .type("html")
    .send(messagePage(visitorOf(request).frame, "Not found", `There is no ${what}.`));
}

/** The key of a form's submission: two submissions of one form are one; by two people they are two. */
export const FORM_ID = /^[\w-]{8,60}$/;

/** The delivery key of a visitor's form. */
export function formDeliveryKey(viewer: string, form: string): string {
  return `person:web:${viewer}:${form}`;
}

/** The outcome of the last submission, for the page that follows. null: there was none. */
export async function readOutcome(
  request: Request,
  read: { outcome(keys: readonly string[]): Promise<CommandAnswer | null> },
): Promise<CommandAnswer | null> {
  const { said: outcomeParam } = request.query;
  if (typeof outcomeParam !== "string" || !FORM_ID.test(outcomeParam)) return null;
  return read.outcome([formDeliveryKey(visitorOf(request).viewer.id, outcomeParam)]);
}
