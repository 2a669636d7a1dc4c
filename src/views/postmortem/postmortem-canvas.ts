import type { Incident } from "#domain/incident/incident.ts";
import { withoutComments } from "#views/values/markdown-tree.ts";
import { incidentId } from "#domain/values/language.ts";

/** Characters of a canvas that is still pleasant to read, and that a chat takes. */
const MAX_LENGTH = 90_000;

/** The page of a postmortem as a canvas shows it: without comments, which are for machines and for those who write. */
export function canvasPage(
  incident: Incident,
  markdown: string,
  page: string,
): { readonly title: string; readonly markdown: string; readonly mark: string } {
  const id = incidentId(incident.number);
  const mark = `Muster keeps this page of ${id}`;
  const text = withoutComments(markdown.replace(/^<!-- muster:[^\n>]* -->\n?/gm, "")).replace(/\n{3,}/g, "\n\n");
  const cut =
    text.length <= MAX_LENGTH
      ? text
      : `${text.slice(0, text.lastIndexOf("\n", MAX_LENGTH))}\n\n… the rest is on [its page](${page}/postmortem)\n`;
  return {
    title: `${id} postmortem`,
    markdown: `${cut}\n${mark}: what is written here is replaced. Write on [its page](${page}/postmortem).\n`,
    mark,
  };
}
