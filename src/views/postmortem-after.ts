import { duration, utc, utcDay, utcTime } from "#domain/instant.ts";
import { incidentId } from "#domain/language.ts";
import type { Draft } from "#domain/postmortem.ts";
import { md } from "./markdown.ts";
import { cite, ownerOf, table } from "./postmortem-parts.ts";

const IT = { helped: "helped", "no effect": "had no effect", worse: "made it worse" } as const;
const DID = { done: "", failed: "failed, and ", unknown: "may or may not have happened, and ", "at work": "is at work, and " } as const;

/** The steps of runbooks that changed something, each with what was measured before and after it, and who let it. */
export function tried({ tried: steps }: Draft): string {
  if (steps.length === 0) return "No step of a runbook was recorded.";
  return table(
    ["Time (UTC)", "Runbook", "Step", "Approved by", "Before", "After", "Wanted", "It", "The run"],
    steps.map(({ startedAt, run, runbook, step, approvedBy, before, after, wanted, did, outcome, ended }) => [
      utc(startedAt).slice(0, 19),
      md(runbook),
      md(step),
      approvedBy.length === 0 ? "nobody was asked" : approvedBy.map(md).join(", "),
      md(before ?? "–"),
      md(after ?? "–"),
      md(wanted ?? "–"),
      `${DID[did]}${outcome !== "unknown" ? IT[outcome] : before === null ? "nothing was measured" : "what it did is not known"}`,
      `${run} ${md(ended)}`,
    ]),
  );
}

export function gaps({ gaps: found, incident }: Draft): string {
  const waiver = (from: number): string => {
    const waived = incident.postmortem.waived.find((each) => each.from === from);
    return waived === undefined ? "" : `; waived by ${md(waived.by)}: ${md(waived.reason)}`;
  };
  if (found.length === 0) return "There is none of more than 15 minutes.";
  return found.map(({ from, to }) => `- ${utc(from)} to ${utcTime(to)}: ${duration(to - from)} of which nothing is written down${waiver(from)}`).join("\n");
}

export function list(hints: readonly string[]): string {
  return hints.map((hint) => `- ${md(hint)}`).join("\n");
}

/** What was noted for afterwards while it went on; the table below it is what becomes of it. */
export function followUps(draft: Draft): string {
  if (draft.followUps.length === 0) return "No follow-up was noted during the incident.";
  return table(
    ["Follow-up", "Priority", "Action", "Owner", "Due", "Ticket", "Done", "Evidence"],
    draft.followUps.map(({ id, priority, text, owner, due, ticket, doneAt, from }) => [
      String(id),
      priority ?? "–",
      md(withoutPriority({ priority, text })),
      owner === null ? "nobody" : md(owner.name),
      due ?? "none",
      ticket === undefined ? "none" : linked(ticket),
      doneAt === null ? "no" : utcDay(doneAt),
      cite(draft, from),
    ]),
  );
}

/** "P0 add an alert" says its priority in a cell of its own. */
function withoutPriority({ priority, text }: Pick<Draft["followUps"][number], "priority" | "text">): string {
  return priority === null ? text : text.slice(priority.length).replace(/^[\s:,–-]+/, "") || text;
}

/** The table that people fill in: it begins with what was carried over, and asks for the rest. */
export function actionItems(draft: Draft): string {
  const todo = `TODO(${ownerOf(draft)})`;
  const open = draft.followUps.filter(({ doneAt }) => doneAt === null);
  const rows = open.map(({ priority, text, owner, due, ticket }) => [
    priority ?? todo,
    md(withoutPriority({ priority, text })),
    todo,
    owner === null ? todo : md(owner.name),
    due ?? todo,
    ticket === undefined ? todo : md(ticket.key),
  ]);
  return table(
    ["Priority", "Action", "Type", "Owner", "Due", "Ticket"],
    rows.length === 0 ? [[todo, "", "prevent, mitigate, detect or process", "", "", ""]] : rows,
  );
}

export function openTasks({ openTasks: tasks }: Draft): string {
  return tasks.map(({ id, text, owner }) => `- Task ${id} was never finished: ${md(text)}${owner === null ? "" : `, ${md(owner.name)}`}`).join("\n");
}

/** Incidents with the same signature, and whether what was to be done after them was done. */
export function earlier({ earlier: before, incident }: Draft): string {
  if (before.length === 0) return "No earlier incident has the same signature.";
  return table(
    ["Incident", "When (UTC)", "Priority", "How long", "What was to be done"],
    before.map(({ number, title, openedAt, resolvedAt, peak, tasks }) => {
      const actions = tasks.filter(({ kind }) => kind === "followup");
      const told = actions.map(
        ({ text, owner, due, doneAt }) =>
          `${md(text)} (${owner === null ? "nobody's" : md(owner.name)}): ${doneAt !== null ? `done ${utcDay(doneAt)}` : due !== null && due < utcDay(incident.openedAt) ? `**was due ${due} and is not done**` : `open${due === null ? ", without a day" : `, due ${due}`}`}`,
      );
      return [
        `${incidentId(number)} ${md(title)}`,
        utc(openedAt).slice(0, 16),
        peak,
        resolvedAt === null ? "open" : duration(resolvedAt - openedAt),
        told.length === 0 ? "nothing was noted" : told.join("; "),
      ];
    }),
  );
}

/** What is still to be done after other incidents of the service: a cause may have been known already. */
export function backlog({ backlog: others, incident }: Draft): string {
  if (others.length === 0) return "";
  const rows = others.flatMap(({ number, title, tasks }) =>
    tasks.map(({ text, owner, due, ticket }) => [
      `${incidentId(number)} ${md(title)}`,
      md(text),
      owner === null ? "nobody" : md(owner.name),
      due ?? "none",
      ticket === undefined ? "none" : linked(ticket),
    ]),
  );
  return `Still to be done after other incidents of ${md(incident.route.service ?? "")}:\n\n${table(["Incident", "Action", "Owner", "Due", "Ticket"], rows)}`;
}

function linked({ key, url }: { readonly key: string; readonly url: string }): string {
  return `[${md(key)}](${url.replace(/[\s()]/g, encodeURIComponent)})`;
}

/** Everything that was told to those who waited. */
export function communications(draft: Draft): string {
  if (draft.told.length === 0) return "No update was posted.";
  return table(
    ["Time (UTC)", "For", "By", "What was said", "Evidence"],
    draft.told.map(({ at, audience, by, text, from }) => [
      utc(at).slice(0, 19),
      audience === "customer" ? "customers" : "the organisation",
      md(by),
      md(text),
      cite(draft, from),
    ]),
  );
}

export function supporting({ incident }: Draft): string {
  const { runbook, dashboards, source } = incident.links;
  const places = [
    ...(incident.channel === null || incident.channel.url === "" ? [] : [`Channel: [${md(`#${incident.channel.name}`)}](<${incident.channel.url}>)`]),
    ...dashboards.map(({ title, url }) => `Dashboard: [${md(title)}](<${url}>)`),
    ...(runbook === null ? [] : [`Runbook: <${runbook}>`]),
    ...(source === null ? [] : [`Alert source: <${source}>`]),
    ...incident.tickets.map(({ key, url }) => `Ticket: [${md(key)}](<${url}>)`),
  ];
  return places.length === 0 ? "Nothing is linked." : places.map((place) => `- ${place}`).join("\n");
}
