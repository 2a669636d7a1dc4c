import { html, type SafeHtml } from "#views/values/html.ts";

/** How far deciding lags behind, for the first page; null: it keeps up. */
export function lagSection(problem: string | null): SafeHtml | null {
  return problem === null ? null : html`<p class="panel hot">${problem}.</p>`;
}
