import { AUDIT_KINDS, type AuditKind, type StoredAuditEntry } from "#domain/reporting/audit-entry.ts";
import { html, timeElement } from "#views/values/html.ts";
import { renderPage, type PageFrame } from "./page-frame.ts";

/** A part of the audit log. `next`: the number before which the next page begins; null: there is none. */
export type AuditView = {
  readonly entries: readonly StoredAuditEntry[];
  readonly kind: AuditKind | null;
  /** The id of a person; "": everyone. */
  readonly person: string;
  readonly next: number | null;
};

/** The audit log, the newest entry first. */
export function auditPage(frame: PageFrame, { entries, kind, person, next }: AuditView): string {
  const query = (more: Readonly<Record<string, string>>): string => {
    const all = { ...(kind === null ? {} : { kind }), ...(person === "" ? {} : { person }), ...more };
    return `/audit?${new URLSearchParams(all).toString()}`;
  };
  return renderPage(
    frame,
    { title: "Audit log", place: "/audit" },
    html`<h1>Audit log</h1>
<p>Who did what, by which way, from which address, and what came of it. Entries cannot be changed; <code>muster audit verify</code> checks that none was.</p>
<form method="get" action="/audit"><label>Kind <select name="kind"><option value="">all</option>${AUDIT_KINDS.map(
      (each) => html`<option${each === kind ? html` selected` : null}>${each}</option>`,
    )}</select></label> <label>Person (id) <input name="person" value="${person}"></label> <button>Filter</button></form>
${
  entries.length === 0
    ? html`<p class="panel calm">No entry.</p>`
    : html`<div class="scroll"><table class="stack"><thead><tr><th scope="col" class="num">Number</th><th scope="col">Time (UTC)</th><th scope="col">Kind</th><th scope="col">What</th><th scope="col">About</th><th scope="col">Person</th><th scope="col">Way</th><th scope="col">Address</th><th scope="col">Result</th><th scope="col">Text</th></tr></thead><tbody>${entries.map(
        (each) =>
          html`<tr><td class="num">${each.seq}</td><td>${timeElement(each.at)}</td><td>${each.kind}</td><td>${each.what}</td><td>${each.subject ?? "–"}</td><td>${each.person === null ? (each.erased ? html`<span class="dim">erased</span>` : "–") : html`<a href="${query({ person: each.person.id })}">${each.person.name}</a> <span class="dim">${each.person.id}</span>`}</td><td>${each.way}</td><td>${each.address ?? "–"}</td><td>${each.result}</td><td>${each.text}</td></tr>`,
      )}</tbody></table></div>`
}
${next === null ? null : html`<p><a href="${query({ before: String(next) })}">Older entries</a></p>`}`,
  );
}
