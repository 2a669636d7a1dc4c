import { SLOW_DETECTION_MS } from "./hints.ts";
import { HUMAN_SECTIONS, type HumanSection, type HumanTexts } from "./human-section.ts";
import { formatDuration } from "#domain/values/duration.ts";
import { parseInstant, formatUtcDay, formatUtcTime } from "#domain/values/instant.ts";
import { isPrompt } from "./postmortem-text.ts";
import type { PostmortemDraft } from "./postmortem.ts";
import { parseMarkdownTable } from "./markdown-table.ts";
import { findNameInText } from "#domain/values/name-in-text.ts";

/** What keeps a postmortem from being reviewed: where, what, and what to do about it. */
export type PostmortemProblem = {
  readonly section: HumanSection | "metrics" | "timeline";
  readonly what: string;
  readonly fix: string;
};

/** Sections about causes, in which no person may be named. */
const CAUSES = [
  "fault",
  "root_cause",
  "not_caught",
  "surprised",
  "could_be_better",
] as const satisfies readonly HumanSection[];

/** Without these no one can review it; the others may stay empty. */
const NEEDED = [
  "summary",
  "impact",
  "root_cause",
  "not_caught",
  "went_well",
  "could_be_better",
  "action_items",
  "lessons",
] as const satisfies readonly HumanSection[];

/**
 * The gate of the review, by what reviewers of postmortems check (the Google SRE book's criteria,
 * https://sre.google/sre-book/postmortem-culture/). `people`: names that must not stand in a description of a cause,
 * besides everyone whom the incident itself names; `programs`: names of what acted in it and is no person. Empty: it
 * may pass.
 */
export function reviewChecklist(
  draft: PostmortemDraft,
  human: HumanTexts,
  people: readonly string[] = [],
  programs: readonly string[] = [],
): readonly PostmortemProblem[] {
  return [
    ...emptySections(human),
    ...impact(human),
    ...milestones(draft),
    ...silences(draft, human),
    ...blamedPeople(draft, human, { people, programs }),
    ...actions(draft, human),
  ];
}

/** The text of a section as far as a person wrote it. */
function textOf(human: HumanTexts, section: HumanSection): string {
  const text = human[section] ?? "";
  return isPrompt(section, text) ? "" : text.trim();
}

function emptySections(human: HumanTexts): PostmortemProblem[] {
  return NEEDED.filter((section) => {
    const text = textOf(human, section);
    return text === "" || (section !== "action_items" && /\bTODO\(/.test(text));
  }).map((section) => ({
    section,
    what: "it is not written yet",
    fix: `write it: ${section === "action_items" ? "one row for each action" : HUMAN_SECTIONS[section]}`,
  }));
}

function impact(human: HumanTexts): PostmortemProblem[] {
  const text = textOf(human, "impact");
  // A date or a time of day is no measure of harm.
  const figures = text.replace(/\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}:\d{2}(?::\d{2})?\b|\bINC-\d+\b|\bP[0-4]\b/g, "");
  return text === "" || /\d/.test(figures)
    ? []
    : [
        {
          section: "impact",
          what: "it has no number",
          fix: "say how many customers, orders or requests, or what share of them; an estimate is a number too",
        },
      ];
}

const MILESTONES = [
  ["detected", "was detected"],
  ["acknowledged", "was acknowledged"],
  ["mitigated", "was mitigated"],
  ["resolved", "was resolved"],
] as const;

function milestones(draft: PostmortemDraft): PostmortemProblem[] {
  const problems: PostmortemProblem[] = [];
  let last: { readonly what: string; readonly at: number } | null = null;
  for (const [name, what] of MILESTONES) {
    const cell = draft[name];
    // An incident that ended before anyone acknowledged it passes; the page notes that.
    if (cell === null && name === "acknowledged" && draft.resolved !== null) continue;
    if (cell === null) {
      problems.push({
        section: "metrics",
        what: `it is not known when it ${what}`,
        fix: `say it in the incident's channel with its time: \`${FIXES[name]}\``,
      });
      continue;
    }
    if (cell.from.length === 0)
      problems.push({
        section: "metrics",
        what: `nothing proves when it ${what}`,
        fix: "mark the message that says it with 📌, or write a note with its time",
      });
    if (last !== null && cell.value < last.at)
      problems.push({
        section: "metrics",
        what: `it ${what} (${formatUtcTime(cell.value)}) before it ${last.what} (${formatUtcTime(last.at)})`,
        fix: "say which of them was at another time: `correct began at HH:MM`, or acknowledged, mitigated, resolved",
      });
    last = { what, at: cell.value };
  }
  return problems;
}
const FIXES = {
  detected: "correct began at HH:MM",
  acknowledged: "correct acknowledged at HH:MM",
  mitigated: "mitigate at HH:MM",
  resolved: "resolve at HH:MM",
} as const;

