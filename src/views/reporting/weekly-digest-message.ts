import type { AlertSignature } from "#domain/reporting/alert-quality.ts";
import { formatUtcDay } from "#domain/values/instant.ts";
import { incidentId } from "#domain/values/language.ts";
import type { IncidentStatistics } from "#domain/reporting/statistics.ts";
import { truncateText } from "#domain/values/text.ts";
import { durationOrDash, formatPercent, remediatedText } from "./statistics-export.ts";
import type { ChatMessage, MessagePart } from "#domain/values/chat-message.ts";
import { rich, markedText, joinText, linkText, type RichText, type TextLike } from "#domain/values/rich-text.ts";
import { textPart, contextPart } from "#views/values/message-parts.ts";

/** Lines of a list; the page of the figures has the rest. */
const LISTED = 5;

/**
 * What a week adds up to, for the channel: figures beside those of the week before, and what somebody should do about
 * them. `pageOf` is the address of an incident's page. Says "quiet" in one line when there was nothing.
 */
export function weeklyMessage(week: IncidentStatistics, before: IncidentStatistics, pageOf: PageOf): ChatMessage {
  const days = `${formatUtcDay(week.from)} to ${formatUtcDay(week.to - 1)}`;
  const text = `The week ${days}: ${count(week.total, "incident")}`;
  const parts: readonly MessagePart[] = [
    textPart(rich`*The week ${days}*\n${figures(week, before)}`),
    ...budgetsPart(week),
    ...overduePart(week, pageOf),
    ...section(
      "Alerts that led to nothing",
      week.ledToNothing.length === 0
        ? []
        : [
            rich`${week.ledToNothing.length} of ${count(week.total, "incident")}: ${numbers(week.ledToNothing, pageOf)}`,
          ],
    ),
    ...signaturesPart("Came more than once", week.repeats, pageOf),
    ...signaturesPart("Without a runbook", week.withoutRunbook, pageOf),
    contextPart(
      rich`Definitions: docs/statistics.md · hours in ${week.zone} · drills, canceled, merged and private incidents are left out`,
    ),
  ];
  return { text, parts };
}

type PageOf = (number: number) => string;

/** A titled list, and how many more there are; nothing without lines. */
function section(title: string, lines: readonly TextLike[], left = 0): readonly MessagePart[] {
  if (lines.length === 0) return [];
  return [textPart(rich`*${title}*\n${joinText(lines, "\n")}${left > 0 ? rich`\n… and ${left} more` : ""}`)];
}

function numbers(list: readonly number[], pageOf: PageOf): RichText {
  return joinText(
    list.slice(-LISTED).map((number) => linkText(pageOf(number), incidentId(number))),
    ", ",
  );
}

function signaturesPart(title: string, list: readonly AlertSignature[], pageOf: PageOf): readonly MessagePart[] {
  return section(
    title,
    list
      .slice(0, LISTED)
      .map(
        ({ signature, incidents }) =>
          rich`${truncateText(signature, 100)}: ${incidents.length} × (${numbers(incidents, pageOf)})`,
      ),
    list.length - LISTED,
  );
}

function budgetsPart({ services }: IncidentStatistics): readonly MessagePart[] {
  const budgets = services.filter(({ budget }) => budget !== null && budget.state !== "ship");
  return section(
    "Error budgets",
    budgets.slice(0, LISTED).map(({ service, month, uptime, budget }) => {
      const { state, left } = budget!;
      return rich`${state === "freeze" ? "🧊" : "🐢"} ${truncateText(service, 100)} in ${month}: *${state}*, ${formatPercent(uptime)} up, ${durationOrDash(Math.abs(left))} ${left < 0 ? "over" : "left"}`;
    }),
    budgets.length - LISTED,
  );
}

function overduePart({ overdue }: IncidentStatistics, pageOf: PageOf): readonly MessagePart[] {
  return section(
    "Actions past due",
    overdue
      .slice(0, LISTED)
      .map(
        ({ incident, text: what, owner, due }) =>
          rich`${linkText(pageOf(incident), incidentId(incident))} ${truncateText(what, 150)}, ${owner === null ? markedText("_nobody's_") : truncateText(owner, 80)}, was due ${due}`,
      ),
    overdue.length - LISTED,
  );
}

function figures(week: IncidentStatistics, before: IncidentStatistics): TextLike {
  if (week.total === 0) return rich`It was quiet: no incident (${before.total} the week before).`;
  const worst = Object.entries(week.byPriority).map(([priority, n]) => rich`${priority} ${n}`);
  const time = (what: string, of: (figures: IncidentStatistics) => number | undefined): string =>
    `${what} ${durationOrDash(of(week))} (was ${durationOrDash(of(before))})`;
  const loaded = week.paging.byPerson
    .slice(0, 3)
    .map(
      ({ name, pages, night }) =>
        rich`${truncateText(name, 80)} ${pages}${night > 0 ? rich` (${night} at night)` : ""}`,
    );
  return joinText(
    [
      rich`${count(week.total, "incident")} (${joinText(worst, ", ")}), the week before ${before.total}; ${week.open} still open`,
      rich`${time("Mean to acknowledge", ({ times }) => times.acknowledge?.mean)} · ${time("to resolve", ({ times }) => times.resolve?.mean)} · p90 to resolve ${durationOrDash(week.times.resolve?.p90)}`,
      rich`${count(week.paging.total, "page")}, ${week.paging.night} in the night${loaded.length === 0 ? "" : rich`: ${joinText(loaded, ", ")}`}`,
      ...(week.updates.sent === 0
        ? []
        : [rich`${week.updates.onTime} of ${count(week.updates.sent, "update")} on time`]),
      ...remediations(week),
    ],
    "\n",
  );
}

/** What runbooks mitigated, and proved that they did; nothing when they had no part in it. */
function remediations({ remediated: { resolved, alone, approved } }: IncidentStatistics): readonly string[] {
  if (alone.length + approved.length === 0) return [];
  return [
    `Verified runbooks mitigated ${remediatedText(alone.length, resolved)} without a person, ${remediatedText(approved.length, resolved)} with approval`,
  ];
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}
