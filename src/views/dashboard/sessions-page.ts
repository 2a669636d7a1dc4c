import type { AccountSession } from "#domain/policy/account-session.ts";
import { html, timeElement, type SafeHtml } from "#views/values/html.ts";
import { postForm, renderPage, type PageFrame } from "./page-frame.ts";

/** `own`: the session that looks. `admin`: all sessions are shown, not only theirs. */
export type SessionsView = {
  readonly shown: readonly AccountSession[];
  readonly own: AccountSession;
  readonly admin: boolean;
};

/** Where someone is signed in, or, for an administrator, who is. */
export function sessionsPage(frame: PageFrame, { shown, own, admin }: SessionsView): string {
  const rows = shown.map((each) => sessionRow(frame, each, each.number === own.number));
  return renderPage(
    frame,
    { title: "Sessions" },
    html`<h1>${admin ? "Sessions of everyone" : "Your sessions"}</h1>
<p>A session ends after seven days without use, and 30 days after it began at the latest. Ending one signs that browser out at its next request.</p>
<div class="scroll"><table class="stack"><thead><tr><th scope="col">Session</th><th scope="col">Person</th><th scope="col">Signed in with</th><th scope="col">Since</th><th scope="col">Last used</th><th scope="col">Expires</th><th scope="col">End</th></tr></thead><tbody>${rows}</tbody></table></div>`,
  );
}

function sessionRow(frame: PageFrame, session: AccountSession, current: boolean): SafeHtml {
  const { number, name, email, way, openedAt, seenAt, expiresAt } = session;
  return html`<tr><td>${number}${current ? html` <span class="tag">this browser</span>` : null}</td><td>${name}${email === null ? null : html`<br><span class="dim">${email}</span>`}</td><td>${way}</td><td>${timeElement(openedAt)}</td><td>${timeElement(seenAt)}</td><td>${timeElement(expiresAt)}</td><td>${postForm(frame, "/sessions", html`<input type="hidden" name="number" value="${number}"><button class="quiet">End</button>`)}</td></tr>`;
}
