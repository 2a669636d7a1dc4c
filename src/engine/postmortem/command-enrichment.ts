import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { incidentId } from "#domain/values/language.ts";
import type { PostmortemProblem } from "#domain/postmortem/review-checklist.ts";
import { formatEditBase } from "#domain/postmortem/section-versions.ts";
import { deriveEditBase, type Postmortem } from "./postmortem-reader.ts";

/** Problems that are named one by one. */
const NAMED = 12;

/**
 * Adds to a request about a postmortem what the incident's state does not have: what the linter finds in the texts, and
 * which gap is meant. A text: the reason why it is not done.
 */
export async function enrichCommand(
  read: { postmortem(number: number): Promise<Postmortem | null> },
  incident: Incident,
  command: IncidentCommand,
): Promise<IncidentCommand | string> {
  if (command.type !== "postmortem.reviewed" && command.type !== "postmortem.waive") return command;
  const found = await read.postmortem(incident.number);
  if (found === null) return `There is no ${incidentId(incident.number)}.`;
  if (command.type === "postmortem.waive") {
    const gap = found.draft.gaps[command.gap - 1];
    return { ...command, between: gap === undefined ? null : { from: gap.from, to: gap.to } };
  }
  if (incident.postmortem.state !== "in review" || found.problems.length === 0)
    return { ...command, version: formatEditBase(deriveEditBase(found)), problems: found.problems.length };
  return missing(found.problems);
}

function missing(problems: readonly PostmortemProblem[]): string {
  const lines = problems
    .slice(0, NAMED)
    .map(({ section, what, fix }) => `☐ ${section.replaceAll("_", " ")}: ${what} → ${fix}`);
  const left = problems.length - lines.length;
  return [
    `It cannot be called reviewed yet, ${problems.length} of the checklist ${problems.length === 1 ? "is" : "are"} missing:`,
    ...lines,
    ...(left > 0 ? [`… and ${left} more`] : []),
  ].join("\n");
}
