import { iso, utc } from "#domain/instant.ts";
import type { Instant } from "#domain/language.ts";

/** HTML that is safe to send: made by `html`, which escapes everything that is not. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
/** What may stand in a template: escaped unless it is Html already. */
export type Part = Html | string | number | null | readonly Part[];

/** A template whose values are escaped. */
export function html(parts: TemplateStringsArray, ...values: Part[]): Html {
  return new Html(parts.reduce((text, part, i) => text + render(values[i - 1] ?? null) + part));
}

/** An instant in UTC that can be read by programs too: the script of the page adds the time of whoever looks. */
export function when(at: Instant, says: string = utc(at)): Html {
  return html`<time datetime="${iso(at)}">${says}</time>`;
}

/** A link to an address from outside; what is no web address stays text. */
export function outside(url: string, title: Part): Html {
  const web = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
  return web ? html`<a href="${url}" rel="noreferrer">${title}</a>` : html`<span>${title}</span>`;
}

function render(value: Part): string {
  if (value === null) return "";
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(render).join("");
  const text = `${value as string | number}`;
  // Most texts have nothing to escape, and a page has thousands.
  return ESCAPED.test(text) ? text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`) : text;
}
const ESCAPED = /[&<>"']/;
