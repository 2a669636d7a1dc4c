import type * as postmortemEvents from "#domain/events/definitions/postmortem-events.ts";
import type * as reviewEvents from "#domain/events/definitions/review-events.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import type { SentencesOf } from "./sentence-row.ts";

export const POSTMORTEM_SENTENCES: SentencesOf<typeof postmortemEvents> = {
  "postmortem.published": [
    { where: "GitHub", key: "o/r#1", url: "https://g/1", note: "people closed it" },
    "The postmortem is in GitHub as o/r#1 (people closed it)",
  ],
  "postmortem.unpublished": [
    { where: "GitHub", reason: "forbidden" },
    "The postmortem could not be put into GitHub: forbidden",
  ],
  "postmortem.asked": [
    { owner: null, due: "2026-11-24", next: null },
    "A postmortem is due by 2026-11-24, and no one owns it: `postmortem owner @USER`",
  ],
  "postmortem.owned": [{ owner: { id: "U0BOB0001", name: "Bob" } }, "Alice made Bob owner of the postmortem"],
  "postmortem.nudged": [
    { owner: { id: "U0BOB0001", name: "Bob" }, due: "2026-11-24", overdue: true, reminder: 2, next: null },
    "The postmortem was due by 2026-11-24: Bob was reminded",
  ],
  "postmortem.written": [{ sections: ["root_cause", "impact"] }, "Alice wrote into the postmortem: root cause, impact"],
  "draft.posted": [{ url: "u" }, "Postmortem draft posted"],
};

export const REVIEW_SENTENCES: SentencesOf<typeof reviewEvents> = {
  "postmortem.review_asked": [
    { reviewers: [{ id: "U0BOB0001", name: "Bob" }] },
    "The postmortem is in review, to be read by Bob",
  ],
  "postmortem.reviewed": [{ version: ";0" }, "Alice marked the postmortem as reviewed"],
  "postmortem.closed": [{}, "Alice closed the postmortem"],
  "postmortem.gap_waived": [
    { from: NOW, to: NOW + 20 * MINUTE, reason: "lunch" },
    "Alice waived the gap from 14:32 to 14:52 UTC: lunch",
  ],
};
