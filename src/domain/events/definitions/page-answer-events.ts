import { z } from "zod";
import { defineEvent, noConsequences } from "#domain/events/event-definition.ts";
import { acknowledgeEffects, acknowledgementTimer, escalationTimer } from "#domain/events/follow-ups.ts";
import { answerBy, answerPages } from "#domain/events/state-changes.ts";
import { answeredEscalation, changeEscalation, escalationOfPage } from "#domain/incident/team-escalation.ts";

// What became of a page that was sent.

/** Someone answered a page. It answers the escalation that the page is part of, and no other. */
export const pageAcknowledged = defineEvent(
  "page.acknowledged",
  {
    key: z.string(),
    to: z.string(),
    /** Keys of further pages of the same escalation, and of the same person, that are answered with it. */
    also: z.array(z.string()),
    /** Of which other team the page is; absent: of the incident's own, or of no escalation. */
    team: z.string().exactOptional(),
    /** The alarm it came from, which needs no notification. */
    alarm: z.string().exactOptional(),
  },
  {
    evolve: (before, event) => {
      const { data, at } = event;
      const page = before.pages.find(({ key }) => key === data.key);
      const answered = { ...before, pages: answerPages(before, [data.key, ...data.also], at) };
      const escalation = page === undefined ? undefined : escalationOfPage(page);
      return escalation === undefined
        ? answered
        : changeEscalation(answered, escalation, (state) =>
            answeredEscalation(state, answerBy(before, event, data.key)),
          );
    },
    effects: (after, { data }) => acknowledgeEffects(after, [data.key, ...data.also], data),
    timers: (after) => [escalationTimer(after), ...acknowledgementTimer(after)],
    describe: ({ data, actor }) =>
      `${actor.name} acknowledged ${data.to === actor.name ? "their page" : `the page of ${data.to}`}${data.team === undefined ? "" : ` for ${data.team}`}`,
    kinds: ["people", "pages"],
    feed: "👀",
    refreshes: true,
    logged: true,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    wakesRuns: false,
    undo: {
      restores: () => ["escalation", "teamEscalations"],
      milestone: null,
      answers: ({ data }) => [data.key, ...data.also],
    },
  },
);

/** A page counts as unanswered again: the pager gave up on it, or its answer was followed by silence. */
export const pageExpired = defineEvent(
  "page.expired",
  { key: z.string(), to: z.string(), reason: z.string() },
  {
    evolve: (before, { data }) => ({
      ...before,
      pages: before.pages.map((page) =>
        page.key === data.key && ["requested", "sent", "acknowledged"].includes(page.status)
          ? { ...page, status: "expired" }
          : page,
      ),
    }),
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data }) => `The page of ${data.to} has expired: ${data.reason}`,
    kinds: ["pages"],
    feed: "⌛",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    wakesRuns: false,
    undo: "final",
  },
);
