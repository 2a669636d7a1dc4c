import type { KnownBlock } from "@slack/types";
import type { Signature } from "#domain/alert-quality.ts";
import { utcDay } from "#domain/instant.ts";
import { incidentId } from "#domain/language.ts";
import type { Statistics } from "#domain/stats.ts";
import { cut } from "#domain/text.ts";
import { context, escape, link, section, type SlackMessage } from "./slack.ts";
import { lasting, percent, remediatedText } from "./statistics.ts";

/** Lines of a list; the page of the figures has the rest. */
const LISTED = 5;

/**
 * What a week adds up to, for the channel: figures beside those of the week before, and what somebody should do about
 * them. `pageOf` is the address of an incident's page. Says "quiet" in one line when there was nothing.
 */
export function weeklyMessage(week: Statistics, before: Statistics, pageOf: (number: number) => string): SlackMessage {
  const days = `${utcDay(week.from)} to ${utcDay(week.to - 1)}`;
  const text = `The week ${days}: ${count(week.total, "incident")}`;
  const blocks: KnownBlock[] = [section(`*The week ${days}*\n${figures(week, before)}`)];
  const add = (title: string, lines: readonly string[], left = 0): void =>
    void (lines.length > 0 && blocks.push(section(`*${title}*\n${lines.join("\n")}${left > 0 ? `\n… and ${left} more` : ""}`)));
  const numbers = (list: readonly number[]): string =>
    list
      .slice(-LISTED)
      .map((number) => link(pageOf(number), incidentId(number)))
      .join(", ");
  const signatures = (title: string, list: readonly Signature[]): void =>
    add(
      title,
      list.slice(0, LISTED).map(({ signature, incidents }) => `${escape(cut(signature, 100))}: ${incidents.length} × (${numbers(incidents)})`),
      list.length - LISTED,
    );
  const budgets = week.services.filter(({ budget }) => budget !== null && budget.state !== "ship");
  add(
    "Error budgets",
    budgets.slice(0, LISTED).map(({ service, month, uptime, budget }) => {
      const { state, left } = budget!;
      return `${state === "freeze" ? "🧊" : "🐢"} ${escape(cut(service, 100))} in ${month}: *${state}*, ${percent(uptime)} up, ${lasting(Math.abs(left))} ${left < 0 ? "over" : "left"}`;
    }),
    budgets.length - LISTED,
  );
  add(
    "Actions past due",
    week.overdue
      .slice(0, LISTED)
      .map(
        ({ incident, text: what, owner, due }) =>
          `${link(pageOf(incident), incidentId(incident))} ${escape(cut(what, 150))}, ${owner === null ? "_nobody's_" : escape(cut(owner, 80))}, was due ${due}`,
      ),
    week.overdue.length - LISTED,
  );
  add(
    "Alerts that led to nothing",
    week.ledToNothing.length === 0 ? [] : [`${week.ledToNothing.length} of ${count(week.total, "incident")}: ${numbers(week.ledToNothing)}`],
  );
  signatures("Came more than once", week.repeats);
  signatures("Without a runbook", week.withoutRunbook);
  blocks.push(context(`Definitions: docs/statistics.md · hours in ${escape(week.zone)} · drills, canceled, merged and private incidents are left out`));
  return { text, blocks };
}

function figures(week: Statistics, before: Statistics): string {
  if (week.total === 0) return `It was quiet: no incident (${before.total} the week before).`;
  const worst = Object.entries(week.byPriority).map(([priority, n]) => `${priority} ${n}`);
  const time = (what: string, of: (figures: Statistics) => number | undefined): string => `${what} ${lasting(of(week))} (was ${lasting(of(before))})`;
  const loaded = week.paging.byPerson
    .slice(0, 3)
    .map(({ name, pages, night }) => `${escape(cut(name, 80))} ${pages}${night > 0 ? ` (${night} at night)` : ""}`);
  return [
    `${count(week.total, "incident")} (${worst.join(", ")}), the week before ${before.total}; ${week.open} still open`,
    `${time("Mean to acknowledge", ({ times }) => times.acknowledge?.mean)} · ${time("to resolve", ({ times }) => times.resolve?.mean)} · p90 to resolve ${lasting(week.times.resolve?.p90)}`,
    `${count(week.paging.total, "page")}, ${week.paging.night} in the night${loaded.length === 0 ? "" : `: ${loaded.join(", ")}`}`,
    ...(week.updates.sent === 0 ? [] : [`${week.updates.onTime} of ${count(week.updates.sent, "update")} on time`]),
    ...remediations(week),
  ].join("\n");
}

/** What runbooks mitigated, and proved that they did; nothing when they had no part in it. */
function remediations({ remediated: { resolved, alone, approved } }: Statistics): readonly string[] {
  if (alone.length + approved.length === 0) return [];
  return [`Verified runbooks mitigated ${remediatedText(alone.length, resolved)} without a person, ${remediatedText(approved.length, resolved)} with approval`];
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}
