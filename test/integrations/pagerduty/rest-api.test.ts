import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { UNLIMITED_ALLOWANCES } from "#ports/allowances.ts";
import { createRestApi } from "#integrations/pagerduty/rest-api.ts";
import { PortError } from "#ports/port-error.ts";
import { ROUTING_KEY, startPagerDuty, type PagerDutyDouble } from "#demo/pagerduty-double.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { startApp, type TestApp } from "#test/support/harness/app.ts";
import { HOUR, MINUTE, NOW, SECOND } from "#test/support/builders/instants.ts";
import { pagerDutyOf } from "#test/support/builders/doors/pagerduty.ts";
import { STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

let pd: PagerDutyDouble;
beforeEach(async () => void (pd = await startPagerDuty()));
afterEach(async () => {
  expect(pd.violations).toEqual([]);
  await pd.close();
});

const pager = (overrides: Parameters<typeof pagerDutyOf>[1] = {}) =>
  pagerDutyOf(pd, { idOfPerson: (person) => ({ bob: "PBOB001", mia: "PMIA001" })[person] ?? null, ...overrides });
const ALARM = { dedupKey: "muster:INC-1:1:P1:0:uid", team: null };
const WANTED = {
  people: ["bob", "mia"],
  level: 2,
  message: "P1 INC-1: orders are slow",
  key: "page.trigger:INC-1:1:P1:1",
};
async function rings(): Promise<void> {
  await pager().trigger({
    ...ALARM,
    to: "Alice",
    people: ["alice"],
    priority: "P1",
    incident: "INC-1",
    summary: "slow",
    source: "order-service",
    url: "https://muster.example/incidents/INC-1",
    links: [],
    details: {},
  });
}
const there = () => pd.incidents.get(ALARM.dedupKey)!;

describe("more people for an alarm that is open", () => {
  beforeEach(rings);

  test("are added once as responders, by their ids, in the name of Muster's user", async () => {
    for (let i = 0; i < 3; i++) expect(await pager().reinforce(ALARM, WANTED)).toBe(true);
    expect(there().responders).toEqual([
      { message: `${WANTED.message} [${WANTED.key}]`, targets: ["PBOB001", "PMIA001"] },
    ]);
  });

  test("are asked once although the answer was lost", async () => {
    const attemptFor = pager();
    await attemptFor.reinforce(ALARM, { ...WANTED, key: "warm" });
    // Which incident, what was asked before, and then the request itself.
    pd.fault("none", "none", "lost");
    await expect(attemptFor.reinforce(ALARM, WANTED)).rejects.toBeInstanceOf(PortError);
    await attemptFor.reinforce(ALARM, WANTED);
    expect(there().responders).toHaveLength(2);
  });

  test("are paged by a separate alarm when one of them is unknown to PagerDuty", async () => {
    expect(await pager().reinforce(ALARM, { ...WANTED, people: ["bob", "vic"] })).toBe(false);
    expect(there().responders).toEqual([]);
  });

  test.each([
    ["the plan does not have it", () => void (pd.plan.responders = false), ALARM],
    ["there is no such incident", () => {}, { dedupKey: "muster:INC-9:1:P1:0:uid", team: null }],
  ])("cannot be asked when %s", async (_, arrange, alarm) => {
    arrange();
    expect(await pager().reinforce(alarm, WANTED)).toBe(false);
  });

  test("come from the next level of PagerDuty's own policy when the policy names no one", async () => {
    expect(await pager().reinforce(ALARM, { ...WANTED, people: [] })).toBe(true);
    expect(there().level).toBe(2);
    expect(await pager().reinforce(ALARM, { ...WANTED, people: [], level: 4 })).toBe(false);
  });

  test("cannot be asked without the REST API", async () => {
    expect(await pager({ rest: null }).reinforce(ALARM, WANTED)).toBe(false);
  });

  test.each([
    ["asks to wait", { status: 429, headers: { "retry-after": "3" } }],
    ["has a fault", { status: 503 }],
    ["hangs up", "cut"],
  ] as const)("is tried again later when PagerDuty %s", async (_, fault) => {
    pd.fault(fault);
    const error = await pager()
      .reinforce(ALARM, WANTED)
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: "PortError", retryable: true });
  });
});

