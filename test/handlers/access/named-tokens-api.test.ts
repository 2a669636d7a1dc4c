import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTokenRegistry } from "#app/access/token-registry.ts";
import type { TokenScope } from "#domain/values/access/token-scope.ts";
import { startApp, type TestApp } from "#test/support/harness/app.ts";
import { basic, bearer } from "#test/support/builders/doors/guards.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { runCli } from "#test/support/harness/processes/run-cli.ts";

let app: TestApp;
const secrets: Record<string, string> = {};

beforeAll(async () => {
  app = await startApp({ settings: { MUSTER_API_TOKENS: "secret,another" } });
  const registry = createTokenRegistry(app.engine.connection.db, () => app.time.now);
  const named: Readonly<Record<string, readonly TokenScope[]>> = {
    "ci-bot": ["respond"],
    chatops: ["respond", "impersonate"],
    careful: ["respond", "impersonate", "approve:none"],
    root: ["admin"],
  };
  for (const [name, scopes] of Object.entries(named)) {
    const made = await registry.create({ name, scopes, createdBy: "test", expiresAt: null });
    secrets[name] = "secret" in made ? made.secret : "";
  }
  await app.fires({ service: "order-service", severity: "P2" }, { startsAt: NOW });
});
afterAll(() => app.stop());

/** Sends words with a token; Muster works while the answer is waited for. */
async function says(
  token: string,
  text: string,
  as?: string,
): Promise<{ status: number; body: { error?: string; text?: string } }> {
  const sent = app.post("/api/verbs", { text, incident: "INC-1", ...(as === undefined ? {} : { as }) }, bearer(token));
  const moving = setInterval(() => void app.settles().catch(() => {}), 10);
  const response = await sent.finally(() => clearInterval(moving));
  return { status: response.status, body: (await response.json()) as { error?: string } };
}

/** Who did the last thing in the timeline, as it is stored. */
async function lastActor(): Promise<unknown> {
  const { rows } = await app.engine.connection.pool.query<{ actor: unknown }>(
    "select actor from events order by seq desc limit 1",
  );
  return rows[0]!.actor;
}

describe("in whose name", () => {
  test("a named token acts in its own name, and records which token it was", async () => {
    expect(await says(secrets["ci-bot"]!, "note deployed 1.2")).toMatchObject({ status: 200 });
    expect(await lastActor()).toEqual({
      kind: "person",
      id: "api:ci-bot",
      name: "ci-bot",
      via: { way: "api", token: "ci-bot" },
    });
    expect((await says(secrets["ci-bot"]!, "note deployed 1.3", "ci-bot")).status).toBe(200);
  });

  test("it acts in no one else's", async () => {
    const { status, body } = await says(secrets["ci-bot"]!, "note Alice was here", "Alice");
    expect([status, body.error]).toEqual([403, expect.stringContaining("the token ci-bot acts in its own name only")]);
    for (const [method, path, sent] of [
      ["POST", "/api/deadletters/C1/retry", { as: "Alice" }],
      ["POST", "/api/deadletters/C1/drop", { as: "Alice", reason: "it is gone" }],
      ["PUT", "/api/incidents/INC-1/postmortem", { as: "Alice", markdown: "x" }],
    ] as const)
      expect((await app.post(path, sent, bearer(secrets["ci-bot"]!), method)).status).toBe(403);
  });

  test("one with the scope impersonate acts for others, and is named beside", async () => {
    expect((await says(secrets["chatops"]!, "note we look", "Alice")).status).toBe(200);
    expect(await lastActor()).toMatchObject({ id: "api:Alice", name: "Alice", via: { way: "api", token: "chatops" } });
  });

  test("a token of the setting goes on acting in the name it gives, and is named by its place", async () => {
    expect((await says("another", "note still here", "Bob")).status).toBe(200);
    expect(await lastActor()).toMatchObject({ name: "Bob", via: { way: "api", token: "MUSTER_API_TOKENS 2" } });
    expect(await says("another", "note who is it")).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/^as: /) as string },
    });
  });

  test("on the dashboard the user of Basic authentication is a name for those who may act for others alone", async () => {
    const name = async (token: string): Promise<string> =>
      /<div class="who"><span>([^<]*)/.exec(await (await app.get("/", basic("Alice", token))).text())?.[1] ?? "";
    expect([await name(secrets["ci-bot"]!), await name(secrets["chatops"]!), await name("secret")]).toEqual([
      "ci-bot",
      "Alice",
      "Alice",
    ]);
  });

  test("the command line leaves the login name away where the token acts in its own, and sends a chosen one", async () => {
    const env = { MUSTER_URL: app.url, MUSTER_API_TOKENS: secrets["ci-bot"]! };
    const moving = setInterval(() => void app.settles().catch(() => {}), 20);
    const own = await runCli(process.cwd(), ["incident", "INC-1", "note", "from", "a", "pipeline"], env);
    const chosen = await runCli(process.cwd(), ["incident", "INC-1", "note", "x", "--as", "Alice"], env);
    clearInterval(moving);
    expect([own.code, chosen.code, chosen.err]).toEqual([0, 1, expect.stringContaining("acts in its own name only")]);
    expect(await lastActor()).toMatchObject({ name: "ci-bot" });
  });
});

