import { incidentNumber, OPEN_STATUSES } from "#domain/values/language.ts";
import { MusterClient } from "./client.ts";
import type { CommandTerminal } from "#app/terminal.ts";
import { UsageError, type CommandArgs } from "./cli-command.ts";

export async function incidentsCommand({ values }: CommandArgs, terminal: CommandTerminal): Promise<number> {
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
  const { incidents: found } = await new MusterClient(values["url"], terminal.env).getJson<{ incidents: ListedItem[] }>(
    `/api/incidents${query}`,
  );
  if (values["json"] === true) terminal.printJson(found);
  else if (found.length === 0)
    terminal.printLine(values["all"] === true ? "There has been no incident yet." : "No incident is open.");
  else
    terminal.printTable(
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
}

export async function timelineCommand(
  { values, positionals }: CommandArgs,
  terminal: CommandTerminal,
): Promise<number> {
  type Entry = { at: string; actor: string; summary: string };
  const { entries } = await new MusterClient(values["url"], terminal.env).getJson<{ entries: Entry[] }>(
    `/api/incidents/${incidentArgument(positionals)}/timeline${values["private"] === true ? "?private=true" : ""}`,
  );
  if (values["json"] === true) terminal.printJson(entries);
  else
    terminal.printTable(
      ["TIME (UTC)", "WHO", "WHAT"],
      entries.map(({ at, actor, summary }) => [shortTime(at), actor, summary]),
    );
  return 0;
}

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
