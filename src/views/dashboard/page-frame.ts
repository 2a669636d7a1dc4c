import type { Incident } from "#domain/incident/incident.ts";
import { writeReference } from "#domain/incident/incident-reference.ts";
import { html, type SafeHtml, type HtmlPart } from "#views/values/html.ts";

/** What stands around every page: who looks, and what their forms must carry. */
export type PageFrame = {
  /** null: no one is signed in, so there is nothing to choose from. */
  readonly viewer: { readonly name: string; readonly canLeave: boolean } | null;
  /** Proves that a form was ours; see `handlers/dashboard/session.ts`. */
  readonly csrf: string;
  /** Whether their role lets them send a form to this address of ours. */
  readonly mayPost: (path: string) => boolean;
  /** What their role lacks for acting, as a sentence; null: nothing. */
  readonly lacks: string | null;
  readonly assets: { readonly style: string; readonly script: string };
};

/** Someone who may look, and send nothing. */
export const NO_FORMS: Pick<PageFrame, "mayPost" | "lacks"> = { mayPost: () => false, lacks: null };

/** What stands around a page for people of whom nothing is known. */
export function strangerFrame(assets: PageFrame["assets"]): PageFrame {
  return { viewer: null, csrf: "", assets, ...NO_FORMS };
}

type PageOptions = {
  readonly title: string;
  /** The entry of the navigation it belongs to. */
  readonly place?: string;
  /** Where the page learns that it has changed. */
  readonly live?: string;
  /** Without scripts the page loads itself again: only where no one types. */
  readonly reload?: boolean;
};

const PLACES = [
  ["/", "On fire"],
  ["/incidents", "Incidents"],
  ["/oncall", "On call"],
  ["/statistics", "Statistics"],
  ["/runbooks", "Runbooks"],
  ["/noise", "Alert noise"],
] as const;

/** A whole page. */
export function renderPage(
  frame: PageFrame,
  { title, place, live, reload = false }: PageOptions,
  body: SafeHtml,
): string {
  const { viewer, assets } = frame;
  const places = PLACES.map(
    ([path, name]) => html`<a href="${path}"${path === place ? html` aria-current="page"` : null}>${name}</a>`,
  );
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${title} · Muster</title><link rel="icon" href="data:,"><link rel="stylesheet" href="${assets.style}"><script type="module" src="${assets.script}"></script>${reload ? html`<noscript><meta http-equiv="refresh" content="30"></noscript>` : null}</head>
<body${live === undefined ? null : html` data-live="${live}"`}>
<a class="skip" href="#main">Skip to the content</a>
<header class="top"><div class="bar"><a class="brand" href="/">Muster</a>${viewer === null ? null : html`<nav aria-label="Pages">${places}</nav><div class="who"><span>${viewer.name}</span>${viewer.canLeave ? html`<a href="/sessions">Sessions</a>${formTo(frame, "/sign-out", "", html`<button class="quiet">Sign out</button>`)}` : null}</div>`}</div></header>
<main id="main" tabindex="-1">${body}</main>
<footer><span id="news" role="status"></span></footer>
</body></html>`.text;
}

/**
 * A form that changes something; nothing where the viewer's role would have it refused. Every such form of a page is made
 * here, so that no page offers what is answered with 403.
 */
export function postForm(frame: PageFrame, action: string, fields: HtmlPart, style = ""): SafeHtml | null {
  return frame.viewer === null || !frame.mayPost(action) ? null : formTo(frame, action, style, fields);
}

function formTo({ csrf }: PageFrame, action: string, style: string, fields: HtmlPart): SafeHtml {
  return html`<form${style === "" ? null : html` class="${style}"`} method="post" action="${action}"><input type="hidden" name="csrf" value="${csrf}">${fields}</form>`;
}

/** What the viewer's role lacks, in the place of forms; nothing for someone who may act. */
export function lackNote({ lacks }: PageFrame): SafeHtml | null {
  return lacks === null ? null : html`<p class="panel dim" role="note">${lacks}</p>`;
}

/** Which incident a form is about: another may have its number when the form is sent. */
export function referenceField(incident: Pick<Incident, "number" | "uid">): SafeHtml {
  return html`<input type="hidden" name="of" value="${writeReference(incident)}">`;
}

/** A page with one message. */
export function messagePage(frame: PageFrame, title: string, message: HtmlPart): string {
  return renderPage(frame, { title }, html`<h1>${title}</h1><p>${message}</p>`);
}
