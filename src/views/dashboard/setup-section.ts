import { html, type SafeHtml } from "#views/values/html.ts";

/** What is wrong with the setup, for the first page; null: nothing. */
export function setupSection(faults: readonly string[]): SafeHtml | null {
  if (faults.length === 0) return null;
  return html`<section class="panel"><h2 class="hot">Setup needs attention</h2><ul class="facts">${faults.map((each) => html`<li>${each}</li>`)}</ul></section>`;
}
