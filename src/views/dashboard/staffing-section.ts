import { html, type SafeHtml } from "#views/values/html.ts";

/** The teams whose pages reach no one now, for the first page; null: every team has someone. */
export function staffingSection(warnings: readonly string[]): SafeHtml | null {
  if (warnings.length === 0) return null;
  return html`<section class="panel"><h2 class="hot">No one to page</h2><ul class="facts">${warnings.map((each) => html`<li>${each}</li>`)}</ul></section>`;
}
