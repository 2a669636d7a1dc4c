import { incidentNumber } from "#domain/values/language.ts";
import { findVerb } from "#verbs/verb-registry.ts";
import type { CommandTerminal } from "#app/terminal.ts";
import { UsageError, type CommandArgs } from "./cli-command.ts";
import { callerName, MusterClient } from "./client.ts";

export function incidentCommand({ values, positionals }: CommandArgs, terminal: CommandTerminal): Promise<number> {
  if (positionals.length === 0) throw new UsageError("which verb? `muster incident help` lists them");
  return sendVerb(positionals, values, terminal);
}

export function drillCommand({ values, positionals }: CommandArgs, terminal: CommandTerminal): Promise<number> {
  if (positionals.length === 0) throw new UsageError("say what to practise");
  return sendVerb(["drill", ...positionals], values, terminal);
}

async function sendVerb(
  words: readonly string[],
  { as, url }: CommandArgs["values"],
  terminal: CommandTerminal,
): Promise<number> {
  const { ok, text, usage } = await new MusterClient(url, terminal.env).postVerb(words.join(" "), callerName(as));
  const about = words.find((word) => incidentNumber(word) !== null)?.toUpperCase() ?? "INC-n";
  const printed = forTerminal(text, about);
  if (usage !== null)
    return terminal.reportFailure(`${printed}\nusage: muster incident ${usage.replace("INC-n", about)}`, 2);
  if (!ok) return terminal.reportFailure(printed, 1);
  terminal.printLine(printed);
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
