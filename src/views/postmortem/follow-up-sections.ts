import { formatDuration } from "#domain/values/duration.ts";
import { formatUtc, formatUtcDay, formatUtcTime } from "#domain/values/instant.ts";
import { incidentId } from "#domain/values/language.ts";
import type { PostmortemDraft } from "#domain/postmortem/postmortem.ts";
import { escapeMarkdown } from "#views/values/markdown-text.ts";
import { citeEvents, responsibleName, renderTable } from "./incident-sections.ts";

const IT = { helped: "helped", "no effect": "had no effect", worse: "made it worse" } as const;
const STEP_OUTCOMES = {
  done: "",
  failed: "failed, and ",
  unknown: "may or may not have happened, and ",
  "at work": "is at work, and ",
} as const;

/** The steps of runbooks that changed something, each with what was measured before and after it, and who let it. */
export function remediationSection({ tried: steps }: PostmortemDraft): string {
  if (steps.length === 0) return "No step of a runbook was recorded.";
  return renderTable(
    ["Time (UTC)", "Runbook", "Step", "Approved by", "Before", "After", "Wanted", "It", "The run"],
    steps.map(({ startedAt, run, runbook, step, approvedBy, before, after, wanted, did, outcome, ended }) => [
      formatUtc(startedAt).slice(0, 19),
      escapeMarkdown(runbook),
      escapeMarkdown(step),
      approvedBy.length === 0 ? "no one was asked" : approvedBy.map(escapeMarkdown).join(", "),
      escapeMarkdown(before ?? "–"),
      escapeMarkdown(after ?? "–"),
      escapeMarkdown(wanted ?? "–"),
      `${STEP_OUTCOMES[did]}${outcome !== "unknown" ? IT[outcome] : before === null ? "nothing was measured" : "what it did is not known"}`,
      `${run} ${escapeMarkdown(ended)}`,
    ]),
  );
}

export function gapsSection({ gaps: found, incident }: PostmortemDraft): string {
  const waiver = (from: number): string => {
    const waived = incident.postmortem.waived.find((each) => each.from === from);
    return waived === undefined ? "" : `; waived by ${escapeMarkdown(waived.by)}: ${escapeMarkdown(waived.reason)}`;
  };
  if (found.length === 0) return "There is none of more than 15 minutes.";
  return found
    .map(
      ({ from, to }) =>
        `- ${formatUtc(from)} to ${formatUtcTime(to)}: ${formatDuration(to - from)} of which nothing is written down${waiver(from)}`,
    )
    .join("\n");
}

export function bulletList(hints: readonly string[]): string {
  return hints.map((hint) => `- ${escapeMarkdown(hint)}`).join("\n");
}

/** What was noted for afterwards while it went on; the table below it is what becomes of it. */
export function followUpsSection(draft: PostmortemDraft): string {
  if (draft.followUps.length === 0) return "No follow-up was noted during the incident.";
  return renderTable(
    ["Follow-up", "Priority", "Action", "Owner", "Due", "Ticket", "Done", "Evidence"],
    draft.followUps.map(({ id, priority, text, owner, due, ticket, doneAt, dropped, from }) => [
      String(id),
      priority ?? "–",
      escapeMarkdown(withoutPriority({ priority, text })),
      owner === null ? "no one" : escapeMarkdown(owner.name),
      due ?? "none",
      ticket === undefined ? "none" : linked(ticket),
      doneAt === null ? "no" : dropped === undefined ? formatUtcDay(doneAt) : escapeMarkdown(`dropped: ${dropped}`),
      citeEvents(draft, from),
    ]),
  );
}

/** "P0 add an alert" has its priority in a cell of its own. */
function withoutPriority({ priority, text }: Pick<PostmortemDraft["followUps"][number], "priority" | "text">): string {
  return priority === null ? text : text.slice(priority.length).replace(/^[\s:,–-]+/, "") || text;
}

/** The table that people fill in: it begins with what was carried over, and asks for the rest. */
export function actionItemsTable(draft: PostmortemDraft): string {
  const todo = `TODO(${responsibleName(draft)})`;
  const open = draft.followUps.filter(({ doneAt }) => doneAt === null);
  const rows = open.map(({ priority, text, owner, due, ticket }) => [
    priority ?? todo,
    escapeMarkdown(withoutPriority({ priority, text })),
    todo,
    owner === null ? todo : escapeMarkdown(owner.name),
    due ?? todo,
    ticket === undefined ? todo : escapeMarkdown(ticket.key),
  ]);
  return renderTable(
    ["Priority", "Action", "Type", "Owner", "Due", "Ticket"],
    rows.length === 0 ? [[todo, "", "prevent, mitigate, detect or process", "", "", ""]] : rows,
  );
}

