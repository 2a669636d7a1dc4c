import { describe, expect, test } from "vitest";
import { INTEGRATIONS } from "#app/integrations/integration-list.ts";
import type { Integration } from "#app/integrations/integration.ts";
import { choosePlatform, setupNotes } from "#app/integrations/setup-notes.ts";
import { readConfig } from "#config/app-config.ts";
import { PLAIN_PLATFORM } from "#test/support/doubles/plain-chat/plain-chat.ts";

/** Another chat and another pager, as lines of the list. */
const plain: Integration = {
  name: "plain",
  title: PLAIN_PLATFORM.title,
  platform: PLAIN_PLATFORM,
  connect: () => ({}),
  setup: { offers: "chat", isSetUp: ({ variable }) => variable("PLAIN_URL") !== null, hint: "Set PLAIN_URL" },
};
const bell: Integration = {
  name: "bell",
  title: "the bell",
  connect: () => ({}),
  setup: { offers: "paging", isSetUp: ({ variable }) => variable("BELL_URL") !== null, hint: "Set BELL_URL" },
};
const WITH_OTHERS = [...INTEGRATIONS, plain, bell];

const notesOf = (env: Readonly<Record<string, string>>): string => setupNotes(WITH_OTHERS, readConfig(env)).join("\n");

describe("what is not set up", () => {
  test("is reported with the settings of every vendor that could do it", () => {
    expect(notesOf({})).toMatch(/^The chat is a dry run in this log\. Set SLACK_BOT_TOKEN.* Or: Set PLAIN_URL\.$/m);
    expect(notesOf({})).toMatch(/^Paging is a dry run in this log\. Set PAGERDUTY_ROUTING_KEY.* Or: Set BELL_URL\.$/m);
    expect(notesOf({})).toContain("Set DATABASE_URL");
  });

  test("is nothing of a chat or a pager once any of them is set up", () => {
    const others = { PLAIN_URL: "http://127.0.0.1", BELL_URL: "http://127.0.0.1" };
    expect(notesOf(others)).not.toMatch(/(?:chat|Paging) is a dry run|PAGERDUTY/);
    const known = { SLACK_BOT_TOKEN: "xoxb-1", SLACK_SIGNING_SECRET: "s", PAGERDUTY_ROUTING_KEY: "k".repeat(32) };
    expect(notesOf(known)).not.toContain("is a dry run in this log. Set SLACK");
    expect(notesOf(known)).toContain("set PAGERDUTY_WEBHOOK_SECRETS");
  });

  test("is asked in the words of the chat that is chosen, else of the first", () => {
    const chosen = (env: Readonly<Record<string, string>>): string =>
      choosePlatform(WITH_OTHERS, ({ setup }) => setup?.isSetUp(readConfig(env)) === true).title;
    expect(chosen({ PLAIN_URL: "http://127.0.0.1" })).toBe(PLAIN_PLATFORM.title);
    expect(chosen({})).toBe("Slack");
  });
});
