import { incidentNumber } from "#domain/values/language.ts";
import { findVerb } from "#verbs/verb-registry.ts";
import { printLine } from "#app/terminal.ts";
import { reportFailure, UsageError, type CommandArgs, type CliCommand } from "./cli-command.ts";
import { callerName, postVerb } from "./client.ts";

const OPTIONS = { as: { type: "string" }, url: { type: "string" } } as const;

export const incidentCommand: CliCommand = {
  name: "incident",
  usage: "incident [INC-n] VERB … [--as NAME] [--url URL]",
  summary:
    "Say what you would say in the chat: declare, ack, severity, note, resolve …; `muster incident help` lists the verbs.",
  details:
    '\nExamples:\n  muster incident declare P1 checkout is down\n  muster incident INC-3 note "failed over to the replica at 14:05"\n  muster incident INC-3 resolve -- rolled back\n\n--as NAME: in whose name; without it, the name you are logged in with.\n',
  options: OPTIONS,
  run({ values, positionals }) {
    if (positionals.length === 0) throw new UsageError("which verb? `muster incident help` lists them");
    return sendVerb(positionals, values);
  },
};

export const drillCommand: CliCommand = {
  name: "drill",
  usage: "drill [P0–P4] SCENARIO [--as NAME] [--url URL]",
  summary: "Practise: opens an incident like any other, which pages real people and counts in no figure.",
  details:
    '\nExample:\n  muster drill "the primary database is gone"\n\nThe same as `muster incident drill SCENARIO`. Tell whoever is on call before.\n',
  options: OPTIONS,
  run({ values, positionals }) {
    if (positionals.length === 0) throw new UsageError("say what to practise");
    return sendVerb(["drill", ...positionals], values);
  },
};

async function sendVerb(words: readonly string[], { as, url }: CommandArgs["values"]): Promise<number> {
  const { ok, text, usage } = await postVerb(words.join(" "), callerName(as), url);
  const about = words.find((word) => incidentNumber(word) !== null)?.toUpperCase() ?? "INC-n";
  const printed = forTerminal(text, about);
  if (usage !== null) return reportFailure(`${printed}\nusage: muster incident ${usage.replace("INC-n", about)}`, 2);
  if (!ok) return reportFailure(printed, 1);
  printLine(printed);
  return 0;
}

/** The answers name verbs as the chat has them; here a verb is a command to type. */
function forTerminal(text: string, incident: string): string {
  return text.replace(/`(?:\/inc(?:ident)? )?([a-z]+)( [^`]*)?`/g, (all, name: string, rest: string | undefined) => {
    const verb = findVerb(name);
    return verb === null
      ? all
      : `\`muster incident ${verb.about === "incident" ? `${incident} ` : ""}${name}${rest ?? ""}\``;
  });
}
