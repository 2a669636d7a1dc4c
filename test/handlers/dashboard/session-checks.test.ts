import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startApp, type TestApp, BrowserSession, signInSettings } from "#test/support/harness/app.ts";
import { startSlackOpenId, type SlackOpenId } from "#test/support/doubles/slack/slack-openid.ts";
import { HOUR, NOW } from "#test/support/builders/instants.ts";
import { ALICE_PERSON, BOB_PERSON } from "#test/support/builders/people.ts";
import { recheckSessions } from "#engine/response/session-checks.ts";
import type { SignIn } from "#ports/sign-in.ts";
import { PortError } from "#ports/port-error.ts";

let app: TestApp;
let openId: SlackOpenId;
let alice: BrowserSession;
beforeAll(async () => {
  openId = await startSlackOpenId(() => app?.time.now ?? NOW);
  app = await startApp({ settings: { MUSTER_API_TOKENS: "secret", ...signInSettings(openId) } });
});
beforeEach(async () => {
  app.time.now = NOW;
  await app.engine.connection.db.execute(sql`delete from sessions`);
  alice = await slackSession(ALICE_PERSON);
});
afterAll(async () => {
  await app.stop();
  await openId.stop();
});

async function slackSession(person: { readonly id: string; readonly name: string }): Promise<BrowserSession> {
  const browser = new BrowserSession(app);
  expect((await browser.signIn(openId, person)).status).toBe(303);
  return browser;
}

const frontPageStatus = async (browser: BrowserSession): Promise<number> => (await browser.get("/")).status;
const rows = async (): Promise<readonly Record<string, unknown>[]> =>
  (await app.engine.connection.db.execute(sql`select * from sessions order by number`)).rows;

describe("a person who left the service", () => {
  const slackSaying = (recheck: NonNullable<SignIn["recheck"]>): readonly SignIn[] => [
    { title: "Slack", name: "slack", asksAgain: false, address: unused, redeem: unused, recheck },
  ];
  const unused = (): Promise<never> => Promise.reject(new Error("not asked"));
  const checks = (signIns: readonly SignIn[]): Promise<void> => recheckSessions({ ...app.engine, signIns });

  test("is signed out within a quarter of an hour; others are not", async () => {
    const bob = await slackSession(BOB_PERSON);
    const asked: string[] = [];
    const signIns = slackSaying(({ person, groups, renewal }) => {
      asked.push(person);
      return Promise.resolve(person === ALICE_PERSON.id ? null : { groups, renewal });
    });
    app.time.now += 13 * 60_000;
    await checks(signIns);
    expect(asked).toEqual([]);
    app.time.now += 60_000;
    await checks(signIns);
    expect([await frontPageStatus(alice), await frontPageStatus(bob)]).toEqual([401, 200]);
    expect((await rows())[0]).toMatchObject({ ended_because: expect.stringContaining("no longer a member") });
  });

  test("stays signed in while the service cannot be asked", async () => {
    app.time.now += HOUR;
    await checks(slackSaying(() => Promise.reject(new PortError("unreachable", "down", { retryable: true }))));
    expect(await frontPageStatus(alice)).toBe(200);
  });

  test("is asked about at the next look, a minute later, when the service could not be asked", async () => {
    const others = [await slackSession(BOB_PERSON), await slackSession(BOB_PERSON)];
    app.time.now += HOUR;
    let asked = 0;
    await checks(
      slackSaying(() => {
        asked++;
        return Promise.reject(new PortError("unreachable", "down", { retryable: true }));
      }),
    );
    expect(asked, "one failure is enough to know").toBe(1);
    app.time.now += 60_000;
    await checks(slackSaying(() => Promise.resolve(null)));
    expect(await Promise.all([alice, ...others].map(frontPageStatus))).toEqual([401, 401, 401]);
  });

  test("is never signed in longer than a quarter of an hour, whenever they signed in and were removed", async () => {
    const start = app.time.now;
    let removed = Infinity;
    const signIns = slackSaying(({ groups, renewal }) =>
      Promise.resolve(app.time.now >= removed ? null : { groups, renewal }),
    );
    // A look each minute, as the scheduler does; removed right after they were asked about.
    for (let minute = 1; minute <= 60 && removed === Infinity; minute++) {
      app.time.now = start + minute * 60_000 + 7_000;
      const before = (await rows())[0]!["checked_at"];
      await checks(signIns);
      if (String((await rows())[0]!["checked_at"]) !== String(before)) removed = app.time.now + 1;
    }
    while ((await frontPageStatus(alice)) === 200) {
      app.time.now += 60_000;
      await checks(signIns);
    }
    expect(app.time.now - removed).toBeLessThanOrEqual(15 * 60_000);
  });

  test("is signed out when the way to sign in is no longer set up", async () => {
    app.time.now += HOUR;
    await checks([]);
    expect(await frontPageStatus(alice)).toBe(401);
  });
});
