import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { alertOf, deliveryOf } from "#test/support/alerts.ts";
import { startApp, type App } from "#test/support/app.ts";
import { NOW } from "#test/support/builders.ts";

const HOSTILE = `<script>alert(1)</script><img src=x onerror=alert(2)> "'&amp; </title></pre><!--`;

let app: App;
beforeAll(async () => {
  app = await startApp({ settings: { MUSTER_API_TOKENS: "secret" } });
  const annotations = {
    summary: HOSTILE,
    description: HOSTILE,
    runbook_url: "javascript:alert(3)",
    dashboard_url: `https://grafana.example/"onmouseover="alert(4)`,
  };
  await app.post(
    "/webhooks/alertmanager",
    deliveryOf([alertOf({ service: "<b>shop</b>", severity: "P1", [HOSTILE]: HOSTILE }, { startsAt: NOW, annotations })]),
  );
  await app.settles();
});
afterAll(() => app.stop());

const see = (path: string): Promise<Response> => app.get(path, { authorization: `Basic ${Buffer.from("me:secret").toString("base64")}` });

describe.each(["/", "/incidents/INC-1", "/incidents/INC-1/postmortem"])("the page %s", (path) => {
  test("shows hostile text as text", async () => {
    const html = await (await see(path)).text();
    expect(html).toContain("alert(1)");
    expect(html).not.toMatch(/<script|<img|<b>shop|javascript:|onmouseover="/i);
    expect(html.match(/<title>/g)).toHaveLength(1);
  });

  test("runs no script and loads nothing from elsewhere", async () => {
    const { headers } = await see(path);
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(headers.get("content-security-policy")).not.toContain("script-src");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-powered-by")).toBeNull();
  });

  test("asks for a password, and shows nothing without it", async () => {
    const response = await app.get(path);
    expect([response.status, response.headers.get("www-authenticate")]).toEqual([401, 'Basic realm="Muster", charset="UTF-8"']);
    expect(await response.text()).not.toContain("alert(1)");
  });
});

test("an incident that is not there is a 404 that repeats nothing unescaped", async () => {
  const response = await see(`/incidents/${encodeURIComponent("<script>x</script>")}`);
  expect(response.status).toBe(404);
  expect(await response.text()).not.toContain("<script>");
});

test("the API asks for the same token", async () => {
  expect((await app.get("/api/incidents")).status).toBe(401);
  expect((await app.get("/api/incidents", { authorization: "Bearer secret" })).status).toBe(200);
});
