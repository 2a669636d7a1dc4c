import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createMetrics } from "#app/metrics.ts";
import { connectTrackers } from "#app/integrations/trackers.ts";
import { startTimers } from "#app/scheduler.ts";
import { readConfig } from "#config/app-config.ts";
import { LaneWatch } from "#engine/loop/lane-watch.ts";
import { UNLIMITED_ALLOWANCES } from "#ports/allowances.ts";
import { stopwatch } from "#test/support/harness/test-clock.ts";
import { MINUTE } from "#test/support/builders/instants.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { startGitHub, type GitHubDouble } from "#test/support/doubles/github/github-double.ts";
import { startJira, type JiraDouble } from "#test/support/doubles/jira/jira-double.ts";
import { startApp, type TestApp } from "#test/support/harness/app.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";

const TRACKERS = ["github", "jira"] as const;
const REFUSALS = [301, 401, 403, 404, 410, 422] as const;
const TEAM_CHANNEL = "#orders-alerts";
const POLICY = {
  ...STAFFED_POLICY,
  teams: { ...STAFFED_POLICY.teams, orders: { ...STAFFED_POLICY.teams.orders, channel: TEAM_CHANNEL } },
};
const WAYS = ["ticket", "severity", "doctor", "restart", "time"] as const;

let github: GitHubDouble;
let jira: JiraDouble;
let app: TestApp;
let number = 0;
beforeAll(async () => void ([github, jira] = await Promise.all([startGitHub(), startJira()])));
afterAll(() => Promise.all([github.close(), jira.close()]));

/** An app whose tickets go to one tracker, by the real adapter. */
async function startTracked(tracker: (typeof TRACKERS)[number]): Promise<void> {
  const settings =
    tracker === "github"
      ? { GITHUB_TOKEN: github.token, GITHUB_REPO: github.repo, GITHUB_API_URL: github.url }
      : { JIRA_URL: jira.url, JIRA_EMAIL: jira.email, JIRA_TOKEN: jira.token, JIRA_PROJECT: jira.project };
  const tickets = connectTrackers({
    config: readConfig(settings),
    policy: () => aPolicy(POLICY),
    clock: () => app.time.now,
    machineClock: () => app.time.now,
    monotonic: wallClock,
    metrics: createMetrics(() => null),
    allowances: UNLIMITED_ALLOWANCES,
  })!;
  number = 0;
  app = await startApp({ policy: POLICY, overrides: { tickets } });
}

const mendTrackers = (): void => {
  github.reset();
  jira.reset();
};
const refuseTickets = (status: number): void => {
  const refusal = { status, body: { message: "no" }, headers: { location: "/elsewhere" } };
  github.fault(/POST .*\/issues$/, ...Array.from({ length: 20 }, () => refusal));
  jira.fault(/POST .*\/issue$/, ...Array.from({ length: 20 }, () => refusal));
};
/** Tickets are opened and read, and the next change of one is refused. */
const refuseChange = (): void => {
  const refusal = { status: 403, body: { message: "no" } };
  github.fault(/PATCH .*\/issues\/\d+$/, refusal);
  jira.fault(/POST .*\/transitions$/, refusal);
};
/** Whether the tickets of the trackers are closed, in order. */
const closedTickets = (): readonly boolean[] => [
  ...github.issues.map(({ state }) => state === "closed"),
  ...jira.issues.map(({ status }) => status === "Done"),
];
const ticketsOpened = (): number => github.issues.length + jira.issues.length;
/** An alert of its own, of a new incident. */
const alertOpens = (severity: string): Promise<void> =>
  app.fires({ alertname: `Lag${++number}`, service: "order-service", severity });
