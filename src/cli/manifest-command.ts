import type { CommandTerminal } from "#app/terminal.ts";
import { renderManifest as made } from "#integrations/slack/app-manifest.ts";
import { UsageError, type CommandArgs } from "./cli-command.ts";

export function manifestCommand({ values }: CommandArgs, terminal: CommandTerminal): Promise<number> {
  const url = typeof values["url"] === "string" ? values["url"] : "https://muster.example.com";
  if (!URL.canParse(url) || !/^https:/.test(url))
    throw new UsageError(`--url: "${url}" is no address that Slack can reach; it starts with https://`);
  terminal.printText(made(values["socket"] === true ? null : url));
  return Promise.resolve(0);
}
