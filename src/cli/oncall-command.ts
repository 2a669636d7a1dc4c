import { parseInstant } from "#domain/values/instant.ts";
import { getJson } from "./client.ts";
import { printLine, printJson, printTable } from "#app/terminal.ts";
import { UsageError, type CliCommand } from "./cli-command.ts";

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

export const oncallCommand: CliCommand = {
  name: "oncall",
  usage: "oncall [TEAM] [--at T] [--json] [--url URL]",
  summary:
    "Who is on call now, or at an instant such as 2026-12-24T09:00:00Z; with a team: its next week and the holes in its schedule.",
  options: { at: { type: "string" }, json: { type: "boolean", default: false }, url: { type: "string" } },
  async run({ values, positionals }) {
    const [team, ...more] = positionals;
    if (more.length > 0) throw new UsageError(`one team at a time, not "${positionals.join(" ")}"`);
    const { at } = values;
    if (typeof at === "string" && parseInstant(at) === null)
      throw new UsageError(`"${at}" is no instant; write it like 2026-12-24T09:00:00Z`);
    const query = new URLSearchParams({
      ...(team === undefined ? {} : { team }),
      ...(typeof at === "string" ? { at } : {}),
    });
    const { teams } = await getJson<{ teams: readonly ShownState[] }>(`/api/oncall?${query.toString()}`, values["url"]);
    if (values["json"] === true) printJson(teams);
    else if (teams.length === 0) printLine("There are no teams in muster.yaml.");
    else {
      const names = (people: readonly Named[]): string => people.map(({ name }) => name).join(", ") || "nobody";
      printTable(
        ["TEAM", "ON CALL", "BACKUP", "THEN", "NEXT (UTC)"],
        teams.map((each) => [
          each.team,
          names(each.primary),
          names(each.backup),
          each.escalation.join(", then ") || "-",
          each.next === null ? "-" : `${each.next.name} ${short(each.next.at)}`,
        ]),
      );
      if (team !== undefined) week(teams[0]!);
    }
    return 0;
  },
};

function week({ schedule, shifts, gaps }: ShownState): void {
  if (schedule === null) return;
  printLine(`\nThe next week of ${schedule}`);
  printTable(
    ["FROM (UTC)", "TO (UTC)", "WHO", "BY"],
    shifts.map(({ from, to, name, by }) => [short(from), short(to), name, by]),
  );
  for (const { from, to } of gaps) printLine(`! nobody from ${short(from)} to ${short(to)}`);
}

function short(at: string): string {
  return at.slice(0, 16).replace("T", " ");
}
