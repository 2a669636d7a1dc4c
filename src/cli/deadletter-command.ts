import type { CommandTerminal } from "#app/terminal.ts";
import { parseDeadLetterId } from "#domain/reporting/dead-letter.ts";
import type { PresentedDeadLetter } from "#views/reporting/dead-letter-resource.ts";
import { UsageError, type CommandArgs } from "./cli-command.ts";
import { callerName, MusterClient } from "./client.ts";

type Values = CommandArgs["values"];
type Listed = {
  readonly total: { readonly commands: number; readonly effects: number };
  readonly deadLetters: readonly PresentedDeadLetter[];
};
type Answer = { readonly text?: string; readonly error?: string };

export async function deadletterCommand(
  { values, positionals }: CommandArgs,
  terminal: CommandTerminal,
): Promise<number> {
  const [verb, ...ids] = positionals;
  switch (verb) {
    case "list":
      if (ids.length > 0) throw new UsageError(`list takes no names; "show ${ids[0]}" shows one`);
      return list(values, terminal);
    case "show":
      return show(ids, values, terminal);
    case "retry":
      return retryOrDrop("retry", {}, await namesOf(ids, values, terminal), values, terminal);
    case "drop":
      return retryOrDrop("drop", { reason: reasonOf(values) }, await namesOf(ids, values, terminal), values, terminal);
    case undefined:
      throw new UsageError("list, show, retry or drop?");
    default:
      throw new UsageError(`there is no "deadletter ${verb}"; there are list, show, retry and drop`);
  }
}

function reasonOf({ reason }: Values): string {
  if (typeof reason === "string" && reason.trim() !== "") return reason;
  throw new UsageError('say why it is given up: --reason "…"');
}

const privateQuery = (values: Values): string => (values["private"] === true ? "?private=true" : "");

async function list(values: Values, terminal: CommandTerminal): Promise<number> {
  const { total, deadLetters } = await new MusterClient(values["url"], terminal.env).getJson<Listed>(
    `/api/deadletters${privateQuery(values)}`,
  );
  if (values["json"] === true) {
    terminal.printJson(deadLetters);
    return 0;
  }
  if (deadLetters.length === 0) {
    terminal.printLine("Nothing is put aside.");
    return 0;
  }
  terminal.printTable(
    ["ID", "WHAT", "INCIDENT", "FROM", "PUT ASIDE (UTC)", "WHY"],
    deadLetters.map(({ id, type, incident, from, at, reason }) => [
      id,
      type,
      incident ?? "-",
      from,
      at.slice(0, 19).replace("T", " "),
      reason,
    ]),
  );
  const more = total.commands + total.effects - deadLetters.length;
  if (more > 0) terminal.printLine(`… and ${more} older`);
  return 0;
}

async function show(ids: readonly string[], values: Values, terminal: CommandTerminal): Promise<number> {
  const [id, ...more] = ids.map(checked);
  if (id === undefined || more.length > 0) throw new UsageError("which one? for example C12");
  const letter = await new MusterClient(values["url"], terminal.env).getJson<
    PresentedDeadLetter & { readonly body: string }
  >(`/api/deadletters/${id}${privateQuery(values)}`);
  if (values["json"] === true) {
    terminal.printJson(letter);
    return 0;
  }
  const { kind, type, incident, from, at, attempts, reason, body } = letter;
  terminal.printLine(`${letter.id}: ${kind} ${type}${incident === null ? "" : ` of ${incident}`}`);
  terminal.printLine(`from       ${from}`);
  terminal.printLine(`put aside  ${at}, after ${attempts} ${attempts === 1 ? "attempt" : "attempts"}`);
  terminal.printLine(`why        ${reason}`);
  terminal.printLine(`\n${body}\n`);
  terminal.printLine(`To do it again: muster deadletter retry ${letter.id}`);
  terminal.printLine(`To give it up:  muster deadletter drop ${letter.id} --reason "…"`);
  return 0;
}

async function namesOf(ids: readonly string[], values: Values, terminal: CommandTerminal): Promise<readonly string[]> {
  if (values["all"] !== true) {
    if (ids.length === 0) throw new UsageError("which ones? for example C12 E34, or --all");
    return ids.map(checked);
  }
  if (ids.length > 0) throw new UsageError("name some, or say --all, not both");
  const { deadLetters } = await new MusterClient(values["url"], terminal.env).getJson<Listed>(
    "/api/deadletters?limit=1000",
  );
  // In the order in which they failed.
  return deadLetters.map(({ id }) => id).toReversed();
}

function checked(id: string): string {
  if (parseDeadLetterId(id) === null)
    throw new UsageError(`"${id}" is no dead letter; it looks like C12 (command) or E34 (effect)`);
  return id.toUpperCase();
}

/** One after another, each answered as soon as it is known; the exit code is 1 when one was refused or failed. */
async function retryOrDrop(
  verb: string,
  more: object,
  ids: readonly string[],
  values: Values,
  terminal: CommandTerminal,
): Promise<number> {
  if (ids.length === 0) terminal.printLine("Nothing is put aside.");
  const as = callerName(values["as"]);
  const client = new MusterClient(values["url"], terminal.env);
  let code = 0;
  for (const [i, id] of ids.entries()) {
    const progress = ids.length === 1 ? "" : `[${i + 1}/${ids.length}] `;
    const { status, answer } = await client.sendAs<Answer>("POST", `/api/deadletters/${id}/${verb}`, more, as);
    if (status < 300) terminal.printLine(`${progress}${id} ${answer.text ?? "done"}`);
    else
      code = terminal.reportFailure(
        answer.error === undefined
          ? `${progress}${id} ${answer.text ?? `Muster answered ${status}`}\nSee what it is with "muster deadletter show ${id}".`
          : `${progress}${answer.error}`,
        1,
      );
  }
  return code;
}
