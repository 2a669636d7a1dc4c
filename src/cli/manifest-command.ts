import { renderManifest as made } from "#integrations/slack/app-manifest.ts";
import { UsageError, type CliCommand } from "./cli-command.ts";

export const manifestCommand: CliCommand = {
  name: "manifest",
  usage: "manifest [--url URL | --socket]",
  summary: "Print the manifest of the Slack app: scopes, commands, events.",
  bare: true,
  options: { url: { type: "string" }, socket: { type: "boolean", default: false } },
  run({ values }) {
    const url = typeof values["url"] === "string" ? values["url"] : "https://muster.example.com";
    if (!URL.canParse(url) || !/^https:/.test(url))
      throw new UsageError(`--url: "${url}" is no address that Slack can reach; it starts with https://`);
    process.stdout.write(made(values["socket"] === true ? null : url));
    return Promise.resolve(0);
  },
};
