import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApp, type TestApp } from "#test/support/harness/app.ts";
import { runCli, type CommandOutput } from "#test/support/harness/processes/run-cli.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";
import { removeDirectory, temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";
import { freshDatabase, type TestDatabase } from "#test/support/harness/servers/test-database.ts";

const directory = temporaryDirectory("token-command");
let database: TestDatabase;
let app: TestApp;
beforeAll(async () => {
  database = await freshDatabase();
  app = await startApp({ settings: { DATABASE_URL: database.url, MUSTER_API_TOKENS: "secret" } });
  // The command reads the machine's clock, whatever day it shows: a token that it makes must not have expired for Muster.
  app.time.now = wallClock();
});
afterAll(async () => {
  await app.stop();
  await database.drop();
  removeDirectory(directory);
});

/** On the database, as an operator on the machine does before anyone has a token. */
const token = (...args: string[]): Promise<CommandOutput> =>
  runCli(directory, ["token", ...args], { DATABASE_URL: database.url });

/** Through the API of the running Muster, with the secret of a token. */
const remote = (secret: string, ...args: string[]): Promise<CommandOutput> =>
  runCli(directory, ["token", ...args, "--url", app.url], { MUSTER_API_TOKENS: secret });

const opens = async (secret: string, path = "/api/incidents"): Promise<number> =>
  (await app.get(path, { authorization: `Bearer ${secret}` })).status;

const secretIn = ({ out }: CommandOutput): string => /^mst_[\w-]{43}$/m.exec(out)?.[0] ?? "";

describe("muster token", () => {
  test("creates a token that opens what its scopes allow, lists, rotates and revokes it", async () => {
    expect((await token("list")).out).toContain("There are no named tokens.");
    const made = await token("create", "ci-bot", "--scope", "read", "--expires", "90d");
    expect(made).toMatchObject({ code: 0, out: expect.stringMatching(/^ci-bot \(read; expires on /) as string });
    const secret = secretIn(made);
    expect([await opens(secret), await opens(secret, "/api/tokens")]).toEqual([200, 403]);

    const listed = await token("list");
    expect(listed.out).toMatch(/NAME +STATE[\s\S]*ci-bot +good/);
    expect(listed.out).not.toContain(secret);
    expect(await token("create", "ci-bot", "--scope", "read")).toMatchObject({ code: 1 });

    const rotated = secretIn(await token("rotate", "ci-bot", "--grace", "1h"));
    expect(rotated).not.toBe(secret);
    expect([await opens(rotated), await opens(secret)]).toEqual([200, 200]);

    expect((await token("revoke", "ci-bot")).out).toContain("ci-bot is revoked");
    expect((await token("list", "--json")).out).toContain('"state": "revoked"');
    expect(await token("revoke", "another")).toMatchObject({
      code: 1,
      err: expect.stringContaining("another") as string,
    });
  });

  test("does the same through a running Muster, for admins only", async () => {
    const admin = secretIn(await token("create", "ops", "--scope", "admin"));
    const reader = secretIn(await token("create", "reader", "--scope", "read"));
    const made = await remote(admin, "create", "deployer", "--scope", "respond");
    expect([made.err, await opens(secretIn(made))]).toEqual(["", 200]);
    expect((await remote(admin, "list")).out).toMatch(/deployer +good/);
    expect(await remote(reader, "create", "more", "--scope", "read")).toMatchObject({ code: 1 });
    expect((await remote(admin, "list")).out).not.toContain("more ");
    expect((await remote(admin, "revoke", "deployer")).code).toBe(0);
  });

  test.each([
    [[], "create, list, revoke or rotate"],
    [["make"], 'there is no "token make"'],
    [["create"], "create which one"],
    [["create", "x", "--scope", "everything"], "--scope"],
    [["create", "x", "--scope", "read", "--expires", "soon"], "--expires"],
    [["rotate", "x", "--grace", "soon"], "--grace"],
    [["list", "x"], "list takes no names"],
  ])("%j is wrong usage, which names the fix", async (args, fix) => {
    const { code, err } = await token(...args);
    expect([code, err]).toEqual([2, expect.stringContaining(fix) as string]);
  });
});