const newestId = (): string => `INC-${number}`;
let asked = 0;
/** Sends words about the newest incident, and works until they are answered. */
async function verbIs(text: string): Promise<Response> {
  let answered = false;
  const answer = app.post("/api/verbs", { as: "alice", text, incident: newestId(), key: `k${++asked}` });
  void answer.finally(() => (answered = true));
  while (!answered) {
    await app.settles();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await app.settles();
  return answer;
}
const ticketFailures = async (): Promise<number> =>
  JSON.stringify(await app.json(`/api/incidents/${newestId()}/timeline`)).split("No ticket could be opened").length - 1;
const ticketHealth = async (): Promise<{ healthy: boolean; error?: string } | undefined> =>
  (await app.json<{ checks: Record<string, { healthy: boolean; error?: string }> }>("/health/ready")).checks["tickets"];

describe.each(TRACKERS)("a ticket that %s refuses, of an incident without a channel", (tracker) => {
  beforeAll(() => startTracked(tracker));
  beforeEach(mendTrackers);
  afterAll(() => app.stop());

  test.each(REFUSALS)("with %i is posted in the team's channel, and opened by the verb", async (status) => {
    refuseTickets(status);
    await alertOpens("P3");
    const posted = app.chat.messages.filter(
      ({ channel, text }) => channel === TEAM_CHANNEL && text.includes(newestId()),
    );
    expect(posted.filter(({ text }) => text.includes("No ticket could be opened"))).toHaveLength(1);
    expect(await ticketHealth()).toMatchObject({ healthy: false });
    mendTrackers();
    expect((await verbIs("ticket")).status).toBe(200);
    expect(ticketsOpened()).toBe(1);
    expect(await app.json(`/api/incidents/${newestId()}`)).toMatchObject({
      tickets: [{ key: expect.anything() as string }],
    });
    expect(await ticketHealth()).toMatchObject({ healthy: true });
  });

  test.each(WAYS)("is opened once, by: %s", async (way) => {
    refuseTickets(401);
    await alertOpens("P3");
    mendTrackers();
    if (way === "time") app.time.now += 13 * MINUTE;
    else if (way === "severity") await verbIs("sev P4 it is small");
    else if (way === "doctor") expect(await (await app.post("/api/tickets/retry", {})).json()).toEqual({ retried: 1 });
    else if (way === "restart") {
      const watch = new LaneWatch(stopwatch, () => 0.5, app.log);
      for (const timer of startTimers("all", app.engine, app.workers, app.submit, watch, { every: 1e9 }))
        clearInterval(timer);
      await waitFor(async () => (await app.settles(), ticketsOpened() > 0), { what: "the ticket" });
    } else await verbIs("ticket");
    await app.settles();
    expect(ticketsOpened()).toBe(1);
    expect((await verbIs("ticket")).status).toBe(409);
    expect(ticketsOpened()).toBe(1);
  });

  test("is refused again to the person who asks for it", async () => {
    refuseTickets(401);
    await alertOpens("P3");
    expect(await ticketFailures()).toBe(1);
    await verbIs("ticket");
    expect(await ticketFailures()).toBe(2);
    mendTrackers();
    await verbIs("ticket");
  });

  test("is opened by the verb for an incident that gets none by itself", async () => {
    await alertOpens("P2");
    expect(ticketsOpened()).toBe(0);
    await verbIs("ticket");
    expect(ticketsOpened()).toBe(1);
  });
});

describe.each(TRACKERS)("a ticket that %s refuses to change", (tracker) => {
  beforeAll(() => startTracked(tracker));
  beforeEach(mendTrackers);
  afterAll(() => app.stop());

  const timelineText = async (): Promise<string> =>
    JSON.stringify(await app.json(`/api/incidents/${newestId()}/timeline`));

  test.each(["ticket", "doctor", "time"] as const)("at the end is closed by: %s", async (way) => {
    await alertOpens("P3");
    refuseChange();
    await verbIs("resolve fixed");
    expect(closedTickets()).toEqual([false]);
    expect(await timelineText()).toContain("The ticket could not be closed: ");
    expect(await ticketHealth()).toMatchObject({
      healthy: false,
      error: expect.stringMatching(/^1 ticket cannot be closed: .*Retried every 10 minutes$/) as string,
    });
    if (way === "time") app.time.now += 13 * MINUTE;
    else if (way === "doctor") expect(await (await app.post("/api/tickets/retry", {})).json()).toEqual({ retried: 1 });
    else expect((await verbIs("ticket")).status).toBe(200);
    await app.settles();
    expect(closedTickets()).toEqual([true]);
    expect(await ticketHealth()).toMatchObject({ healthy: true });
    // It is as it should be: there is nothing to try again.
    expect((await verbIs("ticket")).status).toBe(409);
  });

  test.each(["ticket", "severity"] as const)("when the incident goes on is open again by: %s", async (way) => {
    await alertOpens("P3");
    await verbIs("resolve fixed");
    expect(closedTickets()).toEqual([true]);
    refuseChange();
    await verbIs("reopen still slow");
    expect(await timelineText()).toContain("The ticket could not be re-opened: ");
    expect(await ticketHealth()).toMatchObject({ healthy: false });
    await verbIs(way === "ticket" ? "ticket" : "sev P2 more of it");
    expect(closedTickets()).toEqual([false]);
    expect(await ticketHealth()).toMatchObject({ healthy: true });
  });

  test("at the end stays open without delay when the incident goes on", async () => {
    await alertOpens("P3");
    refuseChange();
    await verbIs("resolve fixed");
    await verbIs("reopen still slow");
    await app.settles();
    expect(closedTickets()).toEqual([false]);
    expect(await timelineText()).toContain("re-opened");
    // When the end is due again it is seen that it is none.
    app.time.now += 13 * MINUTE;
    await app.settles();
    expect(closedTickets()).toEqual([false]);
    expect(await ticketHealth()).toMatchObject({ healthy: true });
  });
});
