import { incidentNumber, OPEN_STATUSES } from "#domain/values/language.ts";
import { getJson } from "./client.ts";
import { printLine, printJson, printTable } from "#app/terminal.ts";
import { UsageError, type CliCommand } from "./cli-command.ts";

const URL_OPTION = { url: { type: "string" } } as const;

export const incidentsCommand: CliCommand = {
  name: "incidents",
  usage: "incidents [--all] [--json] [--url URL]",
  summary: "List open incidents, newest first; --all: the ended ones too.",
  bare: true,
  options: { all: { type: "boolean", default: false }, json: { type: "boolean", default: false }, ...URL_OPTION },
  async run({ values }) {
    type ListedItem = {
      id: string;
      priority: string;
      status: string;
      title: string;
      service: string | null;
      detectedAt: string;
      alerts: { firing: number; total: number };
      roles: { commander: { name: string } | null };
    };
    const query = values["all"] === true ? "?limit=200" : `?limit=200&status=${OPEN_STATUSES.join(",")}`;
    const { incidents: found } = await getJson<{ incidents: ListedItem[] }>(`/api/incidents${query}`, values["url"]);
    if (values["json"] === true) printJson(found);
    else if (found.length === 0)
      printLine(values["all"] === true ? "There has been no incident yet." : "No incident is open.");
    else
      printTable(
        ["ID", "PRIORITY", "STATUS", "SINCE (UTC)", "FIRING", "COMMANDER", "TITLE"],
        found.map((each) => [
          each.id,
          each.priority,
          each.status,
          shortTime(each.detectedAt),
          `${each.alerts.firing}/${each.alerts.total}`,
          each.roles.commander?.name ?? "-",
          each.title,
        ]),
      );
    return 0;
  },
};

export const timelineCommand: CliCommand = {
  name: "timeline",
  usage: "timeline INC-n [--json] [--url URL]",
  summary: "What happened in an incident, oldest first.",
  options: { json: { type: "boolean", default: false }, ...URL_OPTION },
  async run({ values, positionals }) {
    type Entry = { at: string; actor: string; summary: string };
    const { entries } = await getJson<{ entries: Entry[] }>(
      `/api/incidents/${incidentArgument(positionals)}/timeline`,
      values["url"],
    );
    if (values["json"] === true) printJson(entries);
    else
      printTable(
        ["TIME (UTC)", "WHO", "WHAT"],
        entries.map(({ at, actor, summary }) => [shortTime(at), actor, summary]),
      );
    return 0;
  },
};

/** The incident that a command is about, named as its only word. */
export function incidentArgument(positionals: readonly string[]): string {
  const number = incidentNumber(positionals[0] ?? "");
  if (number === null || positionals.length > 1)
    throw new UsageError(
      positionals.length === 0
        ? "which incident? for example INC-1"
        : `"${positionals.join(" ")}" is no incident; it looks like INC-1`,
    );
  return `INC-${number}`;
}

function shortTime(at: string): string {
  return at.slice(0, 19).replace("T", " ");
}
