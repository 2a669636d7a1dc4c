import { HUMAN_SECTIONS, type HumanSection } from "#domain/postmortem/human-section.ts";
import { formatUtc } from "#domain/values/instant.ts";
import { isDeclined, type CommandAnswer } from "#domain/events/command-outcome.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { LinkedIncident } from "#domain/incident/incident-reference.ts";
import { incidentId, isOpen, type Instant } from "#domain/values/language.ts";
import { diffLines } from "#domain/postmortem/line-diff.ts";
import { isPrompt, parsePostmortem } from "#domain/postmortem/postmortem-text.ts";
import type { PostmortemProblem } from "#domain/postmortem/review-checklist.ts";
import { html, type SafeHtml } from "#views/values/html.ts";
import { incidentPath } from "#domain/incident/incident-path.ts";
import { incidentLink } from "#views/values/incident-links.ts";
import { markdownHtml } from "#views/values/markdown-html.ts";
import { MAX_MARKDOWN_LENGTH } from "#views/values/markdown-tree.ts";
import { lackNote, postForm, referenceField, renderPage, type PageFrame } from "./page-frame.ts";

/** A version of what someone wrote into a section. */
export type ShownSectionVersion = {
  readonly version: number;
  readonly text: string;
  readonly author: { readonly name: string };
  readonly at: Instant;
};

/** The text of a postmortem, who wrote which of it, and what keeps it from being reviewed. */
export type PostmortemView = {
  readonly incident: Incident;
  readonly markdown: string;
  readonly versions: ReadonlyMap<HumanSection, ShownSectionVersion>;
  readonly problems: readonly PostmortemProblem[];
  /** The answer to the last command from this page. */
  readonly answer: CommandAnswer | null;
  /** Why the viewer may not work on it, by the rules for verbs; null: they may. */
  readonly refusal: string | null;
  /** Of the forms: two submissions of one form count once. */
  readonly key: string;
};

/** The postmortem as people read it: what is computed, and what people wrote, each with a way to change it. */
export function postmortemPage(frame: PageFrame, view: PostmortemView): string {
  const { incident, markdown, versions, problems } = view;
  const id = incidentId(incident.number);
  const parsed = parsePostmortem(markdown);
  const canWrite = view.refusal === null && frame.mayPost(incidentPath(incident, { page: "postmortem/summary" }));
  const body = parsed.ok
    ? parsed.parts.map((part) =>
        part.kind === "computed"
          ? computed(incident, part.text)
          : cell(incident, part.section, part.text, versions.get(part.section) ?? null, canWrite),
      )
    : markdownHtml(markdown, 0);
  return renderPage(
    frame,
    { title: `${id} postmortem`, place: "/incidents" },
    html`<p>${incidentLink(incident, `← ${id}`)} · <a href="${incidentPath(incident, { page: "postmortem.md" })}">Markdown</a></p>${reviewPanel(frame, view)}${checklist(problems)}<article class="prose">${body}</article>`,
  );
}

/** What is computed grows with the incident: of a long night the page shows the first hours, and the file has all of it. */
function computed(incident: LinkedIncident, text: string): SafeHtml {
  if (text.length <= MAX_MARKDOWN_LENGTH) return markdownHtml(text, 0);
  const shown = text.slice(0, text.lastIndexOf("\n", MAX_MARKDOWN_LENGTH) + 1);
  const left = text.slice(shown.length).trimEnd().split("\n").length;
  return html`${markdownHtml(shown, 0)}<p class="panel">… and ${left} more lines, which are all in <a href="${incidentPath(incident, { page: "postmortem.md" })}">the file</a> and on ${incidentLink(incident, "the timeline")}.</p>`;
}

