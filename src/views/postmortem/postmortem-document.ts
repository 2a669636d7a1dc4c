import {
  HUMAN_SECTION_NAMES,
  HUMAN_SECTIONS,
  type HumanSection,
  type HumanTexts,
} from "#domain/postmortem/human-section.ts";
import { formatUtcDay, formatUtcTime } from "#domain/values/instant.ts";
import { incidentId } from "#domain/values/language.ts";
import { humanCell } from "#domain/postmortem/postmortem-text.ts";
import type { PostmortemDraft } from "#domain/postmortem/postmortem.ts";
import { escapeMarkdown } from "#views/values/markdown-text.ts";
import * as after from "./follow-up-sections.ts";
import * as part from "./incident-sections.ts";
import { timelineTable } from "./timeline-table.ts";

/**
 * The postmortem as Markdown: what is computed, with the events it comes from, and what people wrote or still have to
 * write, each of these between two comments (`#domain/postmortem/postmortem-text.ts` takes the page apart again).
 */
export function renderPostmortem(draft: PostmortemDraft, human: HumanTexts): string {
  const prompts = sectionPrompts(draft);
  const write: WriteSection = (section) => humanCell(section, human[section] ?? prompts[section]);
  const parts = [
    titleLine(draft),
    ...incidentLines(draft, write),
    ...responseLines(draft, write, human.gaps !== undefined),
    ...followUpLines(draft, write),
  ];
  return `${parts.filter((each) => each !== "").join("\n\n")}\n`;
}

type WriteSection = (section: HumanSection) => string;

function titleLine({ incident, detected, resolved }: PostmortemDraft): string {
  const end = resolved?.value ?? null;
  const endDay = end !== null && formatUtcDay(end) !== formatUtcDay(detected.value) ? `${formatUtcDay(end)} ` : "";
  return `# ${incidentId(incident.number)} ${escapeMarkdown(incident.title)}, ${formatUtcDay(detected.value)} ${formatUtcTime(detected.value)}–${end === null ? "…" : `${endDay}${formatUtcTime(end)}`} UTC`;
}

/** The incident: what broke, whom it hit, who answered. */
function incidentLines(draft: PostmortemDraft, write: WriteSection): readonly string[] {
  return [
    part.statusSection(draft),
    write("reviewers"),
    "## Summary",
    part.summarySection(draft),
    write("summary"),
    "## Background",
    write("background"),
    "## Impact",
    part.impactSection(draft),
    write("impact"),
    "## Metrics",
    part.metricsSection(draft),
    "### Time in each priority",
    part.timeInPrioritiesTable(draft),
    "## What broke",
    part.triggerSection(draft),
    write("fault"),
    "## Detection",
    part.detectionSection(draft),
    write("detection"),
    "## Response",
    "### Roles",
    part.rolesSection(draft),
    "### Pages",
    part.pagesSection(draft),
  ];
}

/** From what was tried to where luck helped. `gaps`: people wrote about gaps in the timeline. */
function responseLines(draft: PostmortemDraft, write: WriteSection, gaps: boolean): readonly string[] {
  return [
    "## What we tried",
    after.remediationSection(draft),
    write("recovery"),
    "## Timeline",
    timelineTable(draft),
    ...(draft.gaps.length === 0 && !gaps ? [] : ["### Gaps", after.gapsSection(draft), write("gaps")]),
    "## Root cause analysis",
    "### Primary cause",
    write("root_cause"),
    "### Why it was not caught earlier",
    write("not_caught"),
    "### What surprised us",
    write("surprised"),
    "## What went well",
    after.bulletList(draft.hints.well),
    write("went_well"),
    "## What could have been better",
    after.bulletList(draft.hints.badly),
    write("could_be_better"),
    "## Where we were lucky",
    write("lucky"),
  ];
}

/** What is left to do, to learn and to look up. */
function followUpLines(draft: PostmortemDraft, write: WriteSection): readonly string[] {
  return [
    "## Action items",
    after.followUpsSection(draft),
    write("action_items"),
    "## Risks and open questions",
    after.openTasksList(draft),
    write("risks"),
    "## Has it happened before?",
    after.earlierIncidentsSection(draft),
    after.backlogSection(draft),
    write("recurrence"),
    "## Communications",
    after.communicationsSection(draft),
    write("external"),
    "## Lessons learned",
    write("lessons"),
    "## Process improvements",
    write("process"),
    "## Supporting information",
    after.supportingLinks(draft),
  ];
}

/** What the page asks where no one wrote yet, by section, as it stands in the cell. */
export function sectionPrompts(draft: PostmortemDraft): Readonly<Record<HumanSection, string>> {
  const owner = part.responsibleName(draft);
  const prompts = Object.fromEntries(
    HUMAN_SECTION_NAMES.map((section) => [section, `TODO(${owner}): ${HUMAN_SECTIONS[section]}`]),
  ) as Record<HumanSection, string>;
  return { ...prompts, action_items: after.actionItemsTable(draft) };
}
