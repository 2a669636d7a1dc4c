import { HUMAN_NAMES, HUMAN_SECTIONS, type HumanSection, type HumanTexts } from "#domain/human-section.ts";
import { utcDay, utcTime } from "#domain/instant.ts";
import { incidentId } from "#domain/language.ts";
import { humanCell } from "#domain/postmortem-text.ts";
import type { Draft } from "#domain/postmortem.ts";
import { md } from "./markdown.ts";
import * as after from "./postmortem-after.ts";
import * as part from "./postmortem-parts.ts";
import { timelineTable } from "./postmortem-timeline.ts";

/**
 * The postmortem as Markdown: what is computed, with the events it comes from, and what people wrote or still have to
 * write, each of these between two comments (`#domain/postmortem-text.ts` takes the page apart again).
 */
export function postmortem(draft: Draft, human: HumanTexts): string {
  const { incident } = draft;
  const asked = questions(draft);
  const write = (section: HumanSection): string => humanCell(section, human[section] ?? asked[section]);
  const end = draft.resolved?.value ?? null;
  const endDay = end !== null && utcDay(end) !== utcDay(draft.detected.value) ? `${utcDay(end)} ` : "";
  return `${[
    `# ${incidentId(incident.number)} ${md(incident.title)}, ${utcDay(draft.detected.value)} ${utcTime(draft.detected.value)}–${end === null ? "…" : `${endDay}${utcTime(end)}`} UTC`,
    part.status(draft),
    write("reviewers"),
    "## Summary",
    part.summary(draft),
    write("summary"),
    "## Background",
    write("background"),
    "## Impact",
    part.impact(draft),
    write("impact"),
    "## Metrics",
    part.metrics(draft),
    "### Time in each priority",
    part.timeInPriorities(draft),
    "## What broke",
    part.trigger(draft),
    write("fault"),
    "## Detection",
    part.detection(draft),
    write("detection"),
    "## Response",
    "### Roles",
    part.roles(draft),
    "### Pages",
    part.pages(draft),
    "## What we tried",
    after.tried(draft),
    write("recovery"),
    "## Timeline",
    timelineTable(draft),
    ...(draft.gaps.length === 0 && human.gaps === undefined ? [] : ["### Gaps", after.gaps(draft), write("gaps")]),
    "## Root cause analysis",
    "### Primary cause",
    write("root_cause"),
    "### Why it was not caught earlier",
    write("not_caught"),
    "### What surprised us",
    write("surprised"),
    "## What went well",
    after.list(draft.hints.well),
    write("went_well"),
    "## What could have been better",
    after.list(draft.hints.badly),
    write("could_be_better"),
    "## Where we were lucky",
    write("lucky"),
    "## Action items",
    after.followUps(draft),
    write("action_items"),
    "## Risks and open questions",
    after.openTasks(draft),
    write("risks"),
    "## Has it happened before?",
    after.earlier(draft),
    after.backlog(draft),
    write("recurrence"),
    "## Communications",
    after.communications(draft),
    write("external"),
    "## Lessons learned",
    write("lessons"),
    "## Process improvements",
    write("process"),
    "## Supporting information",
    after.supporting(draft),
  ]
    .filter((each) => each !== "")
    .join("\n\n")}\n`;
}

/** What the page asks where nobody wrote yet, by section, as it stands in the cell. */
export function questions(draft: Draft): Readonly<Record<HumanSection, string>> {
  const owner = part.ownerOf(draft);
  const asked = Object.fromEntries(HUMAN_NAMES.map((section) => [section, `TODO(${owner}): ${HUMAN_SECTIONS[section]}`])) as Record<HumanSection, string>;
  return { ...asked, action_items: after.actionItems(draft) };
}