/** Where it stands between the draft and the catalog, and the next step of that. */
function reviewPanel(
  frame: PageFrame,
  { incident, answer: outcome, key, problems, refusal }: PostmortemView,
): SafeHtml {
  const { state, owner, due, reviewers } = incident.postmortem;
  const over = !isOpen(incident.status);
  const offered: readonly (readonly [words: string, label: string])[] = [
    ...(owner === null ? ([["postmortem owner me", "I write it"]] as const) : []),
    ...(state === "in review" && problems.length === 0 ? ([["postmortem reviewed", "It is reviewed"]] as const) : []),
    ...(state === "reviewed" ? ([["postmortem close", "Close it"]] as const) : []),
  ];
  const hidden = (name: string): SafeHtml =>
    html`${referenceField(incident)}<input type="hidden" name="key" value="${key}-${name}"><input type="hidden" name="page" value="postmortem">`;
  const form = (fields: SafeHtml, style: string): SafeHtml | null =>
    refusal === null ? postForm(frame, incidentPath(incident, { page: "verbs" }), fields, style) : null;
  return html`${outcome === null ? null : html`<p class="panel said ${isDeclined(outcome) ? "refused" : ""}" role="status">${outcome.text}</p>`}<section class="panel" aria-label="Review"><ul class="facts"><li>State <b>${state}</b></li><li>Owner <b>${owner?.name ?? "no one"}</b></li><li>Due <b>${due ?? (over ? "not asked for" : "when it is over")}</b></li><li>Read by <b>${reviewers.length === 0 ? "no one yet" : reviewers.map(({ name }) => name).join(", ")}</b></li></ul>
${offered.length === 0 ? null : form(html`${hidden("step")}${offered.map(([buttonText, label]) => html`<button name="text" value="${buttonText}">${label}</button>`)}`, "actions")}
${!over || state === "reviewed" || state === "closed" ? null : form(html`${hidden("review")}<input type="hidden" name="about" value="postmortem review"><label class="wide">Ask someone to read it<input name="text" required maxlength="500" autocomplete="off" placeholder="@alice @bob"></label><button>Ask</button>`, "row")}${lackNote(frame)}${refusal === null || frame.lacks !== null ? null : html`<p class="dim" role="note">${refusal}</p>`}</section>`;
}

/** What the gate of the review asks for, each with the way there. */
function checklist(problems: readonly PostmortemProblem[]): SafeHtml {
  if (problems.length === 0) return html`<p class="panel said good">Nothing keeps it from being reviewed.</p>`;
  const place = (section: PostmortemProblem["section"]): SafeHtml =>
    section === "metrics" || section === "timeline"
      ? html`${section}`
      : html`<a href="#${section}">${sectionTitle(section)}</a>`;
  return html`<details id="checklist" class="panel"><summary>${problems.length} ${problems.length === 1 ? "thing keeps" : "things keep"} it from being reviewed</summary><ul>${problems.map(({ section, what, fix }) => html`<li>${place(section)}: ${what}. <span class="dim">${fix}</span></li>`)}</ul></details>`;
}

function cell(
  incident: LinkedIncident,
  section: HumanSection,
  text: string,
  version: ShownSectionVersion | null,
  canWrite: boolean,
): SafeHtml {
  const edit = incidentPath(incident, { page: `postmortem/${section}` });
  const isPlaceholder = version === null && isPrompt(section, text);
  const label = canWrite ? (isPlaceholder ? "Write" : "Edit") : version === null ? null : "Versions";
  const link =
    label === null ? null : html`<a href="${edit}">${label}<span class="unseen"> ${sectionTitle(section)}</span></a>`;
  return html`<div class="cell ${isPlaceholder ? "asked" : ""}" id="${section}">${markdownHtml(text)}<p class="small dim">${version === null ? null : `version ${version.version}, ${version.author.name}, ${formatUtc(version.at)} · `}${link}</p></div>`;
}

/** Where one section is written. `base`: the version that the writer begins with. */
export type SectionEdit = {
  readonly incident: LinkedIncident;
  readonly section: HumanSection;
  readonly text: string;
  readonly base: number;
  readonly versions: readonly ShownSectionVersion[];
  /** Why the viewer may not write here, by the rules for verbs; null: they may. */
  readonly refusal: string | null;
};

