import { parseInstant } from "#domain/values/instant.ts";
import { MusterClient } from "./client.ts";
import type { CommandTerminal } from "#app/terminal.ts";
import { UsageError, type CommandArgs } from "./cli-command.ts";

type Named = { readonly name: string };
type ShownState = {
  readonly team: string;
  readonly schedule: string | null;
  readonly primary: readonly Named[];
  readonly backup: readonly Named[];
  readonly escalation: readonly string[];
  readonly next: (Named & { readonly at: string }) | null;
  readonly shifts: readonly (Named & { readonly from: string; readonly to: string; readonly by: string })[];
  readonly gaps: readonly { readonly from: string; readonly to: string }[];
};

export async function oncallCommand({ values, positionals }: CommandArgs, terminal: CommandTerminal): Promise<number> {
  const [team, ...more] = positionals;
  if (more.length > 0) throw new UsageError(`one team at a time, not "${positionals.join(" ")}"`);
  const { at } = values;
  if (typeof at === "string" && parseInstant(at) === null)
    throw new UsageError(`"${at}" is no instant; write it like 2026-12-24T09:00:00Z`);
  const query = new URLSearchParams({
    ...(team === undefined ? {} : { team }),
    ...(typeof at === "string" ? { at } : {}),
  });
  const { teams } = await new MusterClient(values["url"], terminal.env).getJson<{ teams: readonly ShownState[] }>(
    `/api/oncall?${query.toString()}`,
  );
  if (values["json"] === true) terminal.printJson(teams);
  else if (teams.length === 0) terminal.printLine("There are no teams in muster.yaml.");
  else {
    const names = (people: readonly Named[]): string => people.map(({ name }) => name).join(", ") || "nobody";
    terminal.printTable(
      ["TEAM", "ON CALL", "BACKUP", "THEN", "NEXT (UTC)"],
      teams.map((each) => [
        each.team,
        names(each.primary),
        names(each.backup),
        each.escalation.join(", then ") || "-",
        each.next === null ? "-" : `${each.next.name} ${short(each.next.at)}`,
      ]),
    );
    if (team !== undefined) week(teams[0]!, terminal);
  }
  return 0;
}

function week({ schedule, shifts, gaps }: ShownState, terminal: CommandTerminal): void {
  if (schedule === null) return;
  terminal.printLine(`\nThe next week of ${schedule}`);
  terminal.printTable(
    ["FROM (UTC)", "TO (UTC)", "WHO", "BY"],
    shifts.map(({ from, to, name, by }) => [short(from), short(to), name, by]),
  );
  for (const { from, to } of gaps) terminal.printLine(`! nobody from ${short(from)} to ${short(to)}`);
}

function short(at: string): string {
  return at.slice(0, 16).replace("T", " ");
}
