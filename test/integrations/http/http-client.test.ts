import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, LookupFunction } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createHttpRequests, type HttpSettings } from "#integrations/http/http-client.ts";
import type { HttpResponse, HttpRequest } from "#ports/http-requests.ts";
import { portErrorOf } from "#test/support/builders/port-errors.ts";

type Got = { readonly line: string; readonly headers: IncomingMessage["headers"]; readonly body: string };
const got: Got[] = [];
let connections = 0;
let answer: (response: ServerResponse, request: IncomingMessage) => void;
const server = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk: Buffer) => (body += chunk.toString()));
  request.on("end", () => {
    got.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
    answer(response, request);
  });
});
/** How long an answer is waited for: one that comes, even on a busy machine, and one that never does. */
const [PATIENT_MS, SHORT_MS] = [30_000, 1_000];
server.on("connection", () => connections++);
let port = 0;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
beforeEach(() => {
  got.length = connections = 0;
  answer = (response) => response.writeHead(200, { "content-type": "text/plain" }).end("fine");
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** A name server that answers these, one after the other, and then the last for ever; no other name is asked for. */
const lookupOf = (...answers: readonly (readonly string[])[]): { readonly lookup: LookupFunction; asked: number } => {
  const reply = {
    asked: 0,
    lookup: ((_, options, callback) => {
      const addresses = (answers[reply.asked++] ?? answers.at(-1) ?? []).map((address) => ({
        address,
        family: address.includes(":") ? 6 : 4,
      }));
      if (options.all === true) callback(null, addresses);
      else callback(null, addresses[0]!.address, addresses[0]!.family);
    }) as LookupFunction,
  };
  return reply;
};
const requests = (more: Partial<HttpSettings> = {}) =>
  createHttpRequests({
    hosts: [{ host: `api.example.com:${port}`, private: true }],
    timeoutMs: PATIENT_MS,
    lookup: lookupOf(["127.0.0.1"]).lookup,
    ...more,
  });
const aRequest = (more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: "POST",
  url: `http://api.example.com:${port}/flags?on=1`,
  key: "run-7/flag",
  ...more,
});

test("a request names its step, and every response is an answer", async () => {
  answer = (response) => response.writeHead(409, { "content-type": "application/json" }).end('{"why":"so already"}');
  expect(
    await requests().send(aRequest({ headers: { "content-type": "application/json" }, body: '{"flag":"ö"}' })),
  ).toEqual({
    ok: true,
    status: 409,
    type: "application/json",
    body: '{"why":"so already"}',
    cut: false,
  });
  expect(got).toMatchObject([
    {
      line: "POST /flags?on=1",
      body: '{"flag":"ö"}',
      headers: { "idempotency-key": "run-7/flag", "content-type": "application/json", "content-length": "13" },
    },
  ]);
});

test.each(["GET", "HEAD", "PUT", "PATCH", "DELETE"] as const)("%s is sent as what it is", async (method) => {
  await requests().send(aRequest({ method }));
  expect(got[0]?.line).toBe(`${method} /flags?on=1`);
});

test("64 KiB of an answer are kept, and the rest is not waited for", async () => {
  answer = (response) => {
    response.writeHead(200).write("ö".repeat(40_000));
    response.write("x".repeat(100_000));
  };
  const { body, cut } = (await requests().send(aRequest())) as HttpResponse;
  expect([Buffer.byteLength(body), cut]).toEqual([65_536, true]);
});

describe("an internal address is unreachable:", () => {
  const everywhere = (host: string): HttpSettings => ({
    hosts: [{ host: `${host}:${port}` }],
    timeoutMs: PATIENT_MS,
    lookup: lookupOf(["127.0.0.1"]).lookup,
  });
  test.each([
    ["127.0.0.1"],
    ["127.1"],
    ["2130706433"],
    ["0177.0.0.1"],
    ["0x7f000001"],
    ["0x7f.0.0.1"],
    ["[::1]"],
    ["[::ffff:127.0.0.1]"],
    ["[::ffff:7f00:1]"],
    ["[64:ff9b::7f00:1]"],
    ["0.0.0.0"],
    ["[::]"],
    ["169.254.169.254"],
    ["2852039166"],
    ["[fe80::1]"],
    ["[fd00:ec2::254]"],
    ["10.0.0.1"],
    ["172.16.0.1"],
    ["192.168.0.1"],
    ["100.64.0.1"],
    ["localhost"],
    ["api.example.com"],
    ["127.0.0.1.nip.example.com"],
    ["①②⑦.⓪.⓪.①"],
  ])("%s, even when it is listed", async (host) => {
    expect(await requests(everywhere(host)).send(aRequest({ url: `http://${host}:${port}/` }))).toMatchObject({
      ok: false,
      refusal: "private-address",
    });
    expect(connections).toBe(0);
  });

  test.each([
    ["::1", ["::1"]],
    ["one of several", ["93.184.215.14", "127.0.0.1"]],
    ["the metadata of a cloud", ["169.254.169.254"]],
    ["the same as IPv6", ["::ffff:169.254.169.254"]],
  ])("a name that leads to %s", async (_, addresses) => {
    const { lookup } = lookupOf(addresses);
    expect(await requests({ hosts: [{ host: `api.example.com:${port}` }], lookup }).send(aRequest())).toMatchObject({
      refusal: "private-address",
    });
    expect(connections).toBe(0);
  });

  test("a name that may be private leads to no cloud's metadata, in either form", async () => {
    for (const address of [
      "169.254.169.254",
      "::ffff:169.254.169.254",
      "fe80::1",
      "fd00:ec2::254",
      "100.100.100.200",
      "0.0.0.0",
      "::",
    ])
      expect([address, await requests({ lookup: lookupOf([address]).lookup }).send(aRequest())]).toMatchObject([
        address,
        { refusal: "private-address" },
      ]);
    expect(connections).toBe(0);
  });

  test.each([
    ["169.254.169.254"],
    ["2852039166"],
    ["[::ffff:169.254.169.254]"],
    ["[fe80::1]"],
    ["[fd00:ec2::254]"],
    ["100.100.100.200"],
  ])("%s, even when it is listed as private", async (host) => {
    const client = requests({ hosts: [{ host: `${host}:${port}`, private: true }] });
    expect(await client.send(aRequest({ url: `http://${host}:${port}/` }))).toMatchObject({
      ok: false,
      refusal: "private-address",
    });
  });

  test("a hostname is resolved once for each request, and the connection uses that address", async () => {
    const server = lookupOf(["127.0.0.1"], ["169.254.169.254"]);
    const client = requests({ lookup: server.lookup });
    expect(await client.send(aRequest())).toMatchObject({ ok: true });
    expect(server.asked).toBe(1);
    expect(await client.send(aRequest())).toMatchObject({ refusal: "private-address" });
    expect([server.asked, got.length]).toEqual([2, 1]);
  });
});

describe("no request goes to", () => {
  test.each([
    ["a host that is not listed", "http://evil.example.com/", "not-allowed"],
    ["one whose name begins like it", "http://api.example.com.evil.example.com/", "not-allowed"],
    ["one whose name ends like it", "http://evil-api.example.com/", "not-allowed"],
    ["one that is a user's name", "http://api.example.com@evil.example.com/", "bad-request"],
    ["another port of it", "http://api.example.com:1/", "not-allowed"],
    ["its port of another scheme", "https://api.example.com/", "not-allowed"],
    ["a file", "file:///etc/passwd", "bad-request"],
    ["no URL", "api.example.com", "bad-request"],
    ["a user and password", "http://a:b@api.example.com/", "bad-request"],
  ])("%s", async (_, url, refusal) => {
    expect(await requests().send(aRequest({ url }))).toMatchObject({ ok: false, refusal });
    expect(connections).toBe(0);
  });

  test.each<[string, Partial<HttpRequest>, string]>([
    ["a header with a line in it", { headers: { "x-a": "b\r\nx-c: d" } }, "bad-request"],
    ["a header of ours", { headers: { Host: "evil.example.com" } }, "bad-request"],
    ["another key", { headers: { "Idempotency-Key": "k" } }, "bad-request"],
    ["a method that is not one of ours", { method: "TRACE" as "GET" }, "bad-request"],
    ["too much", { body: "x".repeat(65_537) }, "too-large"],
  ])("anyone with %s", async (_, more, refusal) => {
    expect(await requests().send(aRequest(more))).toMatchObject({ ok: false, refusal });
    expect(connections).toBe(0);
  });
});

describe("when the other side", () => {
  test.each([301, 302, 303, 307, 308])("answers %i, no one follows", async (status) => {
    answer = (response) => response.writeHead(status, { location: "http://169.254.169.254/" }).end();
    expect(await requests().send(aRequest())).toMatchObject({ ok: false, refusal: "redirected" });
    expect(got).toHaveLength(1);
  });

  test.each<[string, () => void, object]>([
    [
      "asks to wait",
      () => void (answer = (response) => response.writeHead(429, { "retry-after": "7" }).end()),
      { reason: "rate_limited", retryAfterMs: 7_000 },
    ],
    [
      "has a fault",
      () => void (answer = (response) => response.writeHead(503).end()),
      { reason: "server_error", mayHaveHappened: true },
    ],
    [
      "hangs up",
      () => void (answer = (_, request) => request.socket.destroy()),
      { reason: "unreachable", mayHaveHappened: true },
    ],
    ["is silent", () => void (answer = () => {}), { reason: "timeout", mayHaveHappened: true }],
    [
      "stops in the middle",
      () => void (answer = (response) => void response.writeHead(200).write("{")),
      { reason: "timeout", mayHaveHappened: true },
    ],
  ])("%s, it is a fault and not retried", async (_, happens, expected) => {
    happens();
    const client = requests("reason" in expected && expected.reason === "timeout" ? { timeoutMs: SHORT_MS } : {});
    expect(await portErrorOf(client.send(aRequest()))).toMatchObject({ retryable: true, ...expected });
    expect(got).toHaveLength(1);
  });

  test("cannot be reached, nothing has happened", async () => {
    const missing = requests({ hosts: [{ host: "api.example.com:9", private: true }] });
    expect(await portErrorOf(missing.send(aRequest({ url: "http://api.example.com:9/" })))).toMatchObject({
      reason: "unreachable",
      mayHaveHappened: false,
    });
  });
});
