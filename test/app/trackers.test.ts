import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Tickets } from "#ports/tickets.ts";
import { ticketComment } from "#views/tickets/ticket-content.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { startApp, type TestApp } from "#test/support/harness/app.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { aTicketRequest } from "#test/support/builders/tickets.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { startGitHub, type GitHubDouble } from "#test/support/doubles/github/github-double.ts";
import { startJira, type JiraDouble } from "#test/support/doubles/jira/jira-double.ts";
import { resolveTicketPlace } from "#config/ticket-place.ts";
import { connectTrackers } from "#app/integrations/trackers.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { readConfig } from "#config/app-config.ts";
import { createMetrics } from "#app/metrics.ts";
import { UNLIMITED_ALLOWANCES } from "#ports/allowances.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

let github: GitHubDouble;
let jira: JiraDouble;
beforeAll(async () => {
  [github, jira] = await Promise.all([startGitHub(), startJira()]);
});
beforeEach(() => {
  github.reset();
  jira.reset();
});
afterAll(() => Promise.all([github.close(), jira.close()]));

const GITHUB = { GITHUB_TOKEN: "t", GITHUB_REPO: "octo-org/shop" };
const JIRA = { JIRA_URL: "https://j.example", JIRA_EMAIL: "m@example.com", JIRA_TOKEN: "t", JIRA_PROJECT: "OPS" };
const { GITHUB_REPO: _, ...BARE_GITHUB } = GITHUB;
const { JIRA_PROJECT: __, ...BARE_JIRA } = JIRA;
const BOTH_TRACKERS = { ...GITHUB, ...JIRA };
const withTickets = (tickets: object | undefined) =>
  aPolicy({ teams: { orders: tickets === undefined ? {} : { tickets } } });

describe("the place of a ticket", () => {
  test.each<[string, object | undefined, Readonly<Record<string, string>>, object]>([
    [
      "is the only tracker there is",
      undefined,
      GITHUB,
      { target: "github", values: { repo: "octo-org/shop" }, labels: [], assignee: null },
    ],
    ["is the other one", undefined, JIRA, { target: "jira", values: { project: "OPS", issueType: "Task" } }],
    [
      "is what the team says",
      { target: "jira", issueType: "Bug", labels: ["x"], assignee: "alice" },
      BOTH_TRACKERS,
      { target: "jira", values: { project: "OPS", issueType: "Bug" }, labels: ["x"], assignee: "alice" },
    ],
    ["is the team's own repository", { repo: "octo-org/orders" }, GITHUB, { values: { repo: "octo-org/orders" } }],
    [
      "is the only one with a place",
      { project: "ORD" },
      { ...BARE_GITHUB, ...BARE_JIRA },
      { target: "jira", values: { project: "ORD" } },
    ],
    [
      "is no one's guess",
      undefined,
      BOTH_TRACKERS,
      { missing: expect.stringContaining("teams.orders.tickets.target") as string },
    ],
    ["needs a repository", undefined, BARE_GITHUB, { missing: expect.stringContaining("GITHUB_REPO") as string }],
    [
      "needs a project",
      { target: "jira" },
      { ...BARE_GITHUB, ...BARE_JIRA },
      { missing: expect.stringContaining("JIRA_PROJECT") as string },
    ],
    ["needs its tracker", { target: "github" }, JIRA, { missing: expect.stringContaining("GITHUB_TOKEN") as string }],
  ])("%s", (_, tickets, settings, place) =>
    expect(resolveTicketPlace("orders", withTickets(tickets), readConfig(settings).trackers)).toMatchObject(place),
  );
});

const ticketsOf = (
  settings: Readonly<Record<string, string>>,
  policy: () => Policy,
  clock = wallClock,
): Tickets | null =>
  connectTrackers({
    config: readConfig(settings),
    policy,
    clock,
    machineClock: clock,
    monotonic: clock,
    metrics: createMetrics(() => null),
    allowances: UNLIMITED_ALLOWANCES,
  });

