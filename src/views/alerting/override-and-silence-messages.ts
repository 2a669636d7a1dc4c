import type { ArrangementCommand } from "#domain/incident/arrangement-command.ts";
import type { Silence } from "#domain/incident/arrangement.ts";
import type { Instant } from "#domain/values/language.ts";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import {
  richText,
  markedText,
  joinText,
  localTime,
  clipText,
  type RichText,
  type TextLike,
} from "#domain/values/rich-text.ts";
import { textMessage } from "#views/values/message-parts.ts";

/** What someone has arranged, where people must know of it. */
export function arrangementMessage(what: ArrangementCommand, by: string): ChatMessage {
  const text = arrangementText(what, by);
  return textMessage(text);
}

function arrangementText(what: ArrangementCommand, by: string): TextLike {
  switch (what.type) {
    case "shift.override":
      return richText`🔁 *${what.schedule}*: ${what.person.name} is on call from ${localTime(what.from)} until ${localTime(what.until)}, says ${by}.`;
    case "shift.restore":
      return richText`🔁 *${what.schedule}*: ${what.override === undefined ? "overrides are" : `override ${what.override} is`} over, says ${by}.`;
    case "mute.set":
      return richText`🔇 ${by} holds back alerts with ${matchers(what.matchers)} until ${localTime(what.until)}: ${what.reason}`;
    case "mute.lift":
      return richText`🔔 ${by} ended mute ${what.mute}: alerts that still fire open their incidents now.`;
    case "shift.began":
    case "shift.check":
      return "";
  }
}

/** What is held back now, why, until when, and how many alerts that are firing it are. */
export function silencesMessage(
  silences: readonly Silence[],
  maintenance: readonly { readonly reason: string; readonly until: Instant; readonly matchers: readonly string[] }[],
  suppressedCount: number,
): ChatMessage {
  const lines = [
    ...silences.map(
      ({ id, matchers: those, by, reason, from, until }) =>
        richText`• ${id}: ${matchers(those)} from ${localTime(from)} until ${localTime(until)}, by ${by}: ${reason} · \`unmute ${id}\``,
    ),
    ...maintenance.map(
      ({ reason, until, matchers: those }) =>
        richText`• maintenance: ${matchers(those)} until ${localTime(until)}: ${reason} (in muster.yaml)`,
    ),
  ];
  const sum = richText`${suppressedCount} firing ${suppressedCount === 1 ? "alert is" : "alerts are"} held back now; they are kept, and open an incident when that ends and they still fire.`;
  const text = clipText(
    joinText(
      [
        lines.length === 0
          ? markedText("Nothing is muted. `mute service=checkout 2h REASON` holds alerts back for a time.")
          : markedText("*Muted*"),
        ...lines,
        sum,
      ],
      "\n",
    ),
    2_900,
  );
  return textMessage(text);
}

function matchers(those: readonly string[]): RichText {
  return richText`\`${those.join(" ").replaceAll("`", "'")}\``;
}
