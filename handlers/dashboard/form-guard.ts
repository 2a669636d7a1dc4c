import type { Request, RequestHandler } from "express";
import type { CommandAnswer } from "#domain/events/command-outcome.ts";
import type { ActorVia } from "#domain/values/language.ts";
import type { CommandOrigin } from "#engine/loop/command-interpreter.ts";
import { messagePage } from "#views/dashboard/page-frame.ts";
import { visitorOf, type DashboardAccess, type DashboardViewer } from "./visitor.ts";

/** Accepts only forms of this site, sent from the browser they were made for. */
export function csrfGuard({ sessions, publicUrl }: DashboardAccess): RequestHandler {
  return (request, response, next) => {
    const { holder } = visitorOf(request);
    const body = request.body as Record<string, unknown> | undefined;
    const shown = typeof body?.["csrf"] === "string" ? body["csrf"] : "";
    if (!isCrossSite(request, publicUrl) && sessions.csrfFits(sessions.visit(request).id, holder, shown)) return next();
    response
      .status(403)
      .type("html")
      .send(
        messagePage(
          visitorOf(request).frame,
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

/** The key of a form's submission: two submissions of one form are one; by two people they are two. */
export const FORM_ID = /^[\w-]{8,60}$/;

/** The delivery key of a visitor's form. */
export function formDeliveryKey(viewer: string, form: string): string {
  return `person:web:${viewer}:${form}`;
}

/** Where a visitor's form asks from. `key`: of which sending it is. */
export function placeOfForm(viewer: DashboardViewer, key: string): CommandOrigin {
  const delivery = formDeliveryKey(viewer.id, key).replace(/^person:/, "");
  return { key: delivery, channel: null, replyUrl: null, via: viaOf(viewer) };
}

/** By which way a visitor acts. */
export function viaOf({ via }: DashboardViewer): ActorVia {
  return via ?? { way: "dashboard" };
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
