import type { CommandTerminal } from "#app/terminal.ts";
import { UsageError, type CommandArgs } from "./cli-command.ts";
import { callerName, MusterClient } from "./client.ts";

type Listed = {
  readonly number: number;
  readonly person: string;
  readonly name: string;
  readonly way: string;
  readonly openedAt: string;
  readonly lastUsedAt: string;
  readonly expiresAt: string;
};
type Answer = { readonly text?: string; readonly error?: string };

/** Who is signed in to the dashboard, and the end of sessions. */
export async function sessionCommand(args: CommandArgs, terminal: CommandTerminal): Promise<number> {
  const [verb, ...numbers] = args.positionals;
  switch (verb) {
    case "list":
      if (numbers.length > 0) throw new UsageError("list takes no numbers");
      return listSessions(args, terminal);
    case "revoke":
      return revokeSessions(numbers, args, terminal);
    case undefined:
      throw new UsageError("list or revoke?");
    default:
      throw new UsageError(`there is no "session ${verb}"; there are list and revoke`);
  }
}

async function fetchSessions({ values }: CommandArgs, terminal: CommandTerminal): Promise<readonly Listed[]> {
  const client = new MusterClient(values["url"], terminal.env);
  return (await client.getJson<{ readonly sessions: readonly Listed[] }>("/api/sessions")).sessions;
}

async function listSessions(args: CommandArgs, terminal: CommandTerminal): Promise<number> {
  const sessions = await fetchSessions(args, terminal);
  if (args.values["json"] === true) {
    terminal.printJson(sessions);
    return 0;
  }
  if (sessions.length === 0) {
    terminal.printLine("No one is signed in.");
    return 0;
  }
  const utc = (at: string): string => at.slice(0, 16).replace("T", " ");
  terminal.printTable(
    ["SESSION", "PERSON", "ID", "WAY", "SINCE (UTC)", "LAST USED (UTC)", "EXPIRES (UTC)"],
    sessions.map(({ number, name, person, way, openedAt, lastUsedAt, expiresAt }) => [
      String(number),
      name,
      person,
      way,
      ...[openedAt, lastUsedAt, expiresAt].map(utc),
    ]),
  );
  return 0;
}

/** One after another; the exit code is 1 when one was not open. */
async function revokeSessions(given: readonly string[], args: CommandArgs, terminal: CommandTerminal): Promise<number> {
  const { values } = args;
  const person = values["person"];
  if ((typeof person === "string") === given.length > 0)
    throw new UsageError("name the numbers of sessions, or --person ID for all of one person");
  const wrong = given.find((each) => !/^[1-9]\d{0,14}$/.test(each));
  if (wrong !== undefined) throw new UsageError(`"${wrong}" is no number of a session; "session list" shows them`);
  const numbers =
    given.length > 0
      ? given
      : (await fetchSessions(args, terminal))
          .filter((each) => each.person === person)
          .map(({ number }) => String(number));
  if (numbers.length === 0) return terminal.reportFailure(`${String(person)} is not signed in`, 1);
  const client = new MusterClient(values["url"], terminal.env);
  const as = callerName(values["as"]);
  let code = 0;
  for (const number of numbers) {
    const { status, answer } = await client.sendAs<Answer>("POST", `/api/sessions/${number}/revoke`, {}, as);
    if (status < 300) terminal.printLine(`session ${number} ${answer.text ?? "ended"}`);
    else code = terminal.reportFailure(answer.error ?? `Muster answered ${status}`, 1);
  }
  return code;
}
