import { incidentNumber, OPEN_STATUSES } from "#domain/language.ts";
import { getJson } from "./client.ts";
import { print, printJson, table, Usage, type Command } from "./command.ts";

const URL_OPTION = { url: { type: "string" } } as const;

export const incidents: Command = {
  name: "incidents",
  usage: "incidents [--all] [--json] [--url URL]",
  summary: "List open incidents, newest first; --all: the ended ones too.",
  bare: true,
  options: { all: { type: "boolean", default: false }, json: { type: "boolean", default: false }, ...URL_OPTION },
  async run({ values }) {
    type Listed = {
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
    const { incidents: found } = await getJson<{ incidents: Listed[] }>(`/api/incidents${query}`, values["url"]);
    if (values["json"] === true) printJson(found);
    else if (found.length === 0) print(values["all"] === true ? "There has been no incident yet." : "No incident is open.");
    else
      table(
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

export const timeline: Command = {
  name: "timeline",
  usage: "timeline INC-n [--json] [--url URL]",
  summary: "What happened in an incident, oldest first.",
  options: { json: { type: "boolean", default: false }, ...URL_OPTION },
  async run({ values, positionals }) {
    type Entry = { at: string; actor: string; summary: string };
    const { entries } = await getJson<{ entries: Entry[] }>(`/api/incidents/${incidentOf(positionals)}/timeline`, values["url"]);
    if (values["json"] === true) printJson(entries);
    else
      table(
        ["TIME (UTC)", "WHO", "WHAT"],
        entries.map(({ at, actor, summary }) => [shortTime(at), actor, summary]),
      );
    return 0;
  },
};

/** The incident that a command is about, named as its only word. */
export function incidentOf(positionals: readonly string[]): string {
  const number = incidentNumber(positionals[0] ?? "");
  if (number === null || positionals.length > 1)
    throw new Usage(positionals.length === 0 ? "which incident? for example INC-1" : `"${positionals.join(" ")}" is no incident; it looks like INC-1`);
  return `INC-${number}`;
}

function shortTime(at: string): string {
  return at.slice(0, 19).replace("T", " ");
}
