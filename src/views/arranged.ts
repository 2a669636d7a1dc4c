import type { Arranging } from "#domain/arrangement.ts";
import type { Instant } from "#domain/language.ts";
import type { Mute } from "#domain/mute.ts";
import { cutMarkup, escape, fallback, localTime, section, type SlackMessage } from "./slack.ts";

/** What somebody has arranged, where people must know of it. */
export function arrangedMessage(what: Arranging, by: string): SlackMessage {
  const text = told(what, escape(by));
  return { text: fallback(text), blocks: [section(text)] };
}

function told(what: Arranging, by: string): string {
  switch (what.type) {
    case "shift.override":
      return `🔁 *${escape(what.schedule)}*: ${escape(what.person.name)} is on call from ${localTime(what.from)} until ${localTime(what.until)}, says ${by}.`;
    case "shift.restore":
      return `🔁 *${escape(what.schedule)}*: overrides are over, says ${by}.`;
    case "mute.set":
      return `🔇 ${by} holds back alerts with ${matchers(what.matchers)} until ${localTime(what.until)}: ${escape(what.reason)}`;
    case "mute.lift":
      return `🔔 ${by} ended mute ${what.mute}: alerts that still fire open their incidents now.`;
    case "shift.began":
    case "shift.check":
      return "";
  }
}

/** What is held back now, why, until when, and how many alerts that are firing it are. */
export function mutesMessage(
  mutes: readonly Mute[],
  maintenance: readonly { readonly reason: string; readonly until: Instant; readonly matchers: readonly string[] }[],
  held: number,
): SlackMessage {
  const lines = [
    ...mutes.map(
      ({ id, matchers: those, by, reason, from, until }) =>
        `• ${id}: ${matchers(those)} from ${localTime(from)} until ${localTime(until)}, by ${escape(by)}: ${escape(reason)} · \`unmute ${id}\``,
    ),
    ...maintenance.map(
      ({ reason, until, matchers: those }) => `• maintenance: ${matchers(those)} until ${localTime(until)}: ${escape(reason)} (in muster.yaml)`,
    ),
  ];
  const sum = `${held} firing ${held === 1 ? "alert is" : "alerts are"} held back now; they are kept, and open an incident when that ends and they still fire.`;
  const text = cutMarkup(
    [lines.length === 0 ? "Nothing is muted. `mute service=checkout 2h REASON` holds alerts back for a time." : "*Muted*", ...lines, sum].join("\n"),
    2_900,
  );
  return { text: fallback(text), blocks: [section(text)] };
}

function matchers(those: readonly string[]): string {
  return `\`${escape(those.join(" ").replaceAll("`", "'"))}\``;
}