export function openTasksList({ openTasks: tasks }: PostmortemDraft): string {
  return tasks
    .map(
      ({ id, text, owner }) =>
        `- Task ${id} was never finished: ${escapeMarkdown(text)}${owner === null ? "" : `, ${escapeMarkdown(owner.name)}`}`,
    )
    .join("\n");
}

/** Incidents with the same signature, and whether what was to be done after them was done. */
export function earlierIncidentsSection({ earlier: before, incident }: PostmortemDraft): string {
  if (before.length === 0) return "No earlier incident has the same signature.";
  return renderTable(
    ["Incident", "When (UTC)", "Priority", "How long", "What was to be done"],
    before.map(({ number, title, openedAt, resolvedAt, peak, tasks }) => {
      const actions = tasks.filter(({ kind }) => kind === "followup");
      const actionLines = actions.map(
        ({ text, owner, due, doneAt, dropped }) =>
          `${escapeMarkdown(text)} (${owner === null ? "no one's" : escapeMarkdown(owner.name)}): ${doneAt !== null ? `${dropped === undefined ? "done" : "dropped"} ${formatUtcDay(doneAt)}` : due !== null && due < formatUtcDay(incident.openedAt) ? `**was due ${due} and is not done**` : `open${due === null ? ", without a day" : `, due ${due}`}`}`,
      );
      return [
        `${incidentId(number)} ${escapeMarkdown(title)}`,
        formatUtc(openedAt).slice(0, 16),
        peak,
        resolvedAt === null ? "open" : formatDuration(resolvedAt - openedAt),
        actionLines.length === 0 ? "nothing was noted" : actionLines.join("; "),
      ];
    }),
  );
}

/** What is still to be done after other incidents of the service: a cause may have been known already. */
export function backlogSection({ backlog: others, incident }: PostmortemDraft): string {
  if (others.length === 0) return "";
  const rows = others.flatMap(({ number, title, tasks }) =>
    tasks.map(({ text, owner, due, ticket }) => [
      `${incidentId(number)} ${escapeMarkdown(title)}`,
      escapeMarkdown(text),
      owner === null ? "no one" : escapeMarkdown(owner.name),
      due ?? "none",
      ticket === undefined ? "none" : linked(ticket),
    ]),
  );
  return `Still to be done after other incidents of ${escapeMarkdown(incident.route.service ?? "")}:\n\n${renderTable(["Incident", "Action", "Owner", "Due", "Ticket"], rows)}`;
}

function linked({ key, url }: { readonly key: string; readonly url: string }): string {
  return `[${escapeMarkdown(key)}](${url.replace(/[\s()]/g, encodeURIComponent)})`;
}

/** Every update for those who waited. */
export function communicationsSection(draft: PostmortemDraft): string {
  if (draft.sentUpdates.length === 0) return "No update was posted.";
  return renderTable(
    ["Time (UTC)", "For", "By", "What was said", "Evidence"],
    draft.sentUpdates.map(({ at, audience, by, text, from }) => [
      formatUtc(at).slice(0, 19),
      audience === "customer" ? "customers" : "the organisation",
      escapeMarkdown(by),
      escapeMarkdown(text),
      citeEvents(draft, from),
    ]),
  );
}

export function supportingLinks({ incident }: PostmortemDraft): string {
  const { runbook, dashboards, source } = incident.links;
  const places = [
    ...(incident.channel === null || incident.channel.url === ""
      ? []
      : [`Channel: [${escapeMarkdown(`#${incident.channel.name}`)}](<${incident.channel.url}>)`]),
    ...dashboards.map(({ title, url }) => `Dashboard: [${escapeMarkdown(title)}](<${url}>)`),
    ...(runbook === null ? [] : [`Runbook: <${runbook}>`]),
    ...(source === null ? [] : [`Alert source: <${source}>`]),
    ...incident.tickets.map(({ key, url }) => `Ticket: [${escapeMarkdown(key)}](<${url}>)`),
  ];
  return places.length === 0 ? "Nothing is linked." : places.map((place) => `- ${place}`).join("\n");
}
