import { duration, utc, utcDay, utcTime } from "#domain/instant.ts";
import { incidentId, ROLE_TITLES, ROLES, type Instant } from "#domain/language.ts";
import { HUMAN_SECTIONS, type Computed, type Draft, type HumanSection, type HumanTexts } from "#domain/postmortem.ts";
import { md } from "./markdown.ts";

/** The postmortem as Markdown: what is computed, and what people wrote or still have to write. */
export function postmortem(draft: Draft, human: HumanTexts): string {
  const { incident } = draft;
  const id = incidentId(incident.number);
  const end = draft.resolved?.value ?? null;
  const owner = md(incident.roles.commander?.name ?? "incident commander");
  const write = (section: HumanSection): string => human[section] ?? `TODO(${owner}): ${HUMAN_SECTIONS[section]}`;
  return `${[
    `# ${id} ${md(incident.title)}, ${utcDay(draft.detected.value)} ${utcTime(draft.detected.value)}–${end === null ? "…" : utcTime(end)} UTC`,
    `Status: draft · Priority: ${incident.peak}${incident.peak === incident.priority ? "" : ` at its worst, ${incident.priority} at the end`} (${md(incident.plan.sev)}) · Blameless: this page asks what, never who.`,
    "## Summary",
    summary(draft),
    write("summary"),
    "## Impact",
    impact(draft),
    write("impact"),
    "## Metrics",
    metrics(draft),
    "### Time in each priority",
    table(
      ["Priority", "Time"],
      draft.timeIn.map(({ priority, ms }) => [priority, duration(ms)]),
    ),
    "## Roles",
    rolesTable(draft),
    "## Timeline",
    table(
      ["Time (UTC)", "What", "Who", "Evidence"],
      draft.timeline.map((entry) => [
        utc(entry.at).slice(0, 19),
        md(entry.summary),
        md(entry.actor),
        entry.permalink === null ? md(entry.source) : `[source](<${entry.permalink}>)`,
      ]),
    ),
    "## Root cause analysis",
    "### Primary cause",
    write("root_cause"),
    "### Why it was not caught earlier",
    write("not_caught"),
    "## What went well",
    write("went_well"),
    "## What could have been better",
    write("could_be_better"),
    "## Action items",
    human.action_items ?? `${table(["Priority", "Action", "Owner", "Due"], [[`TODO(${owner})`, "", "", ""]])}`,
    "## Lessons learned",
    write("lessons"),
    "## Process improvements",
    write("process"),
  ].join("\n\n")}\n`;
}

function summary({ incident, detected, acknowledged, resolved }: Draft): string {
  const what = `On ${utcDay(detected.value)} at ${utcTime(detected.value)} UTC ${md(incident.route.service ?? "an unknown service")} had "${md(incident.title)}" (${incident.peak})`;
  const length = resolved === null ? "; it is not resolved yet" : ` for ${duration(resolved.value - detected.value)}`;
  const heard = acknowledged === null ? "Nobody acknowledged it." : `It was acknowledged after ${duration(acknowledged.value - incident.openedAt)}.`;
  const how = resolved === null ? "" : incident.resolvedBy === "alerts" ? " It resolved when its alerts did." : " A person resolved it.";
  return `${what}${length}. ${heard}${how}`;
}

function impact({ impact: { from, to }, incident }: Draft): string {
  const until = to === null ? "now (alerts still fire)" : utc(to);
  const length = to === null ? "" : ` (${duration(to - from)})`;
  return `Alerts say that something was wrong from ${utc(from)} to ${until}${length}: ${incident.alerts.total} ${incident.alerts.total === 1 ? "alert" : "alerts"}${incident.alerts.flaps > 0 ? `, ${incident.alerts.flaps} flaps` : ""}.`;
}

function metrics({ incident, detected, acknowledged, mitigated, resolved }: Draft): string {
  const row = (name: string, at: Computed<Instant> | null, since: Instant, what: string): string[] => [
    name,
    at === null ? "–" : utc(at.value),
    at === null ? "–" : `${duration(Math.max(0, at.value - since))} ${what}`,
  ];
  return table(
    ["", "When", "How long"],
    [
      ["Started", utc(detected.value), "–"],
      ["Detected", utc(incident.openedAt), `${duration(Math.max(0, incident.openedAt - detected.value))} after the start`],
      row("Acknowledged", acknowledged, incident.openedAt, "after detection"),
      row("Mitigated", mitigated, detected.value, "after the start"),
      row("Resolved", resolved, detected.value, "after the start"),
    ],
  );
}

function rolesTable({ roles }: Draft): string {
  const rows = roles.map(({ role, name, since }) => [ROLE_TITLES[role], md(name), `since ${utc(since)}`]);
  const empty = ROLES.filter((role) => !roles.some((each) => each.role === role)).map((role) => [ROLE_TITLES[role], "nobody", ""]);
  return table(["Role", "Who", ""], [...rows, ...empty]);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
