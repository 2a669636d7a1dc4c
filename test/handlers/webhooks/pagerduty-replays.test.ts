import { pruneHistory } from "#db/retention.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ROUTING_KEY, startPagerDuty, type PagerDutyDouble } from "#demo/pagerduty-double.ts";
import { DAY, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { pagerDutyOf } from "#test/support/builders/doors/pagerduty.ts";
import { STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { startApp, type TestApp } from "#test/support/harness/app.ts";

let pd: PagerDutyDouble;
beforeAll(async () => void (pd = await startPagerDuty()));
afterAll(() => pd.close());

describe.each([
  { kept: "30d", longest: 7 * DAY },
  { kept: "1d", longest: DAY - 10 * MINUTE },
])("a signed event that someone sends again, where commands are kept for $kept", ({ kept, longest }) => {
  let app: TestApp;
  beforeEach(async () => {
    app = await startApp({
      settings: {
        PAGERDUTY_ROUTING_KEY: ROUTING_KEY,
        PAGERDUTY_EVENTS_URL: pd.url,
        PAGERDUTY_WEBHOOK_SECRETS: "pd-secret",
      },
      policy: { ...STAFFED_POLICY, retention: { commands: kept } },
      overrides: { paging: pagerDutyOf(pd) },
    });
    await app.fires({ service: "order-service", severity: "P1" }, { startsAt: NOW });
    return () => app.stop();
  });
  const status = async (): Promise<string> => (await app.json<{ status: string }>("/api/incidents/INC-1")).status;
  const delivers = async (type: string, options: object): Promise<number> => {
    const { rows } = await app.engine.connection.pool.query<{ uid: string; state: { pages: { key: string }[] } }>(
      "select uid, state from incidents",
    );
    const key = `muster:${rows[0]!.state.pages[0]!.key}:${rows[0]!.uid}`;
    const answer = await pd.webhook(app.url, `incident.${type}`, { key, ...options });
    await app.settles();
    return answer.status;
  };

  test("acts once, whatever headers without a signature it carries", async () => {
    const signed = { eventId: "01ONCE", at: app.time.now };
    await delivers("acknowledged", { ...signed, id: "delivery-1" });
    expect(await status()).toBe("acknowledged");
    await delivers("unacknowledged", { at: app.time.now });
    expect(await status()).toBe("triggered");
    expect(await delivers("acknowledged", { ...signed, id: "delivery-2" })).toBe(202);
    expect(await status()).toBe("triggered");
  });

  test("acts once, also after its key is gone", async () => {
    const signed = { eventId: "01GONE", at: app.time.now };
    await delivers("acknowledged", signed);
    await delivers("unacknowledged", { at: app.time.now });
    app.time.now += 31 * DAY;
    const { connection, clock, policy } = app.engine;
    await pruneHistory(connection.db, clock(), async () => {}, policy().retention);
    const { rows } = await connection.pool.query("select 1 from commands where key = 'pagerduty:01GONE'");
    expect(rows).toEqual([]);
    expect(await delivers("acknowledged", signed)).toBe(202);
    expect(await status()).toBe("triggered");
  });

  test.each([
    ["too late", -longest - MINUTE, "triggered"],
    ["of eleven minutes from now", 11 * MINUTE, "triggered"],
    ["as late as PagerDuty may deliver it", MINUTE - longest, "acknowledged"],
    ["of one minute from now, by another clock", MINUTE, "acknowledged"],
  ])("%s: is taken and leaves it %s", async (_, late, expected) => {
    expect(await delivers("acknowledged", { at: app.time.now + late })).toBe(202);
    expect(await status()).toBe(expected);
  });
});
