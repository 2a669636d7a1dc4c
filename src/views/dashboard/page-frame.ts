import type { Incident } from "#domain/incident/incident.ts";
import { writeReference } from "#domain/incident/incident-reference.ts";
import { html, type SafeHtml, type HtmlPart } from "#views/values/html.ts";

/** What stands around every page: who looks, and what their forms must carry. */
export type PageFrame = {
  /** null: no one is signed in, so there is nothing to choose from. */
  readonly viewer: { readonly name: string; readonly canLeave: boolean } | null;
  /** Proves that a form was ours; see `handlers/dashboard/session.ts`. */
  readonly csrf: string;
  readonly assets: { readonly style: string; readonly script: string };
};

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
<header class="top"><div class="bar"><a class="brand" href="/">Muster</a>${viewer === null ? null : html`<nav aria-label="Pages">${places}</nav><div class="who"><span>${viewer.name}</span>${viewer.canLeave ? html`<form method="post" action="/sign-out">${csrfField(frame)}<button class="quiet">Sign out</button></form>` : null}</div>`}</div></header>
<main id="main" tabindex="-1">${body}</main>
<footer><span id="news" role="status"></span></footer>
</body></html>`.text;
}

/** What every form that changes something carries. */
export function csrfField({ csrf }: PageFrame): SafeHtml {
  return html`<input type="hidden" name="csrf" value="${csrf}">`;
}

/** Which incident a form is about: another may have its number when the form is sent. */
export function referenceField(incident: Pick<Incident, "number" | "uid">): SafeHtml {
  return html`<input type="hidden" name="of" value="${writeReference(incident)}">`;
}

/** A page that says one thing. */
export function messagePage(frame: PageFrame, title: string, message: HtmlPart): string {
  return renderPage(frame, { title }, html`<h1>${title}</h1><p>${message}</p>`);
}