test("the alarm shows where people meet, and how bad it is", async () => {
  pd.rank(["P0", "P1", "P2", "P3"]);
  await rings();
  await pager().describe(ALARM, {
    link: { title: "#inc-1", url: "https://example.slack.com/archives/C1" },
    priority: "P1",
  });
  await pager().describe(ALARM, { link: null, priority: "P0" });
  expect(there()).toMatchObject({ conference: "https://example.slack.com/archives/C1", priority: "PRIOP0" });
  await pager().describe(ALARM, { link: null, priority: "P4" });
  expect(there().priority, "a priority that the account does not have").toBe("PRIOP0");
});

test.each([
  { status: 503, reason: "server_error", retryable: true },
  { status: 401, reason: "unauthorized", retryable: true },
  { status: 400, reason: "invalid", retryable: false },
])("the question who we are fails with HTTP $status as every other request does", async ({ status, ...failure }) => {
  const rest = createRestApi({
    token: pd.token,
    from: null,
    apiUrl: pd.url,
    allowances: UNLIMITED_ALLOWANCES,
    urgency: 2,
  });
  pd.fault({ status, body: "{}" });
  await expect(rest.whoAmI()).rejects.toMatchObject({ ...failure, message: `PagerDuty answered HTTP ${status}` });
  await expect(rest.whoAmI()).resolves.toBe("it may read users");
});

test("the shifts of a schedule are read with their people, and one without an end lasts as long as was asked", async () => {
  pd.schedules.set("PSCHED1", [
    { user: "PALICE1", start: "2026-11-21T00:00:00Z", end: "2026-11-22T00:00:00Z" },
    { user: "PBOB001", start: null, end: null },
  ]);
  expect(await pager().oncalls("PSCHED1", NOW, NOW + HOUR)).toEqual([
    { id: "PALICE1", email: null, from: Date.UTC(2026, 10, 21), until: Date.UTC(2026, 10, 22) },
    { id: "PBOB001", email: null, from: NOW, until: NOW + HOUR },
  ]);
  expect(await pager({ rest: null }).oncalls("PSCHED1", NOW, NOW + HOUR)).toBeNull();
});

describe("the user in whose name Muster writes", () => {
  const requesterWith = (from: string) =>
    createRestApi({ token: pd.token, from, apiUrl: pd.url, allowances: UNLIMITED_ALLOWANCES, urgency: 2 }).requester();
  const like = (n: number) => ({ id: `PLIKE${n}`, name: `Muster ${n}`, email: `muster@example.com.${n}.example.com` });

  test("is the one with that very address, however many resemble it", async () => {
    pd.users.unshift(...Array.from({ length: 150 }, (_, n) => like(n)));
    expect(await requesterWith("Muster@example.com")).toBe("PMUSTER");
  });

  test("is no one when there are only some that resemble it", async () => {
    pd.users.splice(0, 1, like(1));
    expect(await requesterWith("muster@example.com")).toBeNull();
    expect(await pager().reinforce(ALARM, WANTED)).toBe(false);
  });
});

