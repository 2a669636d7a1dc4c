import { formatIso, formatUtc } from "#domain/values/instant.ts";
import type { Instant } from "#domain/values/language.ts";

/** HTML that is safe to send: made by `html`, which escapes everything that is not. */
export class SafeHtml {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
/** What may stand in a template: escaped unless it is Html already. */
export type HtmlPart = SafeHtml | string | number | null | readonly HtmlPart[];

/** A template whose values are escaped. */
export function html(parts: TemplateStringsArray, ...values: HtmlPart[]): SafeHtml {
  return new SafeHtml(parts.reduce((text, part, i) => text + render(values[i - 1] ?? null) + part));
}

/** An instant in UTC that can be read by programs too: the script of the page adds the time of the viewer. */
export function timeElement(at: Instant, label: string = formatUtc(at)): SafeHtml {
  return html`<time datetime="${formatIso(at)}">${label}</time>`;
}

/** A link to an address from outside; what is no web address stays text. */
export function externalLink(url: string, title: HtmlPart): SafeHtml {
  const web = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
  return web ? html`<a href="${url}" rel="noreferrer">${title}</a>` : html`<span>${title}</span>`;
}

function render(value: HtmlPart): string {
  if (value === null) return "";
  if (value instanceof SafeHtml) return value.text;
  if (Array.isArray(value)) return value.map(render).join("");
  const text = `${value as string | number}`;
  // Most texts have nothing to escape, and a page has thousands.
  return ESCAPED.test(text) ? text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`) : text;
}
const ESCAPED = /[&<>"']/;
