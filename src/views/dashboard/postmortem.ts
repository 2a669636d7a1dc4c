import { HUMAN_SECTIONS, type HumanSection } from "#domain/human-section.ts";
import { utc } from "#domain/instant.ts";
import type { Instant } from "#domain/language.ts";
import { isPrompt, parse } from "#domain/postmortem-text.ts";
import type { Problem } from "#domain/postmortem-lint.ts";
import { html, type Html } from "#views/html.ts";
import { markdownHtml } from "#views/markdown-html.ts";
import { csrfField, page, type Frame } from "./frame.ts";

/** A version of what somebody wrote into a section. */
export type ShownVersion = { readonly version: number; readonly text: string; readonly author: { readonly name: string }; readonly at: Instant };

/** What a postmortem says, who wrote which of it, and what keeps it from being reviewed. */
export type PostmortemView = {
  readonly id: string;
  readonly markdown: string;
  readonly versions: ReadonlyMap<HumanSection, ShownVersion>;
  readonly problems: readonly Problem[];
};

/** The postmortem as people read it: what is computed, and what people wrote, each with a way to change it. */
export function postmortemPage(frame: Frame, { id, markdown, versions, problems }: PostmortemView): string {
  const parsed = parse(markdown);
  const body = parsed.ok
    ? parsed.parts.map((part) =>
        part.kind === "computed" ? markdownHtml(part.text, 0) : cell(id, part.section, part.text, versions.get(part.section) ?? null),
      )
    : markdownHtml(markdown, 0);
  return page(
    frame,
    { title: `${id} postmortem`, place: "/incidents" },
    html`<p><a href="/incidents/${id}">← ${id}</a> · <a href="/incidents/${id}/postmortem.md">Markdown</a></p>${checklist(problems)}<article class="prose">${body}</article>`,
  );
}

/** What the gate of the review asks for, each with the way there. */
function checklist(problems: readonly Problem[]): Html {
  if (problems.length === 0) return html`<p class="panel said good">Nothing keeps it from being reviewed.</p>`;
  const place = (section: Problem["section"]): Html =>
    section === "metrics" || section === "timeline" ? html`${section}` : html`<a href="#${section}">${titleOf(section)}</a>`;
  return html`<details id="checklist" class="panel"><summary>${problems.length} ${problems.length === 1 ? "thing keeps" : "things keep"} it from being reviewed</summary><ul>${problems.map(({ section, what, fix }) => html`<li>${place(section)}: ${what}. <span class="dim">${fix}</span></li>`)}</ul></details>`;
}

function cell(id: string, section: HumanSection, text: string, version: ShownVersion | null): Html {
  const asked = version === null && isPrompt(section, text);
  return html`<div class="cell ${asked ? "asked" : ""}" id="${section}">${markdownHtml(text)}<p class="small dim">${version === null ? null : `version ${version.version}, ${version.author.name}, ${utc(version.at)} · `}<a href="/incidents/${id}/postmortem/${section}">${asked ? "Write" : "Edit"}<span class="unseen"> ${titleOf(section)}</span></a></p></div>`;
}

/** Where one section is written. `base`: the version that the writer begins with. */
export type Editing = {
  readonly id: string;
  readonly section: HumanSection;
  readonly text: string;
  readonly base: number;
  readonly versions: readonly ShownVersion[];
};

export function editPage(frame: Frame, editing: Editing): string {
  const { id, section, versions } = editing;
  return page(
    frame,
    { title: `${titleOf(section)} · ${id}`, place: "/incidents" },
    html`<p><a href="/incidents/${id}/postmortem#${section}">← ${id} postmortem</a></p><h1>${titleOf(section)}</h1><p class="dim">${HUMAN_SECTIONS[section]}</p>
${form(frame, editing, "Save")}
${versions.length === 0 ? null : html`<h2>Versions</h2>${versions.map((each, i) => html`<details id="v${each.version}"><summary>Version ${each.version}, ${each.author.name}, ${utc(each.at)}</summary>${difference(versions[i + 1]?.text ?? "", each.text)}</details>`)}`}`,
  );
}

/** Somebody else was faster: both texts side by side, what each changed, and a form that goes on from the newer one. */
export function conflictPage(frame: Frame, editing: Editing, base: ShownVersion | null, current: ShownVersion): string {
  const { id, section, text } = editing;
  const began = base?.text ?? "";
  return page(
    frame,
    { title: `Changed meanwhile · ${id}`, place: "/incidents" },
    html`<h1>${titleOf(section)} was changed while you wrote</h1><p>${current.author.name} saved version ${current.version} at ${utc(current.at)}. Nothing was overwritten, and your text is below: bring both together and save.</p>
<div class="sides"><section class="panel" aria-labelledby="theirs"><h2 id="theirs">Version ${current.version}, ${current.author.name}</h2>${difference(began, current.text)}</section><section class="panel" aria-labelledby="yours"><h2 id="yours">Yours, not saved</h2>${difference(began, text)}</section></div>
${form(frame, { ...editing, base: current.version }, `Save over version ${current.version}`)}
<details id="stored"><summary>The text of version ${current.version}, to copy from</summary><pre>${current.text}</pre></details>`,
  );
}

function form(frame: Frame, { id, section, text, base }: Editing, says: string): Html {
  return html`<form method="post" action="/incidents/${id}/postmortem/${section}">${csrfField(frame)}<input type="hidden" name="base" value="${base}"><label>Text (Markdown)<textarea name="text" rows="14" maxlength="100000">
${text}</textarea></label><div class="actions"><button class="primary">${says}</button><a class="button" href="/incidents/${id}/postmortem#${section}">Leave it</a></div><p class="small dim">${base === 0 ? "Nobody has written here yet." : `You go on from version ${base}.`}</p></form>`;
}

/** What was taken out and what came in, line by line; beginnings and ends that are the same stay as they are. */
function difference(before: string, after: string): Html {
  const [old, now] = [before === "" ? [] : before.split("\n"), after.split("\n")];
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < old.length - head && tail < now.length - head && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail++;
  const line = (text: string): string => `${text}\n`;
  return html`<pre>${now.slice(0, head).map(line)}${old.slice(head, old.length - tail).map((each) => html`<del>− ${line(each)}</del>`)}${now.slice(head, now.length - tail).map((each) => html`<ins>+ ${line(each)}</ins>`)}${now.slice(now.length - tail).map(line)}</pre>`;
}

/** "root_cause" as people read it. */
export function titleOf(section: HumanSection): string {
  const words = section.replaceAll("_", " ");
  return words[0]!.toUpperCase() + words.slice(1);
}
