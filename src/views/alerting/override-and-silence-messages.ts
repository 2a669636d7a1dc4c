import type { ArrangementCommand } from "#domain/alerting/arrangement.ts";
import type { Instant } from "#domain/values/language.ts";
import type { Silence } from "#domain/alerting/silence.ts";
import { cutMarkup, escapeMrkdwn, fallbackText, localTime, sectionBlock, type SlackMessage } from "#views/values/block-kit.ts";

/** What somebody has arranged, where people must know of it. */
export function arrangementMessage(what: ArrangementCommand, by: string): SlackMessage {
  const text = told(what, escapeMrkdwn(by));
  return { text: fallbackText(text), blocks: [sectionBlock(text)] };
}

function told(what: ArrangementCommand, by: string): string {
  switch (what.type) {
    case "shift.override":
      return `🔁 *${escapeMrkdwn(what.schedule)}*: ${escapeMrkdwn(what.person.name)} is on call from ${localTime(what.from)} until ${localTime(what.until)}, says ${by}.`;
    case "shift.restore":
      return `🔁 *${escapeMrkdwn(what.schedule)}*: ${what.override === undefined ? "overrides are" : `override ${what.override} is`} over, says ${by}.`;
    case "mute.set":
      return `🔇 ${by} holds back alerts with ${matchers(what.matchers)} until ${localTime(what.until)}: ${escapeMrkdwn(what.reason)}`;
    case "mute.lift":
      return `🔔 ${by} ended mute ${what.mute}: alerts that still fire open their incidents now.`;
    case "shift.began":
    case "shift.check":
      return "";
  }
}

/** What is held back now, why, until when, and how many alerts that are firing it are. */
export function silencesMessage(
  mutes: readonly Silence[],
  maintenance: readonly { readonly reason: string; readonly until: Instant; readonly matchers: readonly string[] }[],
  held: number,
): SlackMessage {
  const lines = [
    ...mutes.map(
      ({ id, matchers: those, by, reason, from, until }) =>
        `• ${id}: ${matchers(those)} from ${localTime(from)} until ${localTime(until)}, by ${escapeMrkdwn(by)}: ${escapeMrkdwn(reason)} · \`unmute ${id}\``,
    ),
    ...maintenance.map(
      ({ reason, until, matchers: those }) => `• maintenance: ${matchers(those)} until ${localTime(until)}: ${escapeMrkdwn(reason)} (in muster.yaml)`,
    ),
  ];
  const sum = `${held} firing ${held === 1 ? "alert is" : "alerts are"} held back now; they are kept, and open an incident when that ends and they still fire.`;
  const text = cutMarkup(
    [lines.length === 0 ? "Nothing is muted. `mute service=checkout 2h REASON` holds alerts back for a time." : "*Muted*", ...lines, sum].join("\n"),
    2_900,
  );
  return { text: fallbackText(text), blocks: [sectionBlock(text)] };
}

function matchers(those: readonly string[]): string {
  return `\`${escapeMrkdwn(those.join(" ").replaceAll("`", "'"))}\``;
}
