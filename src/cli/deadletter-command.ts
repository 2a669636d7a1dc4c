import { printJson, printLine, printTable } from "#app/terminal.ts";
import { parseDeadLetterId } from "#domain/reporting/dead-letter.ts";
import type { PresentedDeadLetter } from "#views/reporting/dead-letter-resource.ts";
import { reportFailure, UsageError, type CliCommand, type CommandArgs } from "./cli-command.ts";
import { callerName, getJson, postJson } from "./client.ts";

type Values = CommandArgs["values"];
type Listed = {
  readonly total: { readonly commands: number; readonly effects: number };
  readonly deadLetters: readonly PresentedDeadLetter[];
};
type Answer = { readonly text?: string; readonly error?: string };

export const deadletterCommand: CliCommand = {
  name: "deadletter",
  usage: "deadletter list | show ID | retry ID… | drop ID… --reason TEXT [--all] [--json] [--as NAME] [--url URL]",
  summary: "What failed for good and was put aside: list it, look at it, do it again, or give it up.",
  details:
    '\nExamples:\n  muster deadletter list\n  muster deadletter show C12\n  muster deadletter retry C12 E34\n  muster deadletter drop E34 --reason "the channel was deleted"\n\nC12 is a command that could not be applied, E34 an effect that could not be performed. Nothing of it has happened.\n--all: all that are listed. --as NAME: in whose name; without it, the name you are logged in with.\n',
  options: {
    reason: { type: "string" },
    all: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    as: { type: "string" },
    url: { type: "string" },
  },
  async run({ values, positionals }) {
    const [verb, ...ids] = positionals;
    switch (verb) {
      case "list":
        if (ids.length > 0) throw new UsageError(`list takes no names; "show ${ids[0]}" shows one`);
        return list(values);
      case "show":
        return show(ids, values);
      case "retry":
        return forEach(await namesOf(ids, values), values, "retry", {});
      case "drop":
        return forEach(await namesOf(ids, values), values, "drop", { reason: reasonOf(values) });
      case undefined:
        throw new UsageError("list, show, retry or drop?");
      default:
        throw new UsageError(`there is no "deadletter ${verb}"; there are list, show, retry and drop`);
    }
  },
};

function reasonOf({ reason }: Values): string {
  if (typeof reason === "string" && reason.trim() !== "") return reason;
  throw new UsageError('say why it is given up: --reason "…"');
}

async function list(values: Values): Promise<number> {
  const { total, deadLetters } = await getJson<Listed>("/api/deadletters", values["url"]);
  if (values["json"] === true) {
    printJson(deadLetters);
    return 0;
  }
  if (deadLetters.length === 0) {
    printLine("Nothing is put aside.");
    return 0;
  }
  printTable(
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
  if (more > 0) printLine(`… and ${more} older`);
  return 0;
}

async function show(ids: readonly string[], values: Values): Promise<number> {
  const [id, ...more] = ids.map(checked);
  if (id === undefined || more.length > 0) throw new UsageError("which one? for example C12");
  const letter = await getJson<PresentedDeadLetter & { readonly body: string }>(
    `/api/deadletters/${id}`,
    values["url"],
  );
  if (values["json"] === true) {
    printJson(letter);
    return 0;
  }
  const { kind, type, incident, from, at, attempts, reason, body } = letter;
  printLine(`${letter.id}: ${kind} ${type}${incident === null ? "" : ` of ${incident}`}`);
  printLine(`from       ${from}`);
  printLine(`put aside  ${at}, after ${attempts} ${attempts === 1 ? "attempt" : "attempts"}`);
  printLine(`why        ${reason}`);
  printLine(`\n${body}\n`);
  printLine(`To do it again: muster deadletter retry ${letter.id}`);
  printLine(`To give it up:  muster deadletter drop ${letter.id} --reason "…"`);
  return 0;
}

async function namesOf(ids: readonly string[], values: Values): Promise<readonly string[]> {
  if (values["all"] !== true) {
    if (ids.length === 0) throw new UsageError("which ones? for example C12 E34, or --all");
    return ids.map(checked);
  }
  if (ids.length > 0) throw new UsageError("name some, or say --all, not both");
  const { deadLetters } = await getJson<Listed>("/api/deadletters?limit=1000", values["url"]);
  // In the order in which they failed.
  return deadLetters.map(({ id }) => id).toReversed();
}

function checked(id: string): string {
  if (parseDeadLetterId(id) === null)
    throw new UsageError(`"${id}" is no dead letter; it looks like C12 (command) or E34 (effect)`);
  return id.toUpperCase();
}

/** One after another, each answered as soon as it is known; the exit code is 1 when one was refused or failed. */
async function forEach(ids: readonly string[], values: Values, verb: string, more: object): Promise<number> {
  if (ids.length === 0) printLine("Nothing is put aside.");
  const as = callerName(values["as"]);
  let code = 0;
  for (const [i, id] of ids.entries()) {
    const progress = ids.length === 1 ? "" : `[${i + 1}/${ids.length}] `;
    const { status, answer } = await postJson<Answer>(`/api/deadletters/${id}/${verb}`, { as, ...more }, values["url"]);
    if (status < 300) printLine(`${progress}${id} ${answer.text ?? "done"}`);
    else
      code = reportFailure(
        answer.error === undefined
          ? `${progress}${id} ${answer.text ?? `Muster answered ${status}`}\nSee what it is with "muster deadletter show ${id}".`
          : `${progress}${answer.error}`,
        1,
      );
  }
  return code;
}
