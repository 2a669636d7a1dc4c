import type { Incident } from "#domain/incident/incident.ts";
import type { Silence } from "#domain/incident/arrangement.ts";
import type { Instant } from "#domain/values/language.ts";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import { codeText, richText, markedText, joinText, localTime, clipText } from "#domain/values/rich-text.ts";
import { incidentId } from "#domain/values/language.ts";
import { stillFiringText } from "./still-firing.ts";
import { LONGEST_PART, textMessage } from "#views/values/message-parts.ts";

/** What is held back now, why, until when, and how many alerts that are firing it are. */
export function silencesMessage(
  silences: readonly Silence[],
  maintenance: readonly { readonly reason: string; readonly until: Instant; readonly matchers: readonly string[] }[],
  suppressedCount: number,
  falseAlarms: readonly Incident[] = [],
): ChatMessage {
  const lines = [
    ...silences.map(
      ({ id, matchers: those, by, reason, from, until }) =>
        richText`• ${id}: ${codeText(those.join(" "))} from ${localTime(from)} until ${localTime(until)}, by ${by}: ${reason} · \`unmute ${id}\``,
    ),
    ...maintenance.map(
      ({ reason, until, matchers: those }) =>
        richText`• maintenance: ${codeText(those.join(" "))} until ${localTime(until)}: ${reason} (in muster.yaml)`,
    ),
    ...falseAlarms.flatMap((incident) => {
      const text = stillFiringText(incident);
      return text === null ? [] : [richText`• ${incidentId(incident.number)}: ${text}`];
    }),
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
    LONGEST_PART,
  );
  return textMessage(text);
}
