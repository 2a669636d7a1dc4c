import { formatUtc } from "#domain/values/instant.ts";
import { describeRecord, type TrackRecord } from "#domain/automation/run-trust.ts";
import { html, type SafeHtml, type HtmlPart } from "#views/values/html.ts";
import { markdownHtml } from "#views/values/markdown-html.ts";
import { renderPage, type PageFrame } from "./page-frame.ts";

/** A runbook as the catalogue shows it. */
export type CatalogRunbook = {
  readonly id: string;
  readonly title: string;
  readonly owner: string | null;
  readonly mode: "off" | "suggest" | "diagnose" | "approve" | "auto";
  readonly documentation: boolean;
  readonly match: readonly string[];
  readonly steps: readonly { readonly id: string; readonly uses: string; readonly approvedBy: readonly string[] }[];
  /** The page as people read it. */
  readonly markdown: string;
  readonly record: TrackRecord;
};

/** A file that is no good runbook, and what is wrong with it. */
export type CatalogProblem = {
  readonly file: string;
  readonly line: number;
  readonly message: string;
  readonly fix: string;
};

const MODES = { off: "", suggest: "", diagnose: "", approve: "warn", auto: "good" } as const;

/** All runbooks, with how much each may do by itself. */
export function catalogPage(
  frame: PageFrame,
  runbooks: readonly CatalogRunbook[],
  problems: readonly CatalogProblem[],
): string {
  return renderPage(
    frame,
    { title: "Runbooks", place: "/runbooks" },
    html`<h1>Runbooks</h1>${problems.length === 0 ? null : html`<section class="panel said refused"><h2>${problems.length} ${problems.length === 1 ? "problem" : "problems"}</h2><ul>${problems.slice(0, 20).map(({ file, line, message, fix }) => html`<li>${file}:${line}: ${message}. ${fix}</li>`)}</ul></section>`}
${runbooks.length === 0 ? html`<p class="panel calm">There is no runbook yet. Put one into the folder of MUSTER_RUNBOOKS.</p>` : html`<ul class="cards">${runbooks.map(card)}</ul>`}`,
  );
}

function card(runbook: CatalogRunbook): SafeHtml {
  const { id, title, owner, match, steps, documentation } = runbook;
  return html`<li class="panel"><h3><a href="/runbooks/${encodeURIComponent(id)}">${title}</a></h3><ul class="facts"><li>${mode(runbook)}</li><li>${documentation ? "to read" : html`<b>${steps.length}</b> steps`}</li>${owner === null ? null : html`<li>${owner}</li>`}<li>${match.length === 0 ? "for no alert in particular" : html`for <code>${match.join(", ")}</code>`}</li><li>${record(runbook)}</li></ul></li>`;
}

function mode(runbook: CatalogRunbook): SafeHtml {
  return runbook.documentation
    ? html`<span class="tag">documentation</span>`
    : html`<span class="tag ${MODES[runbook.mode]}">${runbook.mode}</span>`;
}

function record({ record: known, documentation }: CatalogRunbook): HtmlPart {
  if (documentation) return "nothing in it runs";
  const { last, openUntil } = known;
  return html`${describeRecord(known)}${last === null ? null : html`, last run <b>${last.state}</b> <span class="dim">${formatUtc(last.at)}</span>`}${openUntil === null ? null : html` <span class="tag hot">breaker open until ${formatUtc(openUntil)}</span>`}`;
}

/** One runbook: the page, and what of it can run. */
export function runbookPage(frame: PageFrame, runbook: CatalogRunbook): string {
  const { title, owner, match, steps, markdown } = runbook;
  return renderPage(
    frame,
    { title, place: "/runbooks" },
    html`<p><a href="/runbooks">← Runbooks</a></p><h1>${title}</h1><ul class="facts"><li>${mode(runbook)}</li>${owner === null ? null : html`<li>${owner}</li>`}<li>${match.length === 0 ? "for no alert in particular" : html`for <code>${match.join(", ")}</code>`}</li><li>${record(runbook)}</li></ul>
${steps.length === 0 ? null : html`<h2>What can run</h2><ol>${steps.map(({ id, uses, approvedBy }) => html`<li><b>${id}</b> <code>${uses}</code>${approvedBy.length === 0 ? null : html` <span class="tag warn">approved by ${approvedBy.join(", ")}</span>`}</li>`)}</ol>`}
<article class="prose">${markdownHtml(markdown)}</article>`,
  );
}
