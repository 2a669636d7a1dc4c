import { request } from "node:http";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApp, type TestApp } from "#test/support/harness/app.ts";
import { NOW } from "#test/support/builders/instants.ts";

const authorization = "Bearer secret";
const SECRET = "pagerduty-secret";

let app: TestApp;
beforeAll(async () => {
  app = await startApp({
    settings: {
      MUSTER_API_TOKENS: "secret",
      MUSTER_WEBHOOK_TOKENS: "secret",
      PAGERDUTY_WEBHOOK_SECRETS: SECRET,
      PAGERDUTY_ROUTING_KEY: "0".repeat(32),
    },
  });
  await app.fires({ service: "order-service", severity: "P2" }, { startsAt: NOW });
});
afterAll(() => app.stop());

type Sent = {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
};
type Got = { readonly status: number; readonly text: string; readonly errors: readonly string[] };

/** Sends what `fetch` would put right first: the path goes as it is. */
async function sends({ method = "GET", path, headers = {}, body }: Sent): Promise<Got> {
  const before = app.log.lines.length;
  const { hostname, port } = new URL(app.url);
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const sent = request({ hostname, port, method, path, headers, agent: false }, (response) => {
    let text = "";
    response.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      // The line of live updates stays open.
      if (path.startsWith("/live")) response.destroy();
    });
    response.on("close", () => resolve({ status: response.statusCode ?? 0, text }));
  });
  sent.on("error", reject);
  sent.end(body);
  const answer = await promise;
  const errors = app.log.lines.slice(before).flatMap(({ level, message }) => (level === "error" ? [message] : []));
  return { ...answer, errors };
}

const JSON_TYPE = { "content-type": "application/json" };
const verbBody = JSON.stringify({ text: "list", as: "alice" });

describe("a bad request is its sender's error, in words, and no error in the log:", () => {
  test.each<[string, Sent, number, RegExp]>([
    ["JSON that breaks off", { path: "/api/verbs", headers: JSON_TYPE, body: '{"text":' }, 400, /body: not JSON/],
    ["a list for an object", { path: "/api/verbs", headers: JSON_TYPE, body: "[]" }, 400, /body: /],
    [
      "JSON that is too large",
      { path: "/api/verbs", headers: JSON_TYPE, body: JSON.stringify({ text: "x".repeat(70_000) }) },
      413,
      /too large/,
    ],
    [
      "an unknown charset",
      { path: "/api/verbs", headers: { "content-type": "application/json; charset=klingon" }, body: verbBody },
      415,
      /charset/,
    ],
    [
      "an unknown encoding",
      { path: "/api/verbs", headers: { ...JSON_TYPE, "content-encoding": "zip" }, body: verbBody },
      415,
      /Content-Encoding/,
    ],
    [
      "what is no gzip",
      { path: "/api/verbs", headers: { ...JSON_TYPE, "content-encoding": "gzip" }, body: verbBody },
      400,
      /error/,
    ],
    [
      "JSON that is nested deeply",
      { path: "/api/verbs", headers: JSON_TYPE, body: `{"text":${"[".repeat(30_000)}` },
      400,
      /nested deeper than 64 levels/,
    ],
    [
      "a NUL in a key",
      { path: "/api/verbs", headers: JSON_TYPE, body: JSON.stringify({ text: "list", as: "a", key: "a\0b" }) },
      400,
      /key: .*NUL/,
    ],
    ["another type", { path: "/api/verbs", headers: { "content-type": "text/plain" }, body: verbBody }, 415, /JSON/],
    ["a bad escape", { method: "GET", path: "/api/incidents/%E0%A4%A" }, 400, /%/],
    ["a lone %", { method: "GET", path: "/api/incidents/%" }, 400, /%/],
    ["a NUL in a path", { method: "GET", path: "/api/runs/RUN-1/steps/%00/output" }, 400, /NUL/],
    ["a NUL in a name", { method: "GET", path: "/api/runs?runbook=%00" }, 400, /runbook: .*NUL/],
    [
      "a dead letter with a bad escape",
      { path: "/api/deadletters/%ff/retry", headers: JSON_TYPE, body: "{}" },
      400,
      /%/,
    ],
    [
      "a page that is too large",
      {
        method: "PUT",
        path: "/api/incidents/INC-1/postmortem",
        headers: { "content-type": "text/markdown" },
        body: "x".repeat(2_200_000),
      },
      413,
      /too large/,
    ],
  ])("%s", async (_, { method = "POST", headers, ...rest }, status, words) => {
    const got = await sends({ method, ...rest, headers: { authorization, ...headers } });
    expect(got).toEqual({ status, text: expect.stringMatching(words) as string, errors: [] });
    expect(JSON.parse(got.text)).toHaveProperty("error");
  });

  test.each<[string, Sent, number]>([
    ["a calendar with a lone %", { path: "/oncall/%/a/b" }, 400],
    ["a calendar with a NUL", { path: "/oncall/k/schedule/%00.ics" }, 400],
    [
      "a large body for PagerDuty",
      { method: "POST", path: "/webhooks/pagerduty", headers: JSON_TYPE, body: "x".repeat(700_000) },
      413,
    ],
    [
      "an unknown encoding for PagerDuty",
      { method: "POST", path: "/webhooks/pagerduty", headers: { ...JSON_TYPE, "content-encoding": "zip" }, body: "{}" },
      415,
    ],
    [
      "what is no gzip for PagerDuty",
      {
        method: "POST",
        path: "/webhooks/pagerduty",
        headers: { ...JSON_TYPE, "content-encoding": "gzip" },
        body: "{}",
      },
      400,
    ],
  ])("without credentials: %s", async (_, sent, status) => {
    expect(await sends(sent)).toMatchObject({ status, errors: [] });
  });
});