const trackers = (teams: object = {}): Tickets =>
  ticketsOf(
    {
      GITHUB_TOKEN: github.token,
      GITHUB_REPO: github.repo,
      GITHUB_API_URL: github.url,
      JIRA_URL: jira.url,
      JIRA_EMAIL: jira.email,
      JIRA_TOKEN: jira.token,
      JIRA_PROJECT: jira.project,
    },
    () =>
      aPolicy({
        ...STAFFED_POLICY,
        teams: { orders: { tickets: { target: "github" } }, search: { tickets: { target: "jira" } }, ...teams },
        services: {},
        defaultTeam: undefined,
      }),
  )!;
const requestOfTeam = (team: string) => aTicketRequest({ key: `uid-${team}`, labels: [], team });
const attempt = { key: "k", unsure: false, since: wallClock() };

describe("two trackers", () => {
  test("each open the tickets of their teams and learn how the incident ended", async () => {
    const tracker = trackers();
    for (const team of ["orders", "search"])
      await tracker.close(
        (await tracker.open(requestOfTeam(team), attempt))!,
        ticketComment(anIncident(), null, "https://m/INC-1"),
        attempt,
      );
    expect([github.issues.map(({ state }) => state), jira.issues.map(({ status }) => status)]).toEqual([
      ["closed"],
      ["Done"],
    ]);
  });

  test("names the missing setting of a team without a place, once", async () => {
    await expect(trackers({ lost: {} }).open(requestOfTeam("lost"), attempt)).rejects.toMatchObject({
      name: "PortError",
      retryable: false,
      message: expect.stringContaining("teams.lost.tickets.target") as string,
    });
  });

  test("names the setting that restores a ticket of a removed tracker", async () => {
    const alone = ticketsOf({ GITHUB_TOKEN: "t", GITHUB_REPO: github.repo, GITHUB_API_URL: github.url }, () =>
      aPolicy(STAFFED_POLICY),
    )!;
    await expect(
      alone.close({ key: "OPS-1", url: "" }, ticketComment(anIncident(), null, ""), attempt),
    ).rejects.toMatchObject({
      name: "PortError",
      retryable: false,
      message: expect.stringContaining("JIRA_URL") as string,
    });
  });
});

test("a P3 is an issue at once, its link is where people look, and it is closed when the alert is quiet", async () => {
  const tickets = ticketsOf(
    { GITHUB_TOKEN: github.token, GITHUB_REPO: github.repo, GITHUB_API_URL: github.url },
    () => aPolicy(STAFFED_POLICY),
    () => app.time.now,
  )!;
  const app: TestApp = await startApp({ overrides: { tickets } });
  const alert = alertOf({ service: "order-service", severity: "P3" }, { startsAt: NOW });
  await app.post("/webhooks/alertmanager", deliveryOf([alert]));
  await app.settles();
  const url = "https://github.example/octo-org/shop/issues/1";
  expect(await app.json("/api/incidents/INC-1")).toMatchObject({ tickets: [{ key: "octo-org/shop#1", url }] });
  expect(await (await app.get("/incidents/INC-1")).text()).toContain(`href="${url}"`);
  app.time.now += MINUTE;
  await app.post(
    "/webhooks/alertmanager",
    deliveryOf([{ ...alert, status: "resolved", endsAt: new Date(app.time.now).toISOString() }]),
  );
  await app.settles();
  app.time.now += 2 * MINUTE;
  await app.settles();
  expect(github.issues).toMatchObject([
    { state: "closed", comments: [{ body: expect.stringContaining("every alert is quiet") as string }] },
  ]);
  const { entries } = await app.json<{ entries: { summary: string }[] }>("/api/incidents/INC-1/timeline");
  expect(entries.map(({ summary }) => summary)).toContain("Ticket octo-org/shop#1 closed");
  expect(github.violations).toEqual([]);
  await app.stop();
});
