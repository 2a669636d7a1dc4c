import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTokenRegistry } from "#app/access/token-registry.ts";
import { startApp, type TestApp } from "#test/support/harness/app.ts";
import { bearer } from "#test/support/builders/doors/guards.ts";
import { NOW } from "#test/support/builders/instants.ts";

let app: TestApp;
const secrets: Record<string, string> = { first: "setting-one", second: "setting-two" };

beforeAll(async () => {
  app = await startApp({ settings: { MUSTER_API_TOKENS: "setting-one,setting-two" } });
  const registry = createTokenRegistry(app.engine.connection.db, () => app.time.now);
  for (const [name, scopes] of [
    ["ci-bot", ["respond"]],
    ["chatops", ["respond", "impersonate"]],
  ] as const) {
    const made = await registry.create({ name, scopes, createdBy: "test", expiresAt: null });
    secrets[name] = "secret" in made ? made.secret : "";
  }
  await app.fires({ service: "order-service", severity: "P2" }, { startsAt: NOW });
});
afterAll(() => app.stop());

async function say(sender: string, text: string, key: string, as?: string): Promise<void> {
  const body = { text, incident: "INC-1", key, ...(as === undefined ? {} : { as }) };
  let done = false;
  const sent = app.post("/api/verbs", body, bearer(secrets[sender]!)).finally(() => (done = true));
  while (!done) {
    await app.settles();
    await new Promise(setImmediate);
  }
  expect((await sent).status).toBe(200);
}

async function notes(): Promise<readonly string[]> {
  const { rows } = await app.engine.connection.pool.query<{ text: string }>(
    "select data ->> 'text' as text from events where type = 'note.added' order by seq",
  );
  return rows.map(({ text }) => text);
}

describe("the same key", () => {
  test("of other tokens, and in other names, is another request", async () => {
    await say("ci-bot", "note by ci-bot", "deploy-1");
    await say("chatops", "note by chatops", "deploy-1");
    await say("chatops", "note by chatops as Bob", "deploy-1", "Bob");
    await say("chatops", "note by chatops as Alice", "deploy-1", "Alice");
    await say("first", "note by the first as Alice", "deploy-1", "Alice");
    await say("second", "note by the second as Alice", "deploy-1", "Alice");
    expect(await notes()).toEqual([
      "by ci-bot",
      "by chatops",
      "by chatops as Bob",
      "by chatops as Alice",
      "by the first as Alice",
      "by the second as Alice",
    ]);
  });

  test("of one token in one name is the same request", async () => {
    const before = await notes();
    await say("ci-bot", "note by ci-bot", "deploy-1", "ci-bot");
    await say("chatops", "note by chatops as Bob", "deploy-1", "Bob");
    expect(await notes()).toEqual(before);
  });

  test("does not fit a key that is written so as to look like another's", async () => {
    await say("chatops", "note odd", "b", "a:x");
    await say("chatops", "note odd too", "x:b", "a");
    expect((await notes()).slice(-2)).toEqual(["odd", "odd too"]);
  });
});
