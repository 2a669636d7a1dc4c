import { SLACK_COMMAND } from "#test/support/builders/doors/door-bodies.ts";
import { LogLevel, type App, type Logger, type ReceiverEvent } from "@slack/bolt";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SocketReceiver } from "#handlers/slack/socket-receiver.ts";
import { startSlackLine, type SlackLine } from "#test/support/doubles/slack/socket-line.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

const APP_TOKEN = "xapp-1-test";
/** Longer than a loaded machine takes for a greeting. */
const PATIENCE = { hello: 1_000, ping: 1_500, leave: 1_500 };
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
let requests: Map<string, PromiseWithResolvers<void>>;
beforeEach(async () => {
  slack = await startSlackLine(APP_TOKEN);
  lines = [];
  receiver = new SocketReceiver({
    appToken: APP_TOKEN,
    apiUrl: slack.apiUrl,
    logger: SILENT,
    onError: noop,
    onLine: (problem) => void lines.push(problem),
    patience: PATIENCE,
    monotonic: wallClock,
  });
  requests = new Map();
  receiver.init({
    processEvent: async ({ body, ack }: ReceiverEvent) => {
      const waiting = Promise.withResolvers<void>();
      requests.set(String(body["text"]), waiting);
      await waiting.promise;
      await ack();
    },
  } as App);
});
afterEach(async () => {
  await receiver.stop();
  expect(slack.violations).toEqual([]);
  await slack.close();
});
/** A request over the line, whose answer a test gives. */
function bringRequest(id: string): { answer(): void } {
  slack.send(id, "slash_commands", { ...SLACK_COMMAND, text: id });
  return { answer: () => requests.get(id)!.resolve() };
}
const isTaken = (id: string): boolean => requests.has(id);
const isAcked = (id: string): boolean => slack.acked.some(({ envelope_id }) => envelope_id === id);
const until = (what: string, isTrue: () => boolean): Promise<unknown> => waitFor(isTrue, { what, timeoutMs: 15_000 });

test("a line on which Slack does not greet is given up after its patience, and dialed again", async () => {
  slack.manners.greets = false;
  await receiver.start();
  await until("a line that was given up", () => lines.length > 0);
  expect(lines[0]).toBe("Slack did not greet within 1 s of the dial");
  slack.manners.greets = true;
  await until("an open line", () => lines.includes(null));
});

test("a dial that Slack never answers is given up after its patience, and made again", async () => {
  slack.manners.answers = false;
  await receiver.start();
  await until("a dial that was given up", () => lines.length > 0);
  expect(lines[0]).toBe("Slack did not greet within 1 s of the dial");
  slack.manners.answers = true;
  await until("an open line", () => lines.includes(null));
});

test("a line without any sign of life is given up, one with pings stays", async () => {
  await receiver.start();
  await until("the end of a silent line", () => lines.length >= 2);
  expect(lines.slice(0, 2)).toEqual([null, "Slack sent no sign of life for 1.5 s"]);
  slack.manners.pingMs = 50;
  await until("another line", () => lines.length >= 3);
  const seen = lines.length;
  await new Promise((resolve) => setTimeout(resolve, 3_000));
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

test("a request is answered over the line that brought it, after Slack has taken leave of that line", async () => {
  slack.manners.pingMs = 50;
  await receiver.start();
  await until("an open line", () => lines.includes(null));
  const first = bringRequest("first");
  await until("the request", () => isTaken("first"));
  slack.refresh();
  await until("two lines at once", () => slack.open() === 2);
  const second = bringRequest("second");
  await until("the request over the old line", () => isTaken("second"));
  second.answer();
  await until("its acknowledgement", () => isAcked("second"));
  expect(slack.open()).toBe(2);
  first.answer();
  await until("the other acknowledgement", () => isAcked("first"));
  await until("the end of the old line", () => slack.open() === 1);
  const third = bringRequest("third");
  await until("the request over the new line", () => isTaken("third"));
  third.answer();
  await until("its acknowledgement", () => isAcked("third"));
});

test("a line that Slack takes leave of is kept until the next is open", async () => {
  slack.manners.pingMs = 50;
  await receiver.start();
  await until("an open line", () => lines.includes(null));
  slack.manners.greets = false;
  slack.refresh();
  await until("a dial", () => slack.dialed() >= 2);
  bringRequest("meanwhile");
  await until("the request", () => isTaken("meanwhile"));
  requests.get("meanwhile")!.resolve();
  await until("its acknowledgement", () => isAcked("meanwhile"));
  slack.manners.greets = true;
  await until("the end of the old line", () => slack.open() === 1 && lines.at(-1) === null);
});

test("two lines at once: what Slack sends over each is answered over it", async () => {
  slack.manners.pingMs = 50;
  const other = new SocketReceiver({
    ...{ appToken: APP_TOKEN, apiUrl: slack.apiUrl, logger: SILENT, onError: noop, onLine: noop },
    patience: PATIENCE,
    monotonic: wallClock,
  });
  other.init({ processEvent: ({ ack }: ReceiverEvent) => ack() } as App);
  await receiver.start();
  await until("one line", () => slack.open() === 1);
  await other.start();
  await until("two lines", () => slack.open() === 2);
  bringRequest("one");
  await until("the request", () => isTaken("one"));
  requests.get("one")!.resolve();
  await until("its acknowledgement", () => isAcked("one"));
  await receiver.stop();
  await until("one line", () => slack.open() === 1);
  bringRequest("two");
  await until("its acknowledgement", () => isAcked("two"));
  await other.stop();
});

test("a wrong app token at the start is reported with Slack's word for it, and dialed with growing pauses", async () => {
  const wrong = new SocketReceiver({
    ...{ appToken: "xapp-1-wrong", apiUrl: slack.apiUrl, logger: SILENT, onError: noop },
    onLine: (problem) => void lines.push(problem),
    patience: PATIENCE,
    monotonic: wallClock,
  });
  await wrong.start();
  await until("two dials that failed", () => lines.length >= 2);
  expect(lines.every((problem) => problem?.includes("invalid_auth") === true)).toBe(true);
  expect(slack.dialed()).toBe(0);
  await wrong.stop();
});
