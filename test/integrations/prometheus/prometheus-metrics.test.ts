import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createPrometheus } from "#integrations/prometheus/prometheus-metrics.ts";
import { PortError } from "#ports/port-error.ts";
import { NOW } from "#test/support/builders/instants.ts";

type Got = { readonly headers: IncomingMessage["headers"]; readonly form: URLSearchParams; readonly line: string };
let got: Got;
let answer: (response: ServerResponse, request: IncomingMessage) => void;
const server = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk: Buffer) => (body += chunk.toString()));
  request.on("end", () => {
    got = { headers: request.headers, form: new URLSearchParams(body), line: `${request.method} ${request.url}` };
    answer(response, request);
  });
});
let url = "";
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const answersWith = (status: number, body: unknown): void =>
  void (answer = (response) =>
    response
      .writeHead(status, { "content-type": "application/json" })
      .end(typeof body === "string" ? body : JSON.stringify(body)));
const success = (data: object, more: object = {}): void => answersWith(200, { status: "success", data, ...more });
const vector = (...result: readonly object[]): object => ({ resultType: "vector", result });
const sampleOf = (value: string): readonly [number, string] => [NOW / 1_000, value];
/** How long an answer is waited for: one that comes, even on a busy machine, and one that never does. */
const [PATIENT_MS, SHORT_MS] = [30_000, 1_000];
const metricsSource = (timeoutMs = PATIENT_MS) => createPrometheus({ url, timeoutMs });
const queryError = async (timeoutMs = PATIENT_MS): Promise<PortError> => {
  const error = await metricsSource(timeoutMs)
    .query("up", NOW)
    .catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(PortError);
  return error as PortError;
};

test.each<[string, object, object]>([
  ["one number without labels", vector({ metric: {}, value: sampleOf("0.07") }), { kind: "value", value: 0.07 }],
  ["a scalar", { resultType: "scalar", result: sampleOf("3") }, { kind: "value", value: 3 }],
  ["infinity", vector({ metric: {}, value: sampleOf("+Inf") }), { kind: "value", value: Infinity }],
  ["no series", vector(), { kind: "noData" }],
  ["0/0", vector({ metric: {}, value: sampleOf("NaN") }), { kind: "noData" }],
  ["a scalar that is none", { resultType: "scalar", result: sampleOf("NaN") }, { kind: "noData" }],
  ["a native histogram", vector({ metric: {}, histogram: [1, {}] }), { kind: "noData" }],
  [
    "one series with a label",
    vector({ metric: { pod: "a" }, value: sampleOf("1") }),
    { kind: "rows", rows: [{ labels: { pod: "a" }, value: 1 }] },
  ],
  [
    "series of which one has no number",
    vector({ metric: { pod: "a" }, value: sampleOf("NaN") }, { metric: { pod: "b" }, value: sampleOf("-Inf") }),
    { kind: "rows", rows: [{ labels: { pod: "b" }, value: -Infinity }] },
  ],
])("%s is read for what it is", async (_, data, expected) => {
  success(data);
  expect(await metricsSource().query("up", NOW)).toEqual({ ...expected, warnings: [] });
});

test("the query goes in the body, at its instant, with credentials only in the header", async () => {
  success(vector(), { warnings: ["a block is missing"], infos: ["not a counter"] });
  const secret = createPrometheus({ url: `${url.replace("//", "//muster:p%40ss@")}/prometheus/` });
  expect(await secret.query('sum(up{service="a&b"})', NOW)).toEqual({
    kind: "noData",
    warnings: ["a block is missing", "not a counter"],
  });
  expect(got.line).toBe("POST /prometheus/api/v1/query");
  expect(got.headers.authorization).toBe(`Basic ${Buffer.from("muster:p@ss").toString("base64")}`);
  expect([got.form.get("query"), Number(got.form.get("time"))]).toEqual(['sum(up{service="a&b"})', NOW / 1_000]);
  const error = await createPrometheus({ url: "http://muster:p%40ss@127.0.0.1:9" })
    .query("up", NOW)
    .catch((caught: unknown) => caught);
  expect((error as Error).message).toBe("Prometheus cannot be reached at http://127.0.0.1:9");
});

describe("when Prometheus", () => {
  const error = { status: "error", errorType: "bad_data", error: "parse error: unexpected end of input" };
  test.each<[string, () => void, object]>([
    [
      "does not understand",
      () => answersWith(400, error),
      { reason: "invalid", retryable: false, message: expect.stringContaining("unexpected end of input") as string },
    ],
    ["gives the query up", () => answersWith(503, error), { reason: "server_error", retryable: true }],
    ["wants other credentials", () => answersWith(401, "no"), { reason: "unauthorized" }],
    [
      "sends us elsewhere",
      () => void (answer = (response) => response.writeHead(302, { location: "http://127.0.0.1:9/" }).end()),
      { reason: "unreachable" },
    ],
    [
      "is some proxy",
      () => answersWith(200, "<html>"),
      { reason: "server_error", retryable: true, message: expect.stringContaining("PROMETHEUS_URL") as string },
    ],
    [
      "answers a range",
      () => success({ resultType: "matrix", result: [] }),
      { reason: "invalid", message: expect.stringContaining("matrix") as string },
    ],
    ["is silent", () => void (answer = () => {}), { reason: "timeout", retryable: true }],
    [
      "hangs up",
      () => void (answer = (_, request) => request.socket.destroy()),
      { reason: "unreachable", retryable: true },
    ],
    [
      "stops in the middle",
      () => void (answer = (response) => void response.writeHead(200).write("{")),
      { reason: "timeout" },
    ],
    [
      "says too much",
      () => answersWith(200, "x".repeat(1_100_000)),
      { reason: "invalid", message: expect.stringContaining("1 MB") as string },
    ],
  ])("%s, the error describes it", async (_, happens, expected) => {
    happens();
    const isSilent = "reason" in expected && expected.reason === "timeout";
    expect(await queryError(isSilent ? SHORT_MS : PATIENT_MS)).toMatchObject(expected);
  });
});
