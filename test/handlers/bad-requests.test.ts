import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sendRaw, startApp, type RawAnswer, type RawRequest, type TestApp } from "#test/support/harness/app.ts";
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

const sends = ({ method = "GET", ...sent }: RawRequest): Promise<RawAnswer> => sendRaw(app, { method, ...sent });

const JSON_TYPE = { "content-type": "application/json" };
const verbBody = JSON.stringify({ text: "list", as: "alice" });

describe("a bad request is its sender's error, in words, and no error in the log:", () => {
  test.each<[string, RawRequest, number, RegExp]>([
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

  test.each<[string, RawRequest, number]>([
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
