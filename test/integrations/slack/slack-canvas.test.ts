import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createSlackChat } from "#integrations/slack/slack-chat.ts";
import { createSlackClient } from "#integrations/slack/client.ts";
import { UNLIMITED_ALLOWANCES } from "#ports/allowances.ts";
import type { RequestAttempt, Chat } from "#ports/chat.ts";
import { startSlack, type SlackDouble } from "#test/support/doubles/slack/slack-double.ts";
import { monotonic, wallClock } from "#test/support/harness/test-clock.ts";

let slack: SlackDouble;
let chat: Chat;
let channel: string;
const canvasAttempt = (overrides: Partial<RequestAttempt> = {}): RequestAttempt => ({
  key: "chat.canvas:INC-1",
  urgency: 1,
  unsure: false,
  since: 0,
  ...overrides,
});
const canvasPage = (markdown: string) => ({
  title: "INC-1 postmortem",
  markdown: `${markdown}\n\nMuster keeps this page of INC-1`,
  mark: "Muster keeps this page of INC-1",
});

beforeAll(async () => {
  slack = await startSlack();
  chat = createSlackChat(
    createSlackClient({
      token: slack.token,
      apiUrl: slack.apiUrl,
      clock: wallClock,
      monotonic,
      onCall: () => {},
      allowances: UNLIMITED_ALLOWANCES,
    }),
    wallClock,
  );
  channel = (await chat.openChannel({ name: "inc-1-canvas", private: false }, canvasAttempt())).id;
});
beforeEach(() => slack.canvases.clear());
afterAll(async () => {
  expect(slack.violations).toEqual([]);
  await slack.close();
});

test("a page is the channel's canvas: created once, then overwritten", async () => {
  const made = await chat.canvas(channel, canvasPage("# one"), null, canvasAttempt());
  expect(made).toEqual({ id: expect.stringMatching(/^F0CANVAS/) as string });
  const { id } = made as { id: string };
  expect(await chat.canvas(channel, canvasPage("# two"), id, canvasAttempt())).toEqual({ id });
  expect([...slack.canvases.values()].map(({ markdown }) => markdown)).toEqual([canvasPage("# two").markdown]);
});

test("finds one that an attempt with a lost answer created, and creates no second", async () => {
  await chat.canvas(channel, canvasPage("# one"), null, canvasAttempt());
  const { id } = (await chat.canvas(channel, canvasPage("# two"), null, canvasAttempt({ unsure: true }))) as {
    id: string;
  };
  expect([slack.canvases.size, slack.canvases.get(channel)]).toEqual([
    1,
    { id, markdown: canvasPage("# two").markdown },
  ]);
});

test("a deleted canvas is created again", async () => {
  expect(await chat.canvas(channel, canvasPage("# one"), "F0GONE", canvasAttempt())).toEqual({
    id: slack.canvases.get(channel)!.id,
  });
});

test("never overwrites one that people created", async () => {
  slack.canvases.set(channel, { id: "F0PEOPLE", markdown: "our notes" });
  expect(await chat.canvas(channel, canvasPage("# one"), null, canvasAttempt())).toEqual({
    refused: "the channel has a canvas that people made",
  });
  expect(slack.canvases.get(channel)!.markdown).toBe("our notes");
});
