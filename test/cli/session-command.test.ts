import { createTokenRegistry } from "#app/access/token-registry.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startApp, type TestApp, BrowserSession, signInSettings } from "#test/support/harness/app.ts";
import { runCli, type CommandOutput } from "#test/support/harness/processes/run-cli.ts";
import { removeDirectory, temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";
import { startSlackOpenId, type SlackOpenId } from "#test/support/doubles/slack/slack-openid.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { ALICE_PERSON, BOB_PERSON } from "#test/support/builders/people.ts";

let app: TestApp;
let openId: SlackOpenId;
let token = "";
const directory = temporaryDirectory("session-command");
beforeAll(async () => {
  openId = await startSlackOpenId(() => NOW);
  app = await startApp({ settings: { MUSTER_API_TOKENS: "secret", ...signInSettings(openId) } });
  const tokens = createTokenRegistry(app.engine.connection.db, () => app.time.now);
  const made = await tokens.create({
    name: "ops",
    scopes: ["admin", "impersonate"],
    createdBy: "test",
    expiresAt: null,
  });
  token = "secret" in made ? made.secret : "";
});
afterAll(async () => {
  await app.stop();
  await openId.stop();
  removeDirectory(directory);
});

const session = (...args: string[]): Promise<CommandOutput> =>
  runCli(directory, ["session", ...args], { MUSTER_URL: app.url, MUSTER_API_TOKENS: token });

test("session lists who is signed in, and ends sessions by number and by person", async () => {
  expect(await session("list")).toMatchObject({ code: 0, out: "No one is signed in.\n" });
  const [alice, phone, bob] = [new BrowserSession(app), new BrowserSession(app), new BrowserSession(app)];
  await alice.signIn(openId, ALICE_PERSON);
  await phone.signIn(openId, ALICE_PERSON);
  await bob.signIn(openId, BOB_PERSON);
  const { out } = await session("list", "--json");
  const listed = JSON.parse(out) as { number: number; person: string }[];
  expect(listed.map(({ person }) => person)).toEqual([BOB_PERSON.id, ALICE_PERSON.id, ALICE_PERSON.id]);
  expect((await session("list")).out).toMatch(/SESSION +PERSON[\s\S]*Alice +U0ALICE01 +slack/);
  const number = String(listed[0]!.number);
  expect(await session("revoke", number)).toMatchObject({ code: 0, out: `session ${number} ended\n` });
  expect((await bob.get("/")).status).toBe(401);
  expect((await session("revoke", number)).code).toBe(1);
  expect((await session("revoke", "--person", ALICE_PERSON.id)).code).toBe(0);
  expect([(await alice.get("/")).status, (await phone.get("/")).status]).toEqual([401, 401]);
  expect((await session("revoke", "--person", ALICE_PERSON.id)).code).toBe(1);
});

test.each([[[]], [["end"]], [["list", "3"]], [["revoke"]], [["revoke", "x"]], [["revoke", "3", "--person", "U1"]]])(
  "session %j is wrong usage",
  async (args) => {
    expect((await session(...args)).code).toBe(2);
  },
);
