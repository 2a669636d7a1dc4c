import { LogLevel, type Logger } from "@slack/bolt";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SocketReceiver } from "#handlers/slack/socket-receiver.ts";
import { startSlackLine, type SlackLine } from "#test/support/doubles/slack/socket-line.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

const APP_TOKEN = "xapp-1-test";
const noop = (): void => {};
const SILENT: Logger = {
  debug: noop,
  info: noop,
  warn: noop,
  error: noop,
  setLevel: noop,
  getLevel: () => LogLevel.WARN,
  setName: noop,
};

let slack: SlackLine;
let receiver: SocketReceiver;
let lines: (string | null)[];
beforeEach(async () => {
  slack = await startSlackLine(APP_TOKEN);
  lines = [];
  receiver = new SocketReceiver({
    appToken: APP_TOKEN,
    apiUrl: slack.apiUrl,
    logger: SILENT,
    onError: noop,
    onLine: (problem) => void lines.push(problem),
    patience: { hello: 300, ping: 400 },
    monotonic: wallClock,
  });
});
afterEach(async () => {
  await receiver.stop();
  await slack.close();
});
const until = (what: string, isTrue: () => boolean): Promise<unknown> => waitFor(isTrue, { what, timeoutMs: 15_000 });

test("a line on which Slack does not greet is given up after its patience, and dialed again", async () => {
  slack.manners.greets = false;
  await receiver.start();
  await until("a line that was given up", () => lines.length > 0);
  expect(lines[0]).toBe("Slack did not greet within 0.3 s of the dial");
  slack.manners.greets = true;
  await until("an open line", () => lines.includes(null));
});

test("a dial that Slack never answers is given up after its patience, and made again", async () => {
  slack.manners.answers = false;
  await receiver.start();
  await until("a dial that was given up", () => lines.length > 0);
  expect(lines[0]).toBe("Slack did not greet within 0.3 s of the dial");
  slack.manners.answers = true;
  await until("an open line", () => lines.includes(null));
});

test("a line without any sign of life is given up, one with pings stays", async () => {
  await receiver.start();
  await until("the end of a silent line", () => lines.length >= 2);
  expect(lines.slice(0, 2)).toEqual([null, "Slack sent no sign of life for 0.4 s"]);
  slack.manners.pingMs = 50;
  await until("another line", () => lines.length >= 3);
  const seen = lines.length;
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(lines.slice(seen)).toEqual([]);
});

test("a line that Slack ends right after its greeting is dialed with growing pauses, and the reason is reported", async () => {
  slack.manners.endsAtOnce = true;
  await receiver.start();
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  // After 0.5, 1.5 and 3.5 s.
  expect(slack.dialed()).toBeGreaterThanOrEqual(2);
  expect(slack.dialed()).toBeLessThanOrEqual(5);
  expect(lines.filter((line) => line !== null)[0]).toBe("Slack ended it: link_disabled");
});
