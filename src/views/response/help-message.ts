import type { ChatButton, ChatMessage } from "#domain/values/chat-message.ts";
import { joinText, markedText, richText } from "#domain/values/rich-text.ts";
import { ALL_VERBS, findVerb } from "#verbs/verb-registry.ts";
import { VERB_GROUPS } from "#verbs/verb.ts";
import { buttonsPart, contextPart, textMessage, textPart } from "#views/values/message-parts.ts";

/** What one needs in the night: a verb, an example, and what it does. */
const FIRST_VERBS: readonly (readonly [string, string])[] = [
  ["declare P1 checkout is down", "opens an incident and pages who is on call"],
  ["ack", "you have it: stops the paging"],
  ["page @dana the database needs you", "pages a person or a team"],
  ["update rolled back, error rate is falling", "tells everyone who follows"],
  ["resolve bad deploy, rolled back", "ends it"],
];

/** The word behind `help` that lists every verb. */
const EVERY_VERB = "all";

/** What helps most people most of the time; `name`: one verb, or all of them. */
export function helpMessage(name: string | null): ChatMessage {
  if (name?.trim().toLowerCase() === EVERY_VERB) return allVerbsMessage();
  const one = name === null ? null : findVerb(name);
  if (one !== null) {
    const also =
      one.aliases.length === 0
        ? ""
        : richText` Also: ${joinText(
            one.aliases.map((alias) => richText`\`${alias}\``),
            ", ",
          )}.`;
    return textMessage(
      richText`\`/incident ${one.name}${one.usage === "" ? "" : richText` ${one.usage}`}\` ${one.summary}.${also}`,
    );
  }
  const lines = FIRST_VERBS.map(([words, effect]) => richText`\`/incident ${words}\`\n${effect}`);
  return {
    text: "What to type in an incident: declare, ack, page, update, resolve",
    parts: [
      textPart(joinText(lines, "\n")),
      contextPart(
        markedText(
          "In an incident's channel the incident is understood; elsewhere say `INC-n`, or pick one. 📌 on a message keeps it in the timeline.",
        ),
      ),
      buttonsPart("verbs", [
        verbButton("declare", "Declare an incident"),
        verbButton("list", "Open incidents"),
        verbButton("oncall", "Who is on call"),
        verbButton(`help ${EVERY_VERB}`, "All verbs"),
      ]),
    ],
  };
}

/** A button that stands for a verb. */
function verbButton(words: string, label: string): ChatButton {
  return { action: `verb.${words.split(" ")[0]!}`, label, value: words };
}

/** Every verb with what may stand behind it, by groups. */
function allVerbsMessage(): ChatMessage {
  const groups = VERB_GROUPS.map((group) => {
    const lines = ALL_VERBS.filter((verb) => verb.group === group).map(
      (verb) => richText`\`${verb.name}${verb.usage === "" ? "" : richText` ${verb.usage}`}\` ${verb.summary}`,
    );
    return textPart(richText`*${group}*\n${joinText(lines, "\n")}`);
  });
  return { text: "Every verb of /incident", parts: groups };
}