test.each(["runbook approve RUN-1", "INC-1 runbook approve RUN-1", "rb approve run-1"])(
  "a token with approve:none approves nothing: %s",
  async (words) => {
    const { status, body } = await says(secrets["careful"]!, words, "Alice");
    expect([status, body.error]).toEqual([403, "The token careful approves no runs: it has the scope approve:none."]);
    expect((await says(secrets["chatops"]!, words, "Alice")).body.error ?? "").not.toContain("approve:none");
  },
);

describe("/api/tokens", () => {
  const root = (): { readonly authorization: string } => bearer(secrets["root"]!);

  test("makes a token whose secret is shown once, lists, rotates and revokes it", async () => {
    const made = await app.post(
      "/api/tokens",
      { name: "grafana", scopes: ["ingest:grafana"], expiresInDays: 30 },
      root(),
    );
    const { secret, ...shown } = (await made.json()) as { secret: string };
    expect([made.status, shown]).toEqual([
      201,
      expect.objectContaining({ name: "grafana", state: "good", scopes: ["ingest:grafana"], createdBy: "root" }),
    ]);
    const listed = await (await app.get("/api/tokens", root())).text();
    expect(listed).toContain('"grafana"');
    for (const each of [secret, ...Object.values(secrets)]) expect(listed).not.toContain(each);
    const rotated = await app.post("/api/tokens/grafana/rotate", {}, root());
    expect(((await rotated.json()) as { secret: string }).secret).not.toBe(secret);
    expect((await app.post("/api/tokens/grafana/revoke", {}, root())).status).toBe(200);
    expect((await app.post("/api/tokens/grafana/revoke", {}, root())).status).toBe(409);
  });

  test.each([
    [{ name: "x" }, 400],
    [{ name: "x", scopes: [] }, 400],
    [{ name: "x", scopes: ["all"] }, 400],
    [{ name: "x", scopes: ["impersonate"] }, 400],
    [{ name: "x", scopes: ["ingest:../x"] }, 400],
    [{ name: "x y", scopes: ["read"] }, 409],
    [{ name: "x", scopes: ["read"], expiresInDays: -1 }, 400],
    [{ name: "ci-bot", scopes: ["admin"] }, 409],
  ])("refuses %o", async (order, status) => expect((await app.post("/api/tokens", order, root())).status).toBe(status));

  test("answers a token with the name it acts under", async () => {
    expect(await (await app.get("/api/me", bearer(secrets["ci-bot"]!))).json()).toEqual({
      kind: "named",
      name: "ci-bot",
      scopes: ["respond"],
      role: "responder",
    });
  });
});
