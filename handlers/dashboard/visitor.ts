import { createHash } from "node:crypto";
import type { ErrorRequestHandler, Request, RequestHandler, Response } from "express";
import { z } from "zod";
import type { Incident } from "#domain/incident/incident.ts";
import type { AccessRole } from "#domain/values/access/access-role.ts";
import type { AccountSession, SignedInAccount } from "#domain/policy/account-session.ts";
import { isReferredTo, readReference, staleReferenceText } from "#domain/incident/incident-reference.ts";
import { incidentId, incidentNumber, type ActorVia, type Instant, type Person } from "#domain/values/language.ts";
import type { EngineReader } from "#engine/loop/reader.ts";
import type { SignIn } from "#ports/sign-in.ts";
import { messagePage, NO_FORMS, strangerFrame, type PageFrame } from "#views/dashboard/page-frame.ts";
import { html } from "#views/values/html.ts";
import { incidentLink } from "#views/values/incident-links.ts";
import type { DashboardAssets } from "#handlers/assets.ts";
import { callerPerson, setCaller } from "#handlers/access/request-author.ts";
import { parseCredentials } from "#handlers/access/request-credentials.ts";
import type { GuardAnswer, RequestCaller, RequestGuard } from "#handlers/access/token-guard.ts";
import { badRequestOf } from "#handlers/bad-requests.ts";
import type { BrowserSessions, FormHolder } from "./session.ts";

/** A viewer of the dashboard. `account`: their id is that of the chat or the policy where one is known, so that permissions apply. */
export type DashboardViewer = {
  readonly id: string;
  readonly name: string;
  readonly by: "account" | "token";
  /** By which way they act; of a token with its name. */
  readonly via?: ActorVia;
  /** When they proved who they are; 0: that is not known. */ readonly since: Instant;
  /** null: they show a token. */
  readonly session: AccountSession | null;
};

/** A viewer, with the frame of their pages. `holder`: what only they and we know, for their forms and for what each may have of. */
export type DashboardVisitor = {
  readonly viewer: DashboardViewer;
  readonly frame: PageFrame;
  readonly holder: FormHolder;
  /** Whether an incident exists for them. */
  readonly canSee: (incident: Incident) => boolean;
};

export type DashboardAccess = {
  readonly guard: RequestGuard;
  /** Whether someone who signed in has a role now. */
  readonly hasAccess: (person: Person, needed: AccessRole) => Promise<boolean>;
  /** What role their pages are made for: groups as they were within the last minute, for this allows nothing. */
  readonly shownRole: (person: Person) => Promise<AccessRole>;
  /** Whether someone may see an incident, by the policy in force; null: someone who is no one in particular. */
  readonly canSee: (incident: Incident, person: Person | null) => boolean;
  readonly sessions: BrowserSessions;
  readonly assets: DashboardAssets;
  /** With what accounts people sign in, and where; none: they cannot. */
  readonly ways: readonly SignInWay[];
  /** Why someone with this account may not come in, by the policy in force; null: they may. */
  readonly admits: (account: SignedInAccount) => string | null;
  /** Who they are: a person of the policy where one is known. */
  readonly personOf: (account: SignedInAccount & Pick<AccountSession, "way">) => Person;
  /** Where people reach us: what the Origin of our own forms is. */
  readonly publicUrl: string;
};

/** `title`: what people call the account. `path`: the page of ours that leads there. `asksAgain`: see `SignIn`. */
export type SignInWay = Pick<SignIn, "title" | "name" | "asksAgain"> & { readonly path: string };

export function signInWay({ title, name, asksAgain }: Pick<SignIn, "title" | "name" | "asksAgain">): SignInWay {
  return { title, name, asksAgain, path: `/sign-in/${name}` };
}

