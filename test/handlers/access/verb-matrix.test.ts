import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTokenRegistry } from "#app/access/token-registry.ts";
import type { TokenScope } from "#domain/values/access/token-scope.ts";
import { startApp, type TestApp } from "#test/support/harness/app.ts";
import { bearer } from "#test/support/builders/doors/guards.ts";
import { HOUR, NOW } from "#test/support/builders/instants.ts";
import { STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { VERB_NAMES, wordsOfVerb } from "#test/support/builders/doors/verb-words.ts";

const API_TOKEN = "a token of the setting";
const WEBHOOK_TOKEN = "a token of webhooks";

/**
 * Someone who sends words to the API. `enters`: whether the token reaches the door of verbs at all. `listed`: whether the
 * name that it acts in stands under `people`.
 */
type VerbActor = {
  readonly name: string;
  readonly scopes?: readonly TokenScope[];
  readonly token?: string;
  readonly as?: string;
  readonly enters: boolean;
  readonly listed: boolean;
};

const ACTORS: readonly VerbActor[] = [
  { name: "none", enters: false, listed: false },
  { name: "wrong", token: "a token that no one has given out", enters: false, listed: false },
  { name: "ingest", scopes: ["ingest:alertmanager"], enters: false, listed: false },
  { name: "read", scopes: ["read"], enters: false, listed: false },
  { name: "read-for-others", scopes: ["read", "impersonate"], as: "Alice", enters: false, listed: false },
  { name: "respond", scopes: ["respond"], enters: true, listed: false },
  { name: "admin", scopes: ["admin"], enters: true, listed: false },
  { name: "deployer", scopes: ["respond"], enters: true, listed: true },
  { name: "careful", scopes: ["respond", "impersonate", "approve:none"], as: "Alice", enters: true, listed: true },
  { name: "chatops", scopes: ["respond", "impersonate"], as: "Alice", enters: true, listed: true },
  { name: "chatops-for-a-stranger", scopes: ["respond", "impersonate"], as: "Mallory", enters: true, listed: false },
  { name: "setting", token: API_TOKEN, as: "Alice", enters: true, listed: true },
  { name: "setting-for-a-stranger", token: API_TOKEN, as: "Mallory", enters: true, listed: false },
];

let app: TestApp;
const secrets = new Map<string, string>();

async function startWithTokens(policy: object): Promise<void> {
  const { people } = STAFFED_POLICY;
  app = await startApp({
    policy: {
      ...STAFFED_POLICY,
      people: { ...people, alice: { ...people.alice, api: ["Alice"] }, deployer: { api: ["deployer"] } },
      ...policy,
    },
    settings: {
      MUSTER_API_TOKENS: API_TOKEN,
      PUBLIC_URL: "https://muster.example",
      MUSTER_WEBHOOK_TOKENS: WEBHOOK_TOKEN,
    },
  });
  const registry = createTokenRegistry(app.engine.connection.db, () => app.time.now);
  for (const { name, scopes } of ACTORS) {
    if (scopes === undefined) continue;
    const made = await registry.create({ name, scopes, createdBy: "test", expiresAt: null });
    if ("refused" in made) throw new Error(made.refused);
    secrets.set(name, made.secret);
  }
  app.time.now = NOW + HOUR;
  for (const { name, token = secrets.get(name), enters } of ACTORS)
    if (enters && token !== undefined) await app.get("/api/me", bearer(token));
  const alert = alertOf({ service: "order-service", severity: "P3" }, { startsAt: app.time.now });
  expect((await app.post("/webhooks/alertmanager", deliveryOf([alert]), bearer(WEBHOOK_TOKEN))).status).toBe(202);
  await app.settles();
  expect((await app.get("/api/incidents/INC-1", bearer(API_TOKEN))).status).toBe(200);
}

const RULE = /`[a-z ]+` is for /;

/** What becomes of words: not let in, in no one else's name, refused by a rule, or none of that. */
async function say({ name, token = secrets.get(name), as }: VerbActor, text: string): Promise<string> {
  const body = { text, incident: "INC-1", ...(as === undefined ? {} : { as }) };
  let done = false;
  const headers = token === undefined ? {} : bearer(token);
  const sent = app.post("/api/verbs", body, headers).finally(() => (done = true));
  while (!done) {
    await app.settles();
    await new Promise(setImmediate);
  }
  const response = await sent;
  const answer = await response.text();
  expect(answer).not.toContain("There is no INC-1");
  if ([401, 403, 429].includes(response.status)) return "out";
  expect([200, 202, 400, 409]).toContain(response.status);
  // An answer may list what was refused before: the timeline.
  return response.status !== 200 && RULE.test(answer) ? "rule" : "in";
}

const changes = async (): Promise<string> => {
  const { rows } = await app.engine.connection.pool.query(
    "select (select count(*) from events where type <> 'command.refused') as events, (select count(*) from automation_switches) as switches, (select count(*) from mutes) as mutes, (select count(*) from overrides) as overrides",
  );
  return JSON.stringify(rows);
};

describe("where every verb is for the commander", () => {
  beforeAll(() =>
    startWithTokens({ permissions: Object.fromEntries(VERB_NAMES.map((name) => [name, ["commander"]])) }),
  );
  afterAll(() => app.stop());

  test.each(ACTORS)("$name does nothing by any verb", async (actor) => {
    const before = await changes();
    const answers: [string, string][] = [];
    for (const name of VERB_NAMES) answers.push([name, await say(actor, wordsOfVerb(name))]);
    expect(answers).toEqual(answers.map(([name]) => [name, actor.enters ? "rule" : "out"]));
    expect(await changes()).toBe(before);
  });
});

describe("by the rules that hold without any in the policy", () => {
  beforeAll(() => startWithTokens({}));
  afterAll(() => app.stop());
  const FOR_KNOWN = new Set(["close", "cancel", "automation on", "runbook cancel", "runbook settle"]);

  // What the first of them makes private does not exist for the next.
  const names = VERB_NAMES.filter((name) => name !== "private");

  test.each(ACTORS)("$name", async (actor) => {
    for (const name of names) {
      const expected = !actor.enters ? "out" : actor.listed || !FOR_KNOWN.has(name) ? "in" : "rule";
      expect([name, await say(actor, wordsOfVerb(name))]).toEqual([name, expected]);
    }
  });
});
