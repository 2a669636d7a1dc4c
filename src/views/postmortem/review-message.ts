import type { Incident } from "#domain/incident/incident.ts";
import { incidentId } from "#domain/values/language.ts";
import type { PostmortemProblem } from "#domain/postmortem/postmortem-lint.ts";
import { truncateText } from "#domain/values/text.ts";
import { contextBlock, escapeMrkdwn, fallbackText, mrkdwnLink, mentionPerson, sectionBlock, type SlackMessage } from "#views/values/block-kit.ts";

/** Problems of one message; the page has them all. */
const LISTED = 15;
/** Characters for all of them: Slack takes so much of a message and no more. */
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
export function reviewMessage(incident: Incident, problems: readonly PostmortemProblem[], page: string): SlackMessage {
  const { state, owner, reviewers, due } = incident.postmortem;
  const id = incidentId(incident.number);
  const head = [
    `The postmortem of ${id}: *${state}* · ${mrkdwnLink(`${page}/postmortem`, "read it")}`,
    `Owner: ${owner === null ? "_nobody_, `postmortem owner @USER`" : mentionPerson(owner)}${due === null ? "" : ` · due by ${due}`}${reviewers.length === 0 ? "" : ` · reviewers: ${reviewers.map(mentionPerson).join(", ")}`}`,
  ].join("\n");
  const checks = CHECKS.map(([what, sections]) => `${problems.some((each) => sections.includes(each.section)) ? "☐" : "☑"} ${what}`);
  const all = problems
    .slice(0, LISTED)
    .map(
      ({ section: where, what, fix }) => `• *${where.replaceAll("_", " ")}*: ${escapeMrkdwn(truncateText(what, 150))}. ${escapeMrkdwn(truncateText(fix, 200))}`,
    );
  const lines = all.filter((_, i) => all.slice(0, i + 1).join("\n").length < ROOM);
  return {
    text: fallbackText(`The postmortem of ${id} is ${state}: ${problems.length === 0 ? "complete" : `${problems.length} missing`}`),
    blocks: [
      sectionBlock(head),
      sectionBlock(checks.join("\n")),
      ...chunks(lines).map((text) => sectionBlock(text)),
      contextBlock(
        problems.length === 0
          ? "Nothing is missing: `postmortem review @USER`, then `postmortem reviewed`."
          : `${problems.length} missing${problems.length > lines.length ? `, ${lines.length} of them here` : ""}`,
      ),
    ],
  };
}

/** Lines in sections that Slack takes. */
function chunks(lines: readonly string[]): readonly string[] {
  const found: string[] = [];
  for (const line of lines) {
    const last = found.at(-1);
    if (last === undefined || last.length + line.length > 2_500) found.push(line);
    else found[found.length - 1] = `${last}\n${line}`;
  }
  return found;
}
