import type { AlertSignature } from "#domain/reporting/alert-quality.ts";
import type { BoundedList } from "#domain/reporting/bounded-list.ts";
import { formatUtcDay } from "#domain/values/instant.ts";
import { incidentId } from "#domain/values/language.ts";
import type { IncidentStatistics } from "#domain/reporting/statistics.ts";
import { truncateText } from "#domain/values/text.ts";
import { durationOrDash, formatPercent, remediatedText } from "./statistics-export.ts";
import type { ChatMessage, MessagePart } from "#domain/values/chat-message.ts";
import { richText, markedText, joinText, linkText, type RichText, type TextLike } from "#domain/values/rich-text.ts";
import { textPart, contextPart } from "#views/values/message-parts.ts";

/** Lines of a list; the page of the figures has the rest. */
const MAX_LISTED = 5;

/**
 * The statistics of a week, for the channel: figures beside those of the week before, and what someone should do about
 * them. `pageOf` is the address of an incident's page. One line, "quiet", when there was nothing.
 */
export function weeklyMessage(week: IncidentStatistics, before: IncidentStatistics, pageOf: PageOf): ChatMessage {
  const days = `${formatUtcDay(week.from)} to ${formatUtcDay(week.to - 1)}`;
  const text = `The week ${days}: ${count(week.total, "incident")}`;
  const parts: readonly MessagePart[] = [
    textPart(richText`*The week ${days}*\n${figures(week, before)}`),
    ...budgetsPart(week),
    ...overduePart(week, pageOf),
    ...section(
      "Alerts that led to nothing",
      week.withoutAction.count === 0
        ? []
        : [
            richText`${week.withoutAction.count} of ${count(week.total, "incident")}: ${numbers(week.withoutAction.items, pageOf)}`,
          ],
    ),
    ...signaturesPart("Came more than once", week.repeats, pageOf),
    ...signaturesPart("Without a runbook", week.withoutRunbook, pageOf),
    contextPart(
      richText`Definitions: docs/statistics.md · hours in ${week.zone} · drills, canceled, merged and private incidents are left out`,
    ),
  ];
  return { text, parts };
}

type PageOf = (number: number) => string;

/** The incidents that the message of a week leads to. */
export function linkedIncidents(week: IncidentStatistics): readonly number[] {
  const numbersOf = new Set<number>();
  weeklyMessage(week, week, (number) => {
    numbersOf.add(number);
    return "";
  });
  return [...numbersOf];
}

/** A titled list, and how many more there are; nothing without lines. */
function section(title: string, lines: readonly TextLike[], left = 0): readonly MessagePart[] {
  if (lines.length === 0) return [];
  return [textPart(richText`*${title}*\n${joinText(lines, "\n")}${left > 0 ? richText`\n… and ${left} more` : ""}`)];
}

function numbers(list: readonly number[], pageOf: PageOf): RichText {
  return joinText(
    list.slice(-MAX_LISTED).map((number) => linkText(pageOf(number), incidentId(number))),
    ", ",
  );
}

function signaturesPart(
  title: string,
  { count: all, items }: BoundedList<AlertSignature>,
  pageOf: PageOf,
): readonly MessagePart[] {
  return section(
    title,
    items
      .slice(0, MAX_LISTED)
      .map(
        ({ signature, count: times, incidents }) =>
          richText`${truncateText(signature, 100)}: ${times} × (${numbers(incidents, pageOf)})`,
      ),
    all - MAX_LISTED,
  );
}

function budgetsPart({ services }: IncidentStatistics): readonly MessagePart[] {
  const budgets = services.items.filter(({ budget }) => budget !== null && budget.state !== "ship");
  return section(
    "Error budgets",
    budgets.slice(0, MAX_LISTED).map(({ service, month, uptime, budget }) => {
      const { state, left } = budget!;
      return richText`${state === "freeze" ? "🧊" : "🐢"} ${truncateText(service, 100)} in ${month}: *${state}*, ${formatPercent(uptime)} up, ${durationOrDash(Math.abs(left))} ${left < 0 ? "over" : "left"}`;
    }),
    budgets.length - MAX_LISTED,
  );
}

function overduePart({ overdue }: IncidentStatistics, pageOf: PageOf): readonly MessagePart[] {
  return section(
    "Actions past due",
    overdue.items
      .slice(0, MAX_LISTED)
      .map(
        ({ incident, text: what, owner, due }) =>
          richText`${linkText(pageOf(incident), incidentId(incident))} ${truncateText(what, 150)}, ${owner === null ? markedText("_unassigned_") : truncateText(owner, 80)}, was due ${due}`,
      ),
    overdue.count - MAX_LISTED,
  );
}

function figures(week: IncidentStatistics, before: IncidentStatistics): TextLike {
  if (week.total === 0) return richText`It was quiet: no incident (${before.total} the week before).`;
  const worst = Object.entries(week.byPriority).map(([priority, n]) => richText`${priority} ${n}`);
  const time = (what: string, of: (figures: IncidentStatistics) => number | undefined): string =>
    `${what} ${durationOrDash(of(week))} (was ${durationOrDash(of(before))})`;
  const loaded = week.paging.byPerson.items
    .slice(0, 3)
    .map(
      ({ name, pages, night }) =>
        richText`${truncateText(name, 80)} ${pages}${night > 0 ? richText` (${night} at night)` : ""}`,
    );
  return joinText(
    [
      richText`${count(week.total, "incident")} (${joinText(worst, ", ")}), the week before ${before.total}; ${week.open} still open`,
      richText`${time("Mean to acknowledge", ({ times }) => times.acknowledge?.mean)} · ${time("to resolve", ({ times }) => times.resolve?.mean)} · p90 to resolve ${durationOrDash(week.times.resolve?.p90)}`,
      richText`${count(week.paging.total, "page")}, ${week.paging.night} in the night${loaded.length === 0 ? "" : richText`: ${joinText(loaded, ", ")}`}`,
      ...(week.updates.sent === 0
        ? []
        : [richText`${week.updates.onTime} of ${count(week.updates.sent, "update")} on time`]),
      ...remediations(week),
    ],
    "\n",
  );
}

/** What runbooks mitigated, and proved that they did; nothing when they had no part in it. */
function remediations({ remediated: { resolved, alone, approved } }: IncidentStatistics): readonly string[] {
  if (alone.count + approved.count === 0) return [];
  return [
    `Verified runbooks mitigated ${remediatedText(alone.count, resolved)} without a person, ${remediatedText(approved.count, resolved)} with approval`,
  ];
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}