describe("with a whole Muster", () => {
  let app: TestApp;
  const POLICY = {
    ...STAFFED_POLICY,
    people: { ...STAFFED_POLICY.people, bob: { ...STAFFED_POLICY.people.bob, pagerduty: "PBOB001" } },
  };
  POLICY.teams = { ...STAFFED_POLICY.teams, orders: { ...STAFFED_POLICY.teams.orders, escalation: [["bob"]] } };
  beforeEach(async () => {
    app = await startApp({
      settings: {
        PAGERDUTY_ROUTING_KEY: ROUTING_KEY,
        PAGERDUTY_EVENTS_URL: pd.url,
        PAGERDUTY_WEBHOOK_SECRETS: "pd-secret",
      },
      policy: POLICY,
      overrides: { paging: pager() },
    });
    await app.post(
      "/webhooks/alertmanager",
      deliveryOf([alertOf({ service: "order-service", severity: "P1" }, { startsAt: NOW })]),
    );
    await app.settles();
  });
  afterEach(() => app.stop());
  const pages = async () =>
    (await app.json<{ pages: { to: string; via: string | null; status: string }[] }>("/api/incidents/INC-1")).pages;
  const passes = async (ms: number): Promise<void> => {
    app.time.now += ms;
    await app.settles();
  };

  test("adds the next step to the alarm, and ignores any number of echoes of its own changes", async () => {
    await passes(10 * MINUTE);
    expect(await pages()).toMatchObject([{ to: "Alice" }, { to: "Bob", via: "pagerduty responder request" }]);
    await passes(5 * SECOND);
    const [before, lines] = [
      pd.requests(),
      (await app.json<{ entries: object[] }>("/api/incidents/INC-1/timeline")).entries.length,
    ];
    const [key] = pd.incidents.keys();
    const us = { id: "PMUSTER", type: "user_reference", summary: "Muster" };
    for (let i = 0; i < 100; i++) {
      await pd.webhook(app.url, "incident.responder.added", {
        key: key!,
        agent: us,
        data: { user: { id: "PBOB001", summary: "Bob" } },
      });
      await pd.webhook(app.url, "incident.priority_updated", {
        key: key!,
        agent: us,
        data: { priority: { summary: "P1" } },
      });
      await pd.webhook(app.url, "incident.escalated", { key: key!, agent: us });
    }
    await app.settles();
    // Once it was asked who we are.
    expect(pd.requests()).toBeLessThanOrEqual(before + 1);
    expect((await app.json<{ entries: object[] }>("/api/incidents/INC-1/timeline")).entries).toHaveLength(lines);
  });

  test("a responder requested in PagerDuty is announced", async () => {
    const [key] = pd.incidents.keys();
    await pd.webhook(app.url, "incident.responder.added", {
      key: key!,
      data: { user: { id: "PX", summary: "Xenia" } },
    });
    await app.settles();
    const { entries } = await app.json<{ entries: { summary: string }[] }>("/api/incidents/INC-1/timeline");
    expect(entries.at(-1)!.summary).toBe("Xenia was asked to help in PagerDuty by Alice Adams");
  });

  test("escalates through Slack while PagerDuty is down, with a note in the channel, and pages when it is back", async () => {
    pd.fault(...Array.from({ length: 40 }, () => "cut" as const));
    await passes(10 * MINUTE);
    const { entries } = await app.json<{ entries: { type: string; summary: string }[] }>(
      "/api/incidents/INC-1/timeline",
    );
    expect(entries.filter(({ type }) => type === "page.delayed").map(({ summary }) => summary)).toEqual([
      expect.stringContaining("The page of Bob does not get through"),
    ]);
    expect(app.chat.directs.map(({ user }) => user)).toEqual(["U0ALICE01", "U0BOB0001"]);
    for (let i = 0; i < 60; i++) await passes(20 * SECOND);
    expect((await pages()).filter(({ to }) => to === "Bob").map(({ status }) => status)).toContain("sent");
  });
});

describe("an alarm that was accepted", () => {
  test.each([
    ["in maintenance", () => pd.drop("maintenance")],
    ["where an event rule drops it", () => pd.drop(({ event_action: action }) => action === "trigger")],
  ])("by a service %s has opened nothing", async (_, arrange) => {
    arrange();
    await rings();
    expect(await pager().hasAlarm(ALARM)).toBe(false);
    pd.drop(null);
    await rings();
    expect(await pager().hasAlarm(ALARM)).toBe(true);
  });

  test("cannot be looked for without a token", async () => {
    await rings();
    expect(await pager({ rest: null }).hasAlarm(ALARM)).toBeNull();
  });

  test("shows the priority as the account calls it: a P0 is a P1 where there is no P0", async () => {
    await rings();
    await pager().describe(ALARM, { link: null, priority: "P0" });
    expect(there().priority).toBe("PRIOP1");
    pd.rank(["P0", "P1"]);
    await pager().describe(ALARM, { link: null, priority: "P0" });
    expect(there().priority).toBe("PRIOP0");
  });
});

test("people are called by an alarm of their own when the REST API is slow", async () => {
  await rings();
  pd.slow(5_000);
  const began = wallClock();
  await expect(pager().reinforce(ALARM, WANTED)).rejects.toBeInstanceOf(PortError);
  expect(wallClock() - began).toBeLessThan(4_000);
});