/** Every route, with a word of its own where a parameter stands. */
const ROUTES: readonly (readonly [method: string, path: string])[] = [
  ...["GET", "HEAD", "POST", "PUT", "DELETE"].map((method) => [method, "/@"] as const),
  ["GET", "/api/incidents"],
  ["GET", "/api/incidents/@"],
  ["GET", "/api/incidents/@/timeline"],
  ["GET", "/api/incidents/@/postmortem"],
  ["PUT", "/api/incidents/@/postmortem"],
  ["GET", "/api/incidents/@/postmortem/diff"],
  ["GET", "/api/runs"],
  ["GET", "/api/runs/@/steps/@/output"],
  ["GET", "/api/alerts"],
  ["GET", "/api/refusals"],
  ["GET", "/api/oncall"],
  ["GET", "/api/oncall/rotations"],
  ["GET", "/api/stats"],
  ["GET", "/api/stats/incidents"],
  ["GET", "/api/deadletters"],
  ["GET", "/api/deadletters/@"],
  ["POST", "/api/deadletters/@/retry"],
  ["POST", "/api/deadletters/@/drop"],
  ["POST", "/api/verbs"],
  ["POST", "/webhooks/alertmanager"],
  ["POST", "/webhooks/grafana"],
  ["POST", "/webhooks/pagerduty"],
  ["POST", "/slack/events"],
  ["GET", "/oncall/@/@/@"],
  ["GET", "/health/ready"],
  ["GET", "/"],
  ["GET", "/incidents"],
  ["GET", "/incidents/@"],
  ["POST", "/incidents/@/verbs"],
  ["GET", "/incidents/@/postmortem"],
  ["GET", "/runs/@"],
  ["POST", "/runs/@/approve"],
  ["GET", "/statistics"],
  ["GET", "/noise"],
  ["GET", "/oncall"],
  ["GET", "/refused"],
  ["GET", "/dead-letters"],
  ["GET", "/runbooks/@"],
];
const PARAMETERS = [
  "incident runbook limit cursor status priority service private team at from to zone signature muted since format as of",
  "said page kind text before mark",
]
  .join(" ")
  .split(" ");

const anyText = fc.oneof(
  fc.constantFrom("INC-1", "RUN-1", "C1", "E999999999999999999999", "1", "0", "", "\0", "__proto__", "../x", "‮", "%"),
  fc.string({ unit: "binary", maxLength: 20 }),
);
const anySegment = fc.oneof(
  anyText.map((text) => encodeURIComponent(text.toWellFormed()) || "-"),
  fc.constantFrom("%", "%E0%A4%A", "%00", "%ff", "%c0%ae", "..", ";", "a%2Fb"),
);
const anyPath = fc
  .tuple(
    fc.constantFrom(...ROUTES),
    fc.array(anySegment, { minLength: 3, maxLength: 3 }),
    fc.array(fc.tuple(fc.constantFrom(...PARAMETERS, "x[y]", "__proto__"), anySegment), { maxLength: 3 }),
  )
  .map(([[method, route], segments, query]) => {
    const words = [...segments];
    const path = route.replace(/@/g, () => words.pop() ?? "-");
    return { method, path: query.length === 0 ? path : `${path}?${query.map((pair) => pair.join("=")).join("&")}` };
  });
const anyBody = fc.oneof(
  fc.constantFrom(
    "",
    "{",
    "null",
    "[]",
    "{}",
    "[".repeat(5_000),
    '{"a":'.repeat(2_000),
    '"\\u0000"',
    '"\\ud800"',
    "a=%00",
  ),
  fc.json(),
  fc.string({ unit: "binary", maxLength: 50 }),
  fc
    .record({ text: anyText, as: anyText, key: anyText, incident: anyText }, { requiredKeys: [] })
    .map((body) => JSON.stringify(body)),
  fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
);
const anyHeaders = fc.record(
  {
    authorization: fc.constantFrom(authorization, "Basic bTpzZWNyZXQ=", "Basic AA==", "Bearer wrong", "x"),
    "content-type": fc.constantFrom(
      "application/json",
      "application/json; charset=klingon",
      "application/json; charset=utf-16",
      "application/x-www-form-urlencoded",
      "text/markdown",
      "x",
    ),
    "content-encoding": fc.constantFrom("gzip", "br", "zip", "identity"),
    accept: fc.constantFrom("text/html", "application/json", "text/csv", ";"),
    cookie: fc.constantFrom("__Host-muster=%", "__Host-muster=a.b", ";;="),
    "if-match": fc.constantFrom("x", '"1"'),
    origin: fc.constantFrom("null", "https://evil.example.com"),
  },
  { requiredKeys: [] },
);

test("no request, however odd, is a fault of Muster, and none is an error in the log", async () => {
  await fc.assert(
    fc.asyncProperty(anyPath, anyBody, anyHeaders, async (sent, body, headers) => {
      const { status, text, errors } = await sends({ ...sent, headers, ...(sent.method === "GET" ? {} : { body }) });
      expect({ status: status < 500 ? "fine" : status, errors, text: status < 500 ? "" : text }).toEqual({
        status: "fine",
        errors: [],
        text: "",
      });
    }),
    { numRuns: 400 },
  );
});
