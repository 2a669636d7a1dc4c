import type * as postmortemEvents from "#domain/events/definitions/postmortem-events.ts";
import type * as reviewEvents from "#domain/events/definitions/review-events.ts";
import { HOUR, NOW } from "#test/support/builders/instants.ts";
import { BOB_PERSON } from "#test/support/builders/people.ts";
import type { SideEffectRowsOf } from "./side-effect-row.ts";

export const POSTMORTEM_SIDE_EFFECTS: SideEffectRowsOf<typeof postmortemEvents> = {
  "postmortem.published": {
    fact: { type: "postmortem.published", data: { where: "GitHub", key: "o/r#1", url: "https://g/1" } },
  },
  "postmortem.unpublished": { fact: { type: "postmortem.unpublished", data: { where: "GitHub", reason: "r" } } },
  "postmortem.asked": {
    fact: { type: "postmortem.asked", data: { owner: BOB_PERSON, due: "2026-11-24", next: NOW + HOUR } },
    effects: [{ type: "chat.direct", to: BOB_PERSON, about: { kind: "postmortem" }, seq: 1 }],
    timers: [{ timer: "review", at: NOW + HOUR }],
  },
  "postmortem.owned": {
    fact: { type: "postmortem.owned", data: { owner: BOB_PERSON } },
    effects: [{ type: "chat.direct", to: BOB_PERSON, about: { kind: "postmortem" }, seq: 1 }],
  },
  "postmortem.nudged": {
    fact: {
      type: "postmortem.nudged",
      data: { owner: null, due: "2026-11-24", overdue: true, reminder: 5, next: null },
    },
    timers: [{ timer: "review", at: null }],
  },
  "postmortem.written": { fact: { type: "postmortem.written", data: { sections: ["impact"] } }, shown: false },
  "draft.posted": { fact: { type: "draft.posted", data: { url: "u" } }, shown: false },
};

export const REVIEW_SIDE_EFFECTS: SideEffectRowsOf<typeof reviewEvents> = {
  "postmortem.review_asked": {
    fact: { type: "postmortem.review_asked", data: { reviewers: [BOB_PERSON] } },
    effects: [{ type: "chat.direct", to: BOB_PERSON, about: { kind: "review" }, seq: 1 }],
  },
  "postmortem.reviewed": {
    fact: { type: "postmortem.reviewed", data: { version: ";0" } },
    timers: [{ timer: "review", at: null }],
  },
  "postmortem.closed": { fact: { type: "postmortem.closed", data: {} } },
  "postmortem.gap_waived": {
    fact: { type: "postmortem.gap_waived", data: { from: NOW, to: NOW + HOUR, reason: "lunch" } },
  },
};
