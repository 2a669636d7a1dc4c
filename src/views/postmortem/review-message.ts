import type { Incident } from "#domain/incident/incident.ts";
import { incidentId } from "#domain/values/language.ts";
import type { PostmortemProblem } from "#domain/postmortem/review-checklist.ts";
import { truncateText } from "#domain/values/text.ts";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import {
  richText,
  markedText,
  joinText,
  linkText,
  mentionPerson,
  writtenLength,
  type RichText,
} from "#domain/values/rich-text.ts";
import { textPart, contextPart, fallbackText } from "#views/values/message-parts.ts";

/** Problems of one message; the page has them all. */
const MAX_LISTED = 15;
/** Characters for all of them together: a chat limits a message. */
const ROOM = 6_000;
/** What is checked, with the sections and computed parts in which it shows. */
const CHECKS: readonly (readonly [string, readonly PostmortemProblem["section"][]])[] = [
  ["Summary and impact, with a number", ["summary", "impact"]],
  ["Began, acknowledged, mitigated, resolved: in order, with evidence", ["metrics", "timeline"]],
  ["Every gap is explained or waived", ["gaps"]],
  ["The cause, without a name", ["fault", "root_cause", "not_caught", "surprised"]],
  ["What went well and what could have been better, lessons", ["went_well", "could_be_better", "lessons"]],
  ["Each action has an owner, a due date and a ticket", ["action_items"]],
];

/** How far a postmortem is, whose it is, and the checklist of what is missing. */
export function reviewMessage(incident: Incident, problems: readonly PostmortemProblem[], page: string): ChatMessage {
  const { state, owner, reviewers, due } = incident.postmortem;
  const id = incidentId(incident.number);
  const head = joinText(
    [
      richText`The postmortem of ${id}: *${state}* · ${linkText(`${page}/postmortem`, "read it")}`,
      richText`Owner: ${owner === null ? markedText("_unassigned_, `postmortem owner @USER`") : mentionPerson(owner)}${due === null ? "" : richText` · due by ${due}`}${reviewers.length === 0 ? "" : richText` · reviewers: ${joinText(reviewers.map(mentionPerson), ", ")}`}`,
    ],
    "\n",
  );
  const checks = CHECKS.map(
    ([what, sections]) => richText`${problems.some((each) => sections.includes(each.section)) ? "☐" : "☑"} ${what}`,
  );
  const all = problems
    .slice(0, MAX_LISTED)
    .map(
      ({ section: where, what, fix }) =>
        richText`• *${where.replaceAll("_", " ")}*: ${truncateText(what, 150)}. ${truncateText(fix, 200)}`,
    );
  const lines = all.filter((_, i) => writtenLength(joinText(all.slice(0, i + 1), "\n")) < ROOM);
  return {
    text: fallbackText(
      richText`The postmortem of ${id} is ${state}: ${problems.length === 0 ? "complete" : richText`${problems.length} missing`}`,
    ),
    parts: [
      textPart(head),
      textPart(joinText(checks, "\n")),
      ...chunks(lines).map((text) => textPart(text)),
      contextPart(
        problems.length === 0
          ? markedText("Nothing is missing: `postmortem review @USER`, then `postmortem reviewed`.")
          : richText`${problems.length} missing${problems.length > lines.length ? richText`, ${lines.length} of them here` : ""}`,
      ),
    ],
  };
}

/** Lines in parts that a chat takes. */
function chunks(lines: readonly RichText[]): readonly RichText[] {
  const found: RichText[] = [];
  for (const line of lines) {
    const last = found.at(-1);
    if (last === undefined || writtenLength(last) + writtenLength(line) > 2_500) found.push(line);
    else found[found.length - 1] = richText`${last}\n${line}`;
  }
  return found;
}
