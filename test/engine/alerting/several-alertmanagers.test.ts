import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { loadAlertSources } from "#db/watch/alert-sources.ts";
import { alertOf } from "#test/support/builders/webhooks.ts";
import { DAY, MINUTE } from "#test/support/builders/instants.ts";
import { FakeAlertmanager } from "#test/support/doubles/ports/fake-alert-source.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

const [URL_A, URL_B] = ["http://am-a.internal:9093", "http://am-b.internal:9093"] as const;
const [EXTERNAL_A, EXTERNAL_B] = ["https://alerts-a.example.com", "https://alerts-b.example.com"] as const;

let rig: EngineHarness;
let a: FakeAlertmanager;
let b: FakeAlertmanager;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(async () => {
  await rig.reset();
  a = new FakeAlertmanager(rig.now - DAY, URL_A);
  b = new FakeAlertmanager(rig.now - DAY, URL_B);
});
afterEach(() => expect(rig.selfAlerts()).toEqual([]));
afterAll(() => rig.close());

const alertNamed = (alertname: string, cluster = "a") =>
  alertOf({ alertname, cluster, service: `${alertname}-service`, severity: "P0" }, { startsAt: rig.now });
/** Minutes in which one of both cannot be asked; answers in how many that was reported. */
async function monitorsWithOneAway(minutes: number): Promise<number> {
  let failures = 0;
  for (let i = 0; i < minutes; i++) {
    await rig.passes(MINUTE);
    await rig.monitorsStaleness(a, b).catch((error: unknown) => {
      expect(String(error)).toContain("away");
      failures++;
    });
    await rig.settles();
  }
  return failures;
}

const firing = async () => (await rig.incidents()).map(({ alerts }) => alerts.firing);
const learned = async () =>
  Object.fromEntries((await loadAlertSources(rig.connection.db)).map(({ url, externalUrls }) => [url, externalUrls]));

describe("an alert of cluster B", () => {
  test("is not judged by cluster A, the only one that is asked", async () => {
    await rig.delivers([alertNamed("Down", "b")], { externalURL: URL_B });
    await rig.monitorsFor(40, a);
    expect(await rig.incidents()).toMatchObject([{ status: "triggered", alerts: { firing: 1 } }]);
  });

  test("is not judged by cluster A that was seen to deliver alerts of its own", async () => {
    const own = alertNamed("Own");
    await rig.delivers([own], { externalURL: EXTERNAL_A });
    await rig.delivers([alertNamed("Down", "b")], { externalURL: EXTERNAL_B });
    a.lists(own);
    await rig.monitorsFor(2, a);
    expect(await learned()).toEqual({ [URL_A]: [URL_A, EXTERNAL_A] });
    a.lists();
    await rig.monitorsFor(30, a);
    expect(await firing()).toEqual([0, 1]);
  });

  test("ends when B does not list it any longer, while A is unreachable", async () => {
    await rig.delivers([alertNamed("Down", "b")], { externalURL: URL_B });
    a.away = true;
    expect(await monitorsWithOneAway(20)).toBeGreaterThan(5);
    expect(await firing()).toEqual([0]);
  });

  test("does not end while B is unreachable, whatever A answers", async () => {
    await rig.delivers([alertNamed("Down", "b")], { externalURL: URL_B });
    b.away = true;
    expect(await monitorsWithOneAway(30)).toBeGreaterThan(5);
    expect(await firing()).toEqual([1]);
  });
});

describe("the same labels in two clusters", () => {
  test("end when both clusters no longer list them, not when one does", async () => {
    const both = alertNamed("Down");
    await rig.delivers([both], { externalURL: URL_A });
    await rig.delivers([both], { externalURL: URL_B });
    b.lists(both);
    await rig.monitorsFor(30, a, b);
    expect(await firing()).toEqual([1]);
    b.lists();
    await rig.monitorsFor(20, a, b);
    expect(await firing()).toEqual([0]);
  });

  test("teach nothing about who delivered them while both list them", async () => {
    const both = alertNamed("Down");
    await rig.delivers([both], { externalURL: EXTERNAL_A });
    a.lists(both);
    b.lists(both);
    await rig.monitorsFor(2, a, b);
    expect(await learned()).toEqual({});
  });
});

describe("who delivers from which external URL", () => {
  test("is learned within a minute, from an alert that is fresh, and kept over a restart", async () => {
    const own = alertNamed("Own");
    await rig.delivers([own], { externalURL: EXTERNAL_A });
    a.lists(own);
    await rig.monitorsFor(1, a, b);
    expect(await learned()).toEqual({ [URL_A]: [URL_A, EXTERNAL_A] });
    a.lists();
    rig.restart();
    await rig.monitorsFor(20, a, b);
    expect(await firing()).toEqual([0]);
  });

  test("may be set", async () => {
    const set = Object.assign(new FakeAlertmanager(rig.now - DAY, URL_A), { externalUrls: [EXTERNAL_A] });
    await rig.delivers([alertNamed("Down")], { externalURL: `${EXTERNAL_A}/` });
    await rig.monitorsFor(20, set);
    expect(await firing()).toEqual([0]);
  });

  test("begins again with a new stretch of firing: a cluster that was taken away judges nothing any longer", async () => {
    const first = alertNamed("Down");
    await rig.delivers([first], { externalURL: URL_B });
    await rig.delivers([{ ...first, status: "resolved", endsAt: new Date(rig.now).toISOString() }], {
      externalURL: URL_B,
    });
    await rig.passes(MINUTE);
    await rig.delivers([alertNamed("Down")], { externalURL: URL_A });
    await rig.monitorsFor(20, a);
    expect(await firing()).toEqual([0]);
  });
});

describe("peers of one cluster", () => {
  test("speak for each other: an alert ends while the one that delivered it is unreachable", async () => {
    a.peers = ["1", "2"];
    b.peers = ["1", "2"];
    const [own, other] = [alertNamed("Own"), alertNamed("Other")];
    await rig.delivers([own], { externalURL: URL_A });
    await rig.delivers([other], { externalURL: URL_A });
    a.lists(own, other);
    b.lists(own, other);
    await rig.monitorsFor(12, a, b);
    a.away = true;
    b.lists(other);
    expect(await monitorsWithOneAway(20)).toBeGreaterThan(5);
    expect(await firing()).toEqual([0, 1]);
  });
});
