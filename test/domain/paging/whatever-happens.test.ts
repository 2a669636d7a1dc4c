import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type EscalationState } from "#domain/incident/escalation-state.ts";
import { escalationOfPage, listEscalations } from "#domain/incident/team-escalation.ts";
import { escalationLines, pageStatusText, unansweredText } from "#domain/paging/escalation-text.ts";
import { formatUtc } from "#domain/values/instant.ts";
import { plainWords } from "#domain/values/plain-words.ts";
import { isOpen, PRIORITIES } from "#domain/values/language.ts";
import { anObservation } from "#test/support/builders/alert-builders.ts";
import { HOUR, MINUTE } from "#test/support/builders/instants.ts";
import { deliveryOfAlerts } from "#test/support/harness/core.ts";
import {
  HISTORY_PEOPLE,
  HISTORY_POLICY,
  PlayedHistory,
  pagingHistories,
} from "#test/support/builders/core/paging-histories.ts";

const RUNS = { numRuns: 400 };

describe("whatever happens", () => {
  test("each team that owns a firing alert has an answer that holds, or a step that is due", () => {
    fc.assert(
      fc.property(pagingHistories, (history) => {
        const played = new PlayedHistory();
        for (const move of history) {
          played.play(move);
          expect(played.lost()).toEqual([]);
        }
        for (let i = 0; i < 30; i++) {
          played.play({ kind: "waits", ms: 47 * MINUTE });
          expect(played.lost()).toEqual([]);
        }
      }),
      RUNS,
    );
  });

  test("an escalation runs exactly while it has no answer, or something new is unseen", () => {
    fc.assert(
      fc.property(pagingHistories, (history) => {
        const played = new PlayedHistory();
        for (const move of history) {
          played.play(move);
          for (const incident of played.core.incidents.values()) {
            expect(new Set(incident.pages.map(({ key }) => key)).size).toBe(incident.pages.length);
            for (const [, { next, answered: answer, unseenSince }] of listEscalations(incident))
              if (next !== null) {
                expect(isOpen(incident.status)).toBe(true);
                expect(answer === null || unseenSince !== null).toBe(true);
              }
          }
        }
      }),
      RUNS,
    );
  });

  test("what people read of an incident names each team that has not answered, and no one else", () => {
    fc.assert(
      fc.property(pagingHistories, (history) => {
        const played = new PlayedHistory();
        for (const move of history) {
          played.play(move);
          for (const incident of played.core.incidents.values()) {
            const lines = escalationLines(incident).map(plainWords);
            const waiting = Object.entries(incident.teamEscalations).filter(
              ([, { next, answered: answer }]) => next !== null && answer === null,
            );
            for (const [team, { next }] of waiting) {
              const line = lines.find((each) => each.startsWith(`${team}: not answered`));
              expect(line).toContain(formatUtc(next!.at));
              expect(unansweredText(incident, { policy: HISTORY_POLICY, now: played.core.now })).toContain(
                `${team} has not answered`,
              );
            }
            for (const [team, { answered: answer }] of Object.entries(incident.teamEscalations))
              if (answer !== null)
                expect(unansweredText(incident, { policy: HISTORY_POLICY, now: played.core.now })).not.toContain(
                  `${team} has not answered`,
                );
            // "Paged" stands only for a page that reached the pager or the person.
            for (const page of incident.pages)
              expect(pageStatusText(page).startsWith("paged")).toBe(
                ["sent", "resolved"].includes(page.status) && page.carriedTo === undefined,
              );
          }
        }
      }),
      RUNS,
    );
  });

  test("an answer to one page changes no other team's escalation", () => {
    fc.assert(
      fc.property(
        pagingHistories,
        fc.nat(30),
        fc.nat(HISTORY_PEOPLE.length - 1),
        fc.boolean(),
        (history, nth, who, there) => {
          const played = new PlayedHistory();
          for (const move of history) played.play(move);
          const { core } = played;
          const before = core.incidents.get(1);
          const page = before?.pages[nth % Math.max(1, before.pages.length)];
          if (before === undefined || page === undefined) return;
          // What called the same person for other teams at the same moment was one call.
          const call = before.pages.filter(
            (each) =>
              each.people?.includes(["alice", "bob", "mia"][who] ?? "") === true &&
              each.requestedAt === page.requestedAt,
          );
          if (there)
            core.asks(
              { type: "pager.heard", what: "acknowledged", alarm: `muster:${page.key}:uid`, text: "" },
              HISTORY_PEOPLE[who],
            );
          else core.asks({ type: "incident.acknowledge", page: page.key }, HISTORY_PEOPLE[who]);
          const after = core.incident();
          const mine = new Set([page, ...call].map((each) => escalationOfPage(each)));
          // What is new in an escalation is seen with any activity of the person who has it.
          const seen = ({ unseenSince, answered: answer }: EscalationState): boolean =>
            unseenSince !== null && answer?.by.id === HISTORY_PEOPLE[who]!.id;
          for (const [key, escalation] of listEscalations(before))
            if (key !== null && !mine.has(key) && !seen(escalation))
              expect(after.teamEscalations[key]).toEqual(escalation);
        },
      ),
      RUNS,
    );
  });

  test("one command pages a team once, but for steps that are passed because of the limit", () => {
    fc.assert(
      fc.property(pagingHistories, (history) => {
        const played = new PlayedHistory();
        for (const move of history) played.play(move);
        const commandsOf = Map.groupBy(
          played.core.events,
          ({ incident, evidence }) => `${incident} ${evidence.command}`,
        );
        for (const events of commandsOf.values()) {
          const count = new Map<string, number>();
          for (const event of events)
            if (event.type === "page.requested" && event.data.apart !== true)
              count.set(event.data.team ?? "", (count.get(event.data.team ?? "") ?? 0) + 1);
          for (const [team, pages] of count) {
            const passed = events.filter(
              (event) => event.type === "escalation.advanced" && (event.data.team ?? "") === team,
            ).length;
            expect(pages).toBeLessThanOrEqual(passed + 1);
          }
        }
      }),
      RUNS,
    );
  });

  test("every page has come to an end when its incident has", () => {
    fc.assert(
      fc.property(pagingHistories, (history) => {
        const played = new PlayedHistory();
        for (const move of history) played.play(move);
        const { core } = played;
        for (const [id, alert] of core.alerts)
          core.receives(
            deliveryOfAlerts(
              anObservation({
                fingerprint: id,
                labels: alert.labels,
                startsAt: alert.startsAt,
                status: "resolved",
                endsAt: core.now,
              }),
            ),
          );
        core.passes(2 * HOUR);
        for (const incident of core.incidents.values()) {
          expect(isOpen(incident.status)).toBe(false);
          for (const { status } of incident.pages) expect(["resolved", "failed", "canceled"]).toContain(status);
        }
      }),
      RUNS,
    );
  });
});

test("the priorities of the histories are the policy's", () => {
  expect(PRIORITIES.filter((priority) => HISTORY_POLICY.priorities[priority].page !== "none")).toEqual([
    "P0",
    "P1",
    "P2",
  ]);
});
