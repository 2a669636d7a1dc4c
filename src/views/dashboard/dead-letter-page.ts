import {
  deadLetterId,
  describeDeadLetters,
  type DeadLetter,
  type DeadLetterCounts,
} from "#domain/reporting/dead-letter.ts";
import { formatUtc } from "#domain/values/instant.ts";
import { incidentId } from "#domain/values/language.ts";
import { html, timeElement, type SafeHtml } from "#views/values/html.ts";
import { csrfField, renderPage, type PageFrame } from "./page-frame.ts";

/** What was put aside, each with what can be done about it. `answer`: what came of the last form. */
export function deadLetterPage(
  frame: PageFrame,
  letters: readonly DeadLetter[],
  counts: DeadLetterCounts,
  answer: { readonly ok: boolean; readonly text: string } | null,
): string {
  const total = describeDeadLetters(counts);
  return renderPage(
    frame,
    { title: "Put aside", place: "/dead-letters" },
    html`<h1>Put aside</h1><p class="dim">What failed for good and had no effect. Act by hand when it is urgent, then retry it, or drop it and say why.</p>
${answer === null ? null : html`<p class="panel ${answer.ok ? "good" : "hot"}" role="status">${answer.text}</p>`}
${total === null ? html`<p class="panel calm">Nothing is put aside.</p>` : html`<p><b>${total}.</b>${letters.length < counts.commands + counts.effects ? ` The newest ${letters.length} are listed.` : null}</p>${table(frame, letters)}`}`,
  );
}

function table(frame: PageFrame, letters: readonly DeadLetter[]): SafeHtml {
  return html`<div class="scroll"><table class="stack"><thead><tr><th scope="col">Name</th><th scope="col">What</th><th scope="col">From</th><th scope="col">Put aside (UTC)</th><th scope="col">Incident</th><th scope="col">Reason</th><th scope="col">Do</th></tr></thead><tbody>${letters.map((each) => row(frame, each))}</tbody></table></div>`;
}

function row(frame: PageFrame, letter: DeadLetter): SafeHtml {
  const { type, from, at, incident, reason, private: hidden } = letter;
  const id = deadLetterId(letter);
  const about = hidden
    ? "private"
    : incident === null
      ? "–"
      : html`<a href="/incidents/${incidentId(incident)}">${incidentId(incident)}</a>`;
  return html`<tr><td>${id}</td><td>${type}</td><td>${from}</td><td>${timeElement(at, formatUtc(at).slice(0, 16))}</td><td>${about}</td><td>${reason}</td><td><form class="row" method="post" action="/dead-letters/${id}/retry">${csrfField(frame)}<button>Retry</button></form><form class="row" method="post" action="/dead-letters/${id}/drop">${csrfField(frame)}<label>Why<input name="reason" required maxlength="500"></label><button class="quiet">Drop</button></form></td></tr>`;
}
