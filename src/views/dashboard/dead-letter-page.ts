import {
  deadLetterId,
  describeDeadLetters,
  type DeadLetter,
  type DeadLetterCounts,
} from "#domain/reporting/dead-letter.ts";
import type { IncidentLinks } from "#domain/incident/incident-reference.ts";
import { formatUtc } from "#domain/values/instant.ts";
import { html, timeElement, type SafeHtml } from "#views/values/html.ts";
import { incidentLink } from "#views/values/incident-links.ts";
import { lackNote, postForm, renderPage, type PageFrame } from "./page-frame.ts";

/** What was put aside, each with what can be done about it. `answer`: what came of the last form. */
export function deadLetterPage(
  frame: PageFrame,
  letters: readonly DeadLetter[],
  counts: DeadLetterCounts,
  answer: { readonly ok: boolean; readonly text: string } | null,
  links: IncidentLinks,
): string {
  const total = describeDeadLetters(counts);
  return renderPage(
    frame,
    { title: "Put aside", place: "/dead-letters" },
    html`<h1>Put aside</h1><p class="dim">What failed for good and had no effect. Act by hand when it is urgent, then retry it, or drop it and say why.</p>${lackNote(frame)}
${answer === null ? null : html`<p class="panel ${answer.ok ? "good" : "hot"}" role="status">${answer.text}</p>`}
${total === null ? html`<p class="panel calm">Nothing is put aside.</p>` : html`<p><b>${total}.</b>${letters.length < counts.commands + counts.effects ? ` The newest ${letters.length} are listed.` : null}</p>${table(frame, letters, links)}`}`,
  );
}

function table(frame: PageFrame, letters: readonly DeadLetter[], links: IncidentLinks): SafeHtml {
  return html`<div class="scroll"><table class="stack"><thead><tr><th scope="col">Name</th><th scope="col">What</th><th scope="col">From</th><th scope="col">Put aside (UTC)</th><th scope="col">Incident</th><th scope="col">Reason</th><th scope="col">Do</th></tr></thead><tbody>${letters.map((each) => row(frame, each, links))}</tbody></table></div>`;
}

function row(frame: PageFrame, letter: DeadLetter, links: IncidentLinks): SafeHtml {
  const { type, from, at, incident, reason, private: hidden } = letter;
  const id = deadLetterId(letter);
  const about = hidden ? "private" : incident === null ? "–" : incidentLink(links(incident));
  const retry = postForm(frame, `/dead-letters/${id}/retry`, html`<button>Retry</button>`, "row");
  const why = html`<label>Why<input name="reason" required maxlength="500"></label><button class="quiet">Drop</button>`;
  const drop = postForm(frame, `/dead-letters/${id}/drop`, why, "row");
  return html`<tr><td>${id}</td><td>${type}</td><td>${from}</td><td>${timeElement(at, formatUtc(at).slice(0, 16))}</td><td>${about}</td><td>${reason}</td><td>${retry}${drop}</td></tr>`;
}
