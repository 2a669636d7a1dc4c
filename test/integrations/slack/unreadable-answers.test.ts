import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createSlackClient } from "#integrations/slack/client.ts";
import { UNLIMITED_ALLOWANCES } from "#ports/allowances.ts";
import { createSlackChat } from "#integrations/slack/slack-chat.ts";
import type { Chat, RequestAttempt } from "#ports/chat.ts";
import { PortError } from "#ports/port-error.ts";
import { startSlack, type SlackDouble } from "#test/support/doubles/slack/slack-double.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

let slack: SlackDouble;
let chat: Chat;
beforeAll(async () => void (slack = await startSlack()));
afterAll(() => slack.close());
beforeEach(() => {
  slack.heal();
  chat = createSlackChat(
    createSlackClient({
      token: slack.token,
      apiUrl: slack.apiUrl,
      clock: wallClock,
      monotonic: wallClock,
      onCall: () => {},
      allowances: UNLIMITED_ALLOWANCES,
    }),
    wallClock,
  );
});

let keys = 0;
const attempt = (overrides: Partial<RequestAttempt> = {}): RequestAttempt => ({
  key: `unreadable-${++keys}`,
  urgency: 0,
  unsure: false,
  since: wallClock(),
  ...overrides,
});
const refusalOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );
const doubt = { reason: "server_error", retryable: true, mayHaveHappened: true };

describe.each(["broken", "emptied", "page", "blocked"] as const)("an answer that is %s", (kind) => {
  test("leaves open whether a channel was made, and the next attempt finds it", async () => {
    const name = `inc-${++keys}-slow`;
    await chat.ping();
    slack.fault({ kind, method: "conversations.create" });
    const first = attempt();
    const error = await refusalOf(chat.openChannel({ name, private: false }, first));
    expect(error).toBeInstanceOf(PortError);
    expect(error).toMatchObject(doubt);
    await expect(chat.openChannel({ name, private: false }, { ...first, unsure: true })).resolves.toMatchObject({
      name,
    });
  });

  test("leaves open whether a message was posted, and it is posted once", async () => {
    const channel = await chat.openChannel({ name: `inc-${++keys}-post`, private: false }, attempt());
    slack.fault({ kind, method: "chat.postMessage" });
    const first = attempt();
    const message = { text: "P0: down", parts: [] };
    expect(await refusalOf(chat.post(channel.id, message, first))).toMatchObject(doubt);
    const posted = await chat.post(channel.id, message, { ...first, unsure: true });
    await expect(chat.post(channel.id, message, { ...first, unsure: true })).resolves.toEqual(posted);
  });
});

test("a code of Slack's is a refusal, also one that is new", async () => {
  slack.fault({ kind: "error:some_new_code", method: "chat.postMessage" });
  expect(await refusalOf(chat.post("C0000001", { text: "x", parts: [] }, attempt()))).toMatchObject({
    reason: "invalid",
    retryable: false,
  });
});
