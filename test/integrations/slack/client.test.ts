import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSlackClient } from "#integrations/slack/client.ts";
import { UNLIMITED_ALLOWANCES } from "#ports/allowances.ts";
import { PortError } from "#ports/port-error.ts";

const taken: string[] = [];
let requestCount = 0;
let askedWhenTaken = 0;
const server = createServer((request, response) => {
  let text = "";
  request.on("data", (chunk: Buffer) => (text += chunk.toString()));
  request.on("end", () => {
    taken.push(text);
    askedWhenTaken = requestCount;
    response.end(JSON.stringify({ ok: true }));
  });
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
afterAll(() => new Promise((resolve) => server.close(resolve)));

test("a request whose claim expires while the connection is opened is not made", async () => {
  let lateFrom = Infinity;
  const clock = (): number => (++requestCount < lateFrom ? 0 : 1_000);
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`;
  const { call } = createSlackClient({
    token: "xoxb-test",
    apiUrl,
    clock,
    monotonic: clock,
    onCall: () => {},
    allowances: UNLIMITED_ALLOWANCES,
  });
  const attempt = { urgency: 0, until: 500 };
  await call("chat.postMessage", { channel: "C1", text: "zwölf" }, attempt);
  expect(taken).toEqual([expect.stringContaining("text=zw%C3%B6lf")]);
  // The clock is looked at for the last time when the body is written: there it is late.
  lateFrom = requestCount + askedWhenTaken;
  const error = await call("chat.postMessage", { channel: "C1", text: "again" }, attempt).then(
    () => null,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(PortError);
  expect(error).toMatchObject({ reason: "timeout", retryable: true, mayHaveHappened: true });
  expect(taken).toHaveLength(1);
});

test("no text that is sent commands a terminal or turns a line around", async () => {
  const before = taken.length;
  const { call } = createSlackClient({
    token: "xoxb-test",
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`,
    clock: () => 0,
    monotonic: () => 0,
    onCall: () => {},
    allowances: UNLIMITED_ALLOWANCES,
  });
  const blocks = [{ type: "section", text: { type: "mrkdwn", text: "by Eve\u001b[2J\u202egpj.exe" } }];
  await call("chat.postMessage", { channel: "C1", text: "a\u009bb", blocks }, { urgency: 0 });
  const sent = new URLSearchParams(taken.at(before));
  expect(sent.get("text")).toBe("a\\u009bb");
  expect(JSON.parse(sent.get("blocks")!)).toEqual([
    { type: "section", text: { type: "mrkdwn", text: "by Eve\\u001b[2J\\u202egpj.exe" } },
  ]);
});
