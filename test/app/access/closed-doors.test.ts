import { afterEach, describe, expect, test } from "vitest";
import { createTokenRegistry } from "#app/access/token-registry.ts";
import { openDatabase } from "#db/client.ts";
import type { TokenScope } from "#domain/values/access/token-scope.ts";
import { startApp, type TestApp } from "#test/support/harness/app.ts";
import { bearer } from "#test/support/builders/doors/guards.ts";
import { aWebhookBody } from "#test/support/builders/webhooks.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { freshDatabase, type TestDatabase } from "#test/support/harness/servers/test-database.ts";
import { freePort } from "#test/support/harness/wait-until.ts";

const PUBLIC = { PUBLIC_URL: "https://muster.example.com" };
const TOKEN = "a token that is long enough";

let app: TestApp | null = null;
let database: TestDatabase | null = null;
afterEach(async () => {
  await app?.stop();
  await database?.drop();
  [app, database] = [null, null];
});

/** Starts with these settings; answers the problems that ended the start, or "" when it runs. */
async function startProblems(settings: Readonly<Record<string, string>>): Promise<string> {
  try {
    app = await startApp({ settings });
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A database in which someone has made a token. */
async function databaseWith(scope: TokenScope): Promise<Readonly<Record<string, string>>> {
  database = await freshDatabase();
  const connection = await openDatabase({ kind: "server", url: database.url, connections: 1 }, () => {});
  const registry = createTokenRegistry(connection.db, () => NOW);
  const made = await registry.create({ name: "first", scopes: [scope], createdBy: "test", expiresAt: null });
  await connection.close();
  return { DATABASE_URL: database.url, secret: "secret" in made ? made.secret : "" };
}

describe("where PUBLIC_URL leads others here", () => {
  test("a start without tokens is refused, each door with its fix", async () => {
    const problems = await startProblems(PUBLIC);
    expect(problems).toMatch(
      /^Muster cannot start:\n {2}• MUSTER_API_TOKENS: is not set.*\n {2}• MUSTER_WEBHOOK_TOKENS: is not set/,
    );
    for (const fix of [
      "openssl rand -hex 32",
      "MUSTER_API_TOKENS_FILE",
      "muster token create NAME --scope respond",
      "=none",
    ])
      expect(problems).toContain(fix);
  });

  test.each([
    ["MUSTER_API_TOKENS", "MUSTER_WEBHOOK_TOKENS"],
    ["MUSTER_WEBHOOK_TOKENS", "MUSTER_API_TOKENS"],
  ])("%s alone is not enough", async (set, missing) => {
    const problems = await startProblems({ ...PUBLIC, [set]: TOKEN });
    expect(problems).toContain(`• ${missing}: is not set`);
    expect(problems).not.toContain(`• ${set}:`);
  });

  test("a proxy on this machine that hides its client opens nothing: neither API, dashboard nor webhook", async () => {
    expect(await startProblems({ ...PUBLIC, MUSTER_API_TOKENS: TOKEN, MUSTER_WEBHOOK_TOKENS: "none" })).toBe("");
    // As nginx asks by default: from loopback, by the address of its upstream, without a word about its client.
    expect((await app!.get("/api/incidents")).status).toBe(401);
    expect((await app!.get("/")).status).toBe(401);
    expect((await app!.post("/api/verbs", { text: "declare P0 boo", as: "anybody" })).status).toBe(401);
    expect((await app!.post("/webhooks/alertmanager", aWebhookBody())).status).toBe(401);
    expect((await app!.get("/api/incidents", bearer(TOKEN))).status).toBe(200);
  });

  test("a named token is a token: the start goes on, and it opens its door", async () => {
    const { secret, ...place } = await databaseWith("ingest:alertmanager");
    expect(await startProblems({ ...PUBLIC, ...place, MUSTER_API_TOKENS: TOKEN })).toBe("");
    expect((await app!.post("/webhooks/alertmanager", aWebhookBody(), bearer(secret!))).status).toBe(202);
    expect((await app!.get("/api/incidents", bearer(secret!))).status).toBe(403);
  });

  test("one that opens another door is none for this one", async () => {
    const { secret: _, ...place } = await databaseWith("read");
    expect(await startProblems({ ...PUBLIC, ...place })).toMatch(
      /^Muster cannot start:\n {2}• MUSTER_WEBHOOK_TOKENS: [^\n]*$/,
    );
  });
});

test("a start for this machine needs no token", async () => {
  expect(await startProblems({ PUBLIC_URL: "http://localhost:3000" })).toBe("");
  expect((await app!.get("/api/incidents")).status).toBe(200);
  expect((await app!.get("/api/incidents", { via: "1.1 proxy" })).status).toBe(401);
  expect((await app!.get("/api/incidents", { "x-forwarded-for": "127.0.0.1" })).status).toBe(401);
});

describe("metrics and the details of health", () => {
  const base = { PUBLIC_URL: "http://localhost:3000" };

  test("need a token where there is one, and everyone sees whether all is well", async () => {
    expect(await startProblems({ ...base, MUSTER_METRICS_TOKENS: TOKEN })).toBe("");
    const [plain, detailed] = await Promise.all([app!.get("/health"), app!.get("/health", bearer(TOKEN))]);
    expect(await plain.json()).toEqual({ healthy: true, degraded: expect.any(Boolean) as boolean });
    expect(await detailed.json()).toHaveProperty("checks.database");
    expect((await app!.get("/health/ready")).status).toBe(200);
    const refused = await app!.get("/metrics");
    expect([refused.status, await refused.text()]).toEqual([401, expect.stringContaining("MUSTER_METRICS_TOKENS")]);
    expect((await app!.get("/metrics", bearer("wrong"))).status).toBe(401);
    expect(await (await app!.get("/metrics", bearer(TOKEN))).text()).toContain("# TYPE");
  });

  test("are elsewhere where they have a port of their own, which ends with the process", async () => {
    const port = await freePort();
    expect(await startProblems({ ...base, MUSTER_METRICS_PORT: String(port) })).toBe("");
    const own = `http://127.0.0.1:${port}`;
    expect(await (await fetch(`${own}/metrics`)).text()).toContain("# TYPE");
    expect(await (await fetch(`${own}/health`)).json()).toHaveProperty("checks.database");
    expect((await fetch(`${own}/api/incidents`)).status).toBe(404);
    expect(await (await app!.get("/health")).json()).not.toHaveProperty("checks");
    expect((await app!.get("/metrics")).status).toBe(404);
    await app!.stop();
    app = null;
    await expect(fetch(`${own}/metrics`)).rejects.toThrow();
  });

  test("a port that is taken ends the start, with its setting", async () => {
    app = await startApp({ settings: base });
    const taken = new URL(app.url).port;
    const other = startApp({ settings: { ...base, MUSTER_METRICS_PORT: taken } });
    await expect(other).rejects.toThrow(`port ${taken} is taken; set MUSTER_METRICS_PORT to another`);
  });
});