export function sectionEditPage(frame: PageFrame, editing: SectionEdit): string {
  const { section, versions } = editing;
  const id = incidentId(editing.incident.number);
  return renderPage(
    frame,
    { title: `${sectionTitle(section)} · ${id}`, place: "/incidents" },
    html`<p><a href="${incidentPath(editing.incident, { page: "postmortem", part: section })}">← ${id} postmortem</a></p><h1>${sectionTitle(section)}</h1><p class="dim">${HUMAN_SECTIONS[section]}</p>
${form(frame, editing, "Save") ?? html`${lackNote(frame)}<pre>${editing.text}</pre>`}
${versions.length === 0 ? null : html`<h2>Versions</h2>${versions.map((each, i) => html`<details id="v${each.version}"><summary>Version ${each.version}, ${each.author.name}, ${formatUtc(each.at)}</summary>${difference(versions[i + 1]?.text ?? "", each.text)}</details>`)}`}`,
  );
}

/** Someone else was faster: both texts side by side, what each changed, and a form that goes on from the newer one. */
export function editConflictPage(
  frame: PageFrame,
  editing: SectionEdit,
  base: ShownSectionVersion | null,
  current: ShownSectionVersion,
): string {
  const { section, text } = editing;
  const id = incidentId(editing.incident.number);
  const began = base?.text ?? "";
  return renderPage(
    frame,
    { title: `Changed meanwhile · ${id}`, place: "/incidents" },
    html`<h1>${sectionTitle(section)} was changed while you wrote</h1><p>${current.author.name} saved version ${current.version} at ${formatUtc(current.at)}. Nothing was overwritten, and your text is below: bring both together and save.</p>
<div class="sides"><section class="panel" aria-labelledby="theirs"><h2 id="theirs">Version ${current.version}, ${current.author.name}</h2>${difference(began, current.text)}</section><section class="panel" aria-labelledby="yours"><h2 id="yours">Yours, not saved</h2>${difference(began, text)}</section></div>
${form(frame, { ...editing, base: current.version }, `Save over version ${current.version}`)}
<details id="stored"><summary>The text of version ${current.version}, to copy from</summary><pre>${current.text}</pre></details>`,
  );
}

function form(
  frame: PageFrame,
  { incident, section, text, base, refusal }: SectionEdit,
  label: string,
): SafeHtml | null {
  if (refusal !== null) return html`<p class="panel" role="note">${refusal}</p><pre>${text}</pre>`;
  const back = incidentPath(incident, { page: "postmortem", part: section });
  const fields = html`${referenceField(incident)}<input type="hidden" name="base" value="${base}"><label>Text (Markdown)<textarea name="text" rows="14" maxlength="100000">
${text}</textarea></label><div class="actions"><button class="primary">${label}</button><a class="button" href="${back}">Cancel</a></div><p class="small dim">${base === 0 ? "No one has written here yet." : `You go on from version ${base}.`}</p>`;
  return postForm(frame, incidentPath(incident, { page: `postmortem/${section}` }), fields);
}

/** What was taken out and what came in, line by line. */
function difference(before: string, after: string): SafeHtml {
  const shown = {
    " ": (line: string): SafeHtml => html`${line}`,
    "-": (line: string): SafeHtml => html`<del>− ${line}</del>`,
    "+": (line: string): SafeHtml => html`<ins>+ ${line}</ins>`,
  };
  return html`<pre>${diffLines(before, after).map(({ sign, text }) => shown[sign](`${text}\n`))}</pre>`;
}

/** "root_cause" as people read it. */
export function sectionTitle(section: HumanSection): string {
  const words = section.replaceAll("_", " ");
  return words[0]!.toUpperCase() + words.slice(1);
}