/** Each gap is named by when it began, "14:05", in what people wrote about them; a word of waiving is an explanation too. */
function silences({ gaps, incident }: PostmortemDraft, human: HumanTexts): PostmortemProblem[] {
  const text = textOf(human, "gaps");
  const waived = incident.postmortem.waived.map(({ from }) => from);
  return gaps
    .filter(({ from }) => !waived.includes(from) && !text.includes(formatUtcTime(from)))
    .map(({ from, to }) => ({
      section: "gaps",
      what: `nothing is written down from ${formatUtcTime(from)} to ${formatUtcTime(to)} UTC (${formatDuration(to - from)})`,
      fix: `add notes with their time to the incident, or write here "${formatUtcTime(from)}: …", or say \`postmortem waive gap ${gaps.findIndex((gap) => gap.from === from) + 1} REASON\``,
    }));
}

function blamedPeople(
  draft: PostmortemDraft,
  human: HumanTexts,
  { people, programs }: { readonly people: readonly string[]; readonly programs: readonly string[] },
): PostmortemProblem[] {
  const noPerson = new Set([...NO_PERSON, ...programs.map((name) => name.toLowerCase())]);
  const names = [...namesIn(draft), ...people].filter(
    (name) => name.trim().length > 1 && !noPerson.has(name.toLowerCase()),
  );
  return CAUSES.flatMap((section) => {
    const named = findNameInText(textOf(human, section), names);
    return named === null
      ? []
      : [
          {
            section,
            what: `it names ${named}`,
            fix: 'say the role or the system ("the deployment", "whoever was on call"): what made the mistake easy, never who made it',
          },
        ];
  });
}

/** Ours: what acts by itself, and a page that names no one. */
const NO_PERSON: readonly string[] = ["muster", "on-call"];

/** Every name in the incident: roles, owners, pages, and people who joined or wrote. */
function namesIn({ roles, joined, sentUpdates, pages, followUps, incident }: PostmortemDraft): readonly string[] {
  return [
    ...roles.map(({ name }) => name),
    ...joined,
    ...sentUpdates.map(({ by }) => by),
    ...followUps.flatMap(({ owner }) => (owner === null ? [] : [owner.name])),
    ...pages.flatMap(({ names }) => names),
    ...(incident.acknowledgedBy === null ? [] : [incident.acknowledgedBy.name]),
    ...(incident.declaredBy === null ? [] : [incident.declaredBy.name]),
  ];
}

function actions({ times, followUps }: PostmortemDraft, human: HumanTexts): PostmortemProblem[] {
  const text = textOf(human, "action_items");
  if (text === "") return [];
  const problem = (what: string, fix: string): PostmortemProblem => ({ section: "action_items", what, fix });
  const table = parseMarkdownTable(text);
  if (table === null)
    return [
      problem("it is no table", `keep the heading ${HUMAN_SECTIONS.action_items} and write one row for each action`),
    ];
  const missing = ["action", "owner", "due", "ticket"].filter((column) => !table.columns.includes(column));
  if (missing.length > 0)
    return [
      problem(`its table has no column for ${missing.join(", ")}`, `keep the heading ${HUMAN_SECTIONS.action_items}`),
    ];
  const rows = table.rows.filter((row) => Object.values(row).some((cell) => cell !== ""));
  const problems = rows.flatMap((row, i): PostmortemProblem[] => {
    const which = given(row["action"]) ? `"${row["action"]!.slice(0, 80)}"` : `action ${i + 1}`;
    return [
      ...(given(row["action"])
        ? []
        : [problem(`${which} does not say what is to be done`, "write it, or take the row out")]),
      ...(given(row["owner"])
        ? []
        : [problem(`${which} has no owner`, "name one person who sees to it; a team does not")]),
      ...(isDay(row["due"] ?? "") ? [] : [problem(`${which} has no due date`, "write a day like 2026-12-01")]),
      ...(given(row["ticket"])
        ? []
        : [problem(`${which} has no ticket`, "open one where the team works, and put its key or link here")]),
    ];
  });
  const left = followUps.filter(
    ({ doneAt, priority, text: what }) =>
      doneAt === null &&
      !table.rows.some((row) => bare(row["action"] ?? "").includes(bare(priority === null ? what : what.slice(2)))),
  );
  for (const { id, text: what } of left)
    problems.push(
      problem(
        `follow-up ${id} of the incident is in no row: "${what.slice(0, 80)}"`,
        `add it, or say in the incident that it is done: \`task done ${id}\``,
      ),
    );
  if (rows.length === 0)
    problems.push(problem("it has no action", "write what will be changed; when nothing is, say why in the lessons"));
  if (times.detect.value > SLOW_DETECTION_MS && !rows.some(isDetection))
    problems.push(
      problem(
        `detection took ${formatDuration(times.detect.value)}, and no action is about that`,
        `add one of the type "detect": an alert or a test that would have said it within ${formatDuration(SLOW_DETECTION_MS)}`,
      ),
    );
  return problems;
}

function isDay(text: string): boolean {
  const at = parseInstant(`${text}T00:00:00Z`);
  return at !== null && formatUtcDay(at) === text;
}

function isDetection(row: Readonly<Record<string, string>>): boolean {
  return /\bdetect/i.test(row["type"] ?? "");
}

function given(cell: string | undefined): boolean {
  return cell !== undefined && cell !== "" && !/^(?:TODO\b.*|[–—-]|\?|none|tbd)$/is.test(cell);
}

/** For comparing: letters and digits, without escapes and spacing. */
function bare(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
}