/** The way by which a viewer proves again who they are: their own, else the first there is. */
export function ownWay(ways: readonly SignInWay[], { session }: DashboardViewer): SignInWay | null {
  return ways.find(({ name }) => name === session?.way) ?? ways[0] ?? null;
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
export function requireVisitor(access: DashboardAccess): RequestHandler {
  const { sessions, assets, guard } = access;
  return async (request, response, next) => {
    const account = await accountVisitor(access, request);
    const answer = account === null ? await guard(request) : null;
    if (answer?.ok === true) setCaller(request, answer.caller);
    const visitor = account ?? (answer?.ok === true ? tokenVisitor(answer.caller, request) : null);
    if (visitor === null) return sendWaysIn(access, answer, request, response);
    const { viewer, holder } = visitor;
    const visit = sessions.visit(request);
    if (visit.cookie !== null) response.append("set-cookie", visit.cookie);
    const csrf = sessions.csrf(visit.id, holder);
    const shown = { name: viewer.name, canLeave: viewer.by === "account" };
    const frame: PageFrame = { viewer: shown, ...NO_FORMS, csrf, assets };
    const person = viewer.by === "account" ? viewer : null;
    visitors.set(request, { ...visitor, frame, canSee: (incident) => access.canSee(incident, person) });
    next();
  };
}

/** Makes a visitor's pages for what their role allows: forms that it does not let them send are not on them. */
export function showForms(request: Request, forms: Pick<PageFrame, "mayPost" | "lacks">): void {
  const visitor = visitorOf(request);
  visitors.set(request, { ...visitor, frame: { ...visitor.frame, ...forms } });
}

/** Who someone is where each may have so much: a person, or a token under whatever name. */
export function holderKey({ secret, id }: FormHolder): string {
  return id.startsWith("account:") ? id : `token:${createHash("sha256").update(secret).digest("base64url")}`;
}

type Visitor = Pick<DashboardVisitor, "viewer" | "holder">;

/** Who has an open session, and may come in by the policy of today. */
async function accountVisitor(access: DashboardAccess, request: Request): Promise<Visitor | null> {
  const open = await access.sessions.find(request);
  if (open === null || access.admits(open.session) !== null) return null;
  const { session, secret } = open;
  const { id, name } = access.personOf(session);
  return {
    viewer: { id, name, by: "account", since: session.provedAt ?? 0, session },
    holder: { secret, id: `account:${id}` },
  };
}

function tokenVisitor(caller: RequestCaller, request: Request): Visitor {
  const person = callerPerson(caller, "dashboard");
  return {
    viewer: { ...person, by: "token", since: 0, session: null },
    holder: { secret: parseCredentials(request.headers.authorization)?.secret ?? "", id: `token:${person.id}` },
  };
}

function sendWaysIn(
  { ways, assets }: DashboardAccess,
  answer: GuardAnswer | null,
  request: Request,
  response: Response,
): void {
  const denied = answer === null || answer.ok ? null : answer;
  response.status(denied?.status ?? 401);
  if (denied?.retryAfter != null) response.set("retry-after", String(denied.retryAfter));
  const frame = strangerFrame(assets);
  // A browser asks for a password at once when the answer offers one: an account is a better way, and a link to this one.
  if (ways.length === 0 || request.path === "/sign-in/token")
    response.set("www-authenticate", 'Basic realm="Muster", charset="UTF-8"');
  const back = encodeURIComponent(request.method === "GET" ? request.originalUrl : "/");
  const links = ways.map(
    ({ path, title }) => html`<a class="button primary" href="${path}?back=${back}">Sign in with ${title}</a> `,
  );
  const offer = html`${links}<a class="button" href="/sign-in/token">With an API token</a>`;
  response.type("html").send(messagePage(frame, "Sign in", ways.length === 0 ? (denied?.reason ?? "") : offer));
}

export function visitorOf(request: Request): DashboardVisitor {
  const visitor = visitors.get(request);
  if (visitor === undefined) throw new Error("bug: a page without reception");
  return visitor;
}

/** What a form about an incident carries besides what it is for: which incident its page showed, and what was typed. */
const FormOfIncident = z.object({ of: z.string().optional(), text: z.string().optional() });

/**
 * The incident of a page's address, when the viewer may see it; else the answer is a 404, or a 410 when the address or the
 * form that was sent (`of`) is about another incident of that number, which a restored backup does not have. The 410 gives
 * back what was typed.
 */
export async function findVisibleIncident(
  read: Pick<EngineReader, "incident" | "noteRead">,
  request: Request,
  response: Response,
): Promise<Incident | null> {
  const id = String(request.params["id"]);
  const form = FormOfIncident.safeParse(request.body).data ?? {};
  const of = request.query["of"] ?? form.of;
  const number = incidentNumber(id);
  const incident = number === null ? null : await read.incident(number);
  if (incident !== null && visitorOf(request).canSee(incident)) {
    await read.noteRead(incident, visitorOf(request).viewer);
    const about = readReference(typeof of === "string" ? of : "");
    if (about === null || isReferredTo(incident, { ...about, number: incident.number })) return incident;
    const { frame } = visitorOf(request);
    const today = incidentLink(incident, `The ${incidentId(incident.number)} of today`);
    const text = html`${staleReferenceText(about)} ${today}${form.text === undefined ? null : html`</p><h2>Your text, not saved</h2><pre>${form.text}</pre><p>`}`;
    response
      .status(410)
      .type("html")
      .send(messagePage(frame, "Another incident", text));
    return null;
  }
  sendNotFound(request, response, `incident ${id}`);
  return null;
}

/** What people see when a page cannot be made: what they did wrong, or that we did; the details are for the log. */
export function pageErrorHandler(assets: DashboardAssets, onError: (error: unknown) => void): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error);
    const status = badRequestOf(error)?.status ?? 503;
    if (status === 503) onError(error);
    const frame = visitors.get(request)?.frame ?? strangerFrame(assets);
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
