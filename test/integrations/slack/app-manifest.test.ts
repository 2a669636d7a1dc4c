import { readdirSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { describe, expect, test } from "vitest";
import { SLACK_EVENTS } from "#integrations/slack/subscriptions.ts";
import { renderManifest, missingScopes, SLACK_SCOPES } from "#integrations/slack/app-manifest.ts";

test("the published manifest matches the code's listeners", async () => {
  await expect(
    renderManifest("https://muster.example.com"),
    "deploy/slack-manifest.yaml is out of date: run `npm run manifest`",
  ).toMatchFileSnapshot("../../../deploy/slack-manifest.yaml");
});

describe("the manifest", () => {
  type Shape = {
    features: {
      slash_commands: { command: string; url?: string; should_escape: boolean; usage_hint: string }[];
      shortcuts: { callback_id: string }[];
    };
    oauth_config: { scopes: { bot: string[] } };
    settings: { event_subscriptions: { request_url?: string; bot_events: string[] }; socket_mode_enabled: boolean };
  };
  const shape = (url: string | null): Shape => parse(renderManifest(url)) as Shape;

  test("names every address, and none in Socket Mode", () => {
    expect(shape("https://m.example.com/").features.slash_commands.map(({ url }) => url)).toEqual(
      Array(2).fill("https://m.example.com/slack/events"),
    );
    expect(renderManifest(null)).not.toContain("https://muster");
    expect(shape(null).settings).toMatchObject({ socket_mode_enabled: true });
  });

  test("requests mentions as ids, and each event once", () => {
    const { features, settings } = shape(null);
    expect(features.slash_commands.every(({ should_escape }) => should_escape)).toBe(true);
    expect(settings.event_subscriptions.bot_events).toEqual([...new Set(SLACK_EVENTS)]);
  });

  test("stays within Slack's limits", () => {
    for (const { usage_hint } of shape(null).features.slash_commands)
      expect(usage_hint.length).toBeLessThanOrEqual(1_000);
    expect(shape(null).features.shortcuts.length).toBeLessThanOrEqual(5);
  });
});

test("every method that the adapter asks for is under a scope", () => {
  const sources = readdirSync("src/integrations/slack").map((file) =>
    readFileSync(`src/integrations/slack/${file}`, "utf8"),
  );
  const methods = new Set(
    sources.flatMap((text) =>
      Array.from(
        text.matchAll(
          /"((?:conversations|chat|pins|bookmarks|reactions|files|users|usergroups|canvases)\.[a-zA-Z.]+)"/g,
        ),
        ([, name]) => name!,
      ),
    ),
  );
  const families: Readonly<Record<string, string>> = {
    conversations: "channels:",
    chat: "chat:",
    pins: "pins:",
    bookmarks: "bookmarks:",
    reactions: "reactions:",
    files: "files:",
    canvases: "canvases:",
    users: "users:",
    usergroups: "usergroups:",
  };
  expect(methods.size).toBeGreaterThan(15);
  for (const method of methods)
    expect(
      SLACK_SCOPES.some(({ name }) => name.startsWith(families[method.split(".")[0]!]!)),
      method,
    ).toBe(true);
});

test("names each missing scope and what breaks without it", () => {
  const granted = SLACK_SCOPES.map(({ name }) => name).filter((name) => name !== "pins:write");
  expect(missingScopes(granted)).toEqual([
    expect.objectContaining({ name: "pins:write", without: "the card is not pinned" }),
  ]);
});
