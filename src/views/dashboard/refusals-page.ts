import { describeSender } from "#domain/alerting/intake/alert-sender.ts";
import type { RefusalReport } from "#domain/alerting/intake/refused-alert.ts";
import { countedNoun } from "#domain/events/wording.ts";
import { html, timeElement, type SafeHtml } from "#views/values/html.ts";
import { lackNote, postForm, renderPage, type PageFrame } from "./page-frame.ts";

/** The section about refused deliveries on the first page; null when there are none. */
export function refusalsSection(report: RefusalReport): SafeHtml | null {
  if (report.senders.length === 0 && report.total === 0) return null;
  return html`<section class="panel"><h2 class="hot">Refused alerts</h2>${senderList(report)}${report.total === 0 ? null : html`<p><b class="hot">${countedNoun(report.total, "alert")}</b> ${report.total === 1 ? "was" : "were"} refused and reached no one: <a href="/refused">see which and why</a>.</p>`}</section>`;
}

/** The refused senders, and the refused alerts with what is wrong with each; `more`: how many are not shown. */
export function refusalsPage(frame: PageFrame, report: RefusalReport): string {
  const { alerts, total } = report;
  const more = total - alerts.length;
  const table = html`<div class="scroll"><table class="stack"><thead><tr><th scope="col">Alert</th><th scope="col">Field</th><th scope="col">Reason</th><th scope="col">Sender</th><th scope="col" class="num">Times</th><th scope="col">Last (UTC)</th></tr></thead><tbody>${alerts.map(
    (each) =>
      html`<tr><td><input type="hidden" name="id" value="${String(each.id)}">${each.summary || "unnamed"}<details><summary>As it was sent</summary><code>${each.excerpt}</code></details></td><td>${each.field || "–"}</td><td>${each.reason}</td><td>${each.source} at ${each.sender}</td><td class="num">${each.times}</td><td>${timeElement(each.lastAt)}</td></tr>`,
  )}</tbody></table></div>${more > 0 ? html`<p class="dim">${more} more are not shown.</p>` : null}`;
  return renderPage(
    frame,
    { title: "Refused alerts", place: "/" },
    html`<h1>Refused alerts</h1>
<p>Muster could not read these alerts and did not act on them. Correct their sender, then mark them as dealt with.</p>${lackNote(frame)}
${senderList(report)}
${
  alerts.length === 0
    ? html`<p class="panel calm">No refused alert is open.</p>`
    : (postForm(frame, "/refused", html`${table}<p><button>Mark these as dealt with</button></p>`) ?? table)
}`,
  );
}

function senderList({ senders }: RefusalReport): SafeHtml | null {
  if (senders.length === 0) return null;
  return html`<ul>${senders.map(
    (each) =>
      html`<li>Muster refuses ${each.status === 202 ? "some alerts" : "deliveries"} from ${describeSender(each, each.title)}${each.status === null || each.status === 202 ? null : html` (HTTP ${each.status})`}: ${each.reason}; ${each.times} ${each.times === 1 ? "delivery" : "deliveries"}${each.refusedAt === null ? null : html`, the last at ${timeElement(each.refusedAt)}`}</li>`,
  )}</ul>`;
}
