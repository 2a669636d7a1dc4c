import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createLoki, logQuery } from "#integrations/loki/loki-logs.ts";
import type { LogSearch } from "#ports/log-store.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { portErrorOf } from "#test/support/builders/port-errors.ts";
import { startHttpDouble } from "#test/support/doubles/http-double.ts";

type Got = { readonly path: string; readonly form: URLSearchParams; readonly tenant: unknown; readonly sign: unknown };
let got: Got | null = null;
let answer: { readonly status: number; readonly body: string };
let double: Awaited<ReturnType<typeof startHttpDouble>>;
beforeAll(async () => {
  double = await startHttpDouble((request, response, text) => {
    const { authorization: sign, "x-scope-orgid": tenant } = request.headers;
    got = { path: `${request.method} ${request.url}`, form: new URLSearchParams(text), tenant, sign };
    response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.body);
  });
});
afterAll(() => double.close());

const SEARCH: LogSearch = {
  labels: { namespace: "shop", app: "checkout" },
  contains: ["timeout"],
  without: ["health"],
  from: NOW - 15 * MINUTE,
  to: NOW,
  limit: 3,
};
const streams = (...result: readonly object[]): void =>
  void (answer = { status: 200, body: JSON.stringify({ status: "success", data: { resultType: "streams", result } }) });
const searches = (tenant: string | null = null, url = double.url) =>
  createLoki({ url, tenant, timeoutMs: 30_000 }).search(SEARCH);

test("a search asks for the newest lines of the streams, in the time that is named", async () => {
  streams();
  expect(await searches("shop", double.url.replace("//", "//muster:secret@"))).toEqual([]);
  expect(got!.path).toBe("POST /loki/api/v1/query_range");
  expect(Object.fromEntries(got!.form)).toEqual({
    query: '{namespace="shop",app="checkout"} |= "timeout" != "health"',
    start: `${NOW - 15 * MINUTE}000000`,
    end: `${NOW}000000`,
    limit: "3",
    direction: "backward",
  });
  expect([got!.tenant, got!.sign]).toEqual(["shop", `Basic ${Buffer.from("muster:secret").toString("base64")}`]);
});

test("lines of several streams are one list, the newest first, and no more than were asked for", async () => {
  const at = (ms: number): string => `${NOW - ms}123456`;
  streams(
    {
      stream: { app: "checkout", pod: "a" },
      values: [
        [at(100), "two", {}],
        [at(300), "four"],
      ],
    },
    {
      stream: { app: "checkout", pod: "b" },
      values: [
        [at(50), "one"],
        [at(200), "three"],
      ],
    },
  );
  const found = await searches();
  expect(found.map(({ text }) => text)).toEqual(["one", "two", "three"]);
  expect(found[0]).toEqual({ at: NOW - 50, text: "one", labels: { app: "checkout", pod: "b" } });
});

test.each([
  [400, "parse error at line 1, col 2: syntax error", "invalid", "parse error at line 1"],
  [401, "no org id", "unauthorized", "Check LOKI_URL"],
  [429, "", "rate_limited", "HTTP 429"],
  [500, "", "server_error", "HTTP 500"],
  [200, "<html>", "server_error", "check LOKI_URL"],
  [200, '{"status":"success","data":{"resultType":"matrix","result":[]}}', "server_error", "check LOKI_URL"],
])("an answer of %i %s is an error in plain words", async (status, body, reason, words) => {
  answer = { status, body };
  const error = await portErrorOf(searches());
  expect(error).toMatchObject({ reason });
  expect(error.message).toContain(words);
});

describe("a query", () => {
  test("never gets another meaning by its values", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (label, text) => {
        const query = logQuery({ labels: { app: label }, contains: [text], without: [] });
        // What is left without its strings is the same, whatever stands in them.
        expect(query.replaceAll(/"(?:[^"\\\n]|\\.)*"/g, "S")).toBe("{app=S} |= S");
      }),
    );
  });
});
