import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApp, type TestApp } from "#test/support/harness/app.ts";
import { NOW } from "#test/support/builders/instants.ts";

const HOSTILE = `<script>alert(1)</script><img src=x onerror=alert(2)> "'&amp; </title></pre><!--`;

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ settings: { MUSTER_API_TOKENS: "secret" } });
  const annotations = {
    summary: HOSTILE,
    description: HOSTILE,
    runbook_url: "javascript:alert(3)",
    dashboard_url: `https://grafana.example/"onmouseover="alert(4)`,
  };
  await app.fires({ service: "<b>shop</b>", severity: "P1", [HOSTILE]: HOSTILE }, { startsAt: NOW, annotations });
});
afterAll(() => app.stop());

const see = (path: string): Promise<Response> =>
  app.get(path, { authorization: `Basic ${Buffer.from("me:secret").toString("base64")}` });

const PAGES = [
  "/",
  "/incidents",
  "/incidents/INC-1",
  "/incidents/INC-1/postmortem",
  "/incidents/INC-1/postmortem/summary",
  "/oncall",
  "/statistics",
  "/noise",
  "/refused",
  "/runbooks",
  "/runbooks/restart-on-connection-leak",
];

describe.each(PAGES.slice(0, 4))("the page %s", (path) => {
  test("shows hostile text", async () => {
    const html = await (await see(path)).text();
    expect(html).toContain("alert(1)");
    expect(html).not.toMatch(/<script>|<img|<b>shop|href="javascript:|onmouseover="/i);
    expect(html.match(/<title>/g)).toHaveLength(1);
  });
});

describe.each(PAGES)("the page %s", (path) => {
  test("exists, has no inline script and loads nothing from elsewhere", async () => {
    const { status, headers } = await see(path);
    expect(status).toBe(200);
    expect(headers.get("content-security-policy")).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    );
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-powered-by")).toBeNull();
  });

  test("asks for a password, and shows nothing without it", async () => {
    const response = await app.get(path);
    expect([response.status, response.headers.get("www-authenticate")]).toEqual([
      401,
      'Basic realm="Muster", charset="UTF-8"',
    ]);
    expect(await response.text()).not.toContain("alert(1)");
  });
});

test("an unknown incident is a 404 that echoes nothing unescaped", async () => {
  const response = await see(`/incidents/${encodeURIComponent("<script>x</script>")}`);
  expect(response.status).toBe(404);
  expect(await response.text()).not.toContain("<script>");
});

test("style and script are served by addresses that change with them, to be kept for a year", async () => {
  const page = await (await see("/")).text();
  for (const [, address] of page.matchAll(/"(\/assets\/[^"]+)"/g)) {
    const { status, headers } = await app.get(address!);
    expect([status, headers.get("cache-control")]).toEqual([200, "public, max-age=31536000, immutable"]);
  }
  expect(page.match(/\/assets\/muster\.[0-9a-f]{16}\.(css|js)/g)).toHaveLength(2);
});

test("the API asks for the same token", async () => {
  expect((await app.get("/api/incidents")).status).toBe(401);
  expect((await app.get("/api/incidents", { authorization: "Bearer secret" })).status).toBe(200);
});
