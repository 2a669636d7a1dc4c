import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Tickets } from "#ports/tickets.ts";
import { ticketBody, ticketComment } from "#views/tickets/ticket-content.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { startApp } from "#test/support/harness/app.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { startGitHub, type GitHubDouble } from "#test/support/doubles/github/github-double.ts";
import { startJira, type JiraDouble } from "#test/support/doubles/jira/jira-double.ts";
import { resolveTicketPlace } from "#config/ticket-place.ts";
import { connectIntegrations } from "#app/integrations/connected-ports.ts";
import { INTEGRATIONS } from "#app/integrations/integration-list.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { readConfig, type AppConfig } from "#config/app-config.ts";
import { createMetrics } from "#app/metrics.ts";
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

const BOTH_TRACKERS = { github: { repo: "octo-org/shop" }, jira: { project: "OPS" } };
const bare = { github: { repo: null }, jira: { project: null } };
const withTickets = (tickets: object | undefined) =>
  aPolicy({ teams: { orders: tickets === undefined ? {} : { tickets } } });

describe("the place of a ticket", () => {
  test.each<[string, object | undefined, Parameters<typeof resolveTicketPlace>[2], object]>([
    [
      "is the only tracker there is",
      undefined,
      { ...BOTH_TRACKERS, jira: null },
      { target: "github", repo: "octo-org/shop", labels: [], assignee: null },
    ],
    [
      "is the other one",
      undefined,
      { ...BOTH_TRACKERS, github: null },
      { target: "jira", project: "OPS", issueType: "Task" },
    ],
    [
      "is what the team says",
      { target: "jira", issueType: "Bug", labels: ["x"], assignee: "alice" },
      BOTH_TRACKERS,
      { target: "jira", issueType: "Bug", labels: ["x"], assignee: "alice" },
    ],
    [
      "is the team's own repository",
      { repo: "octo-org/orders" },
      { ...BOTH_TRACKERS, jira: null },
      { repo: "octo-org/orders" },
    ],
    ["is the only one with a place", { project: "ORD" }, bare, { target: "jira", project: "ORD" }],
    [
      "is nobody's guess",
      undefined,
      BOTH_TRACKERS,
      { missing: expect.stringContaining("teams.orders.tickets.target") as string },
    ],
    [
      "needs a repository",
      undefined,
      { ...bare, jira: null },
      { missing: expect.stringContaining("GITHUB_REPO") as string },
    ],
    ["needs a project", { target: "jira" }, bare, { missing: expect.stringContaining("JIRA_PROJECT") as string }],
    [
      "needs its tracker",
      { target: "github" },
      { ...BOTH_TRACKERS, github: null },
      { missing: expect.stringContaining("GITHUB_TOKEN") as string },
    ],
  ])("%s", (_, tickets, settings, place) =>
    expect(resolveTicketPlace("orders", withTickets(tickets), settings)).toMatchObject(place),
  );
});

const connectTrackers = (settings: Pick<AppConfig, "github" | "jira">, policy: () => Policy): Tickets | null =>
  connectIntegrations(INTEGRATIONS, {
    config: { ...readConfig({}), ...settings },
    policy,
    clock: wallClock,
    metrics: createMetrics(() => null),
  }).tickets;

const trackers = (teams: object = {}): Tickets =>
  connectTrackers(
    {
      github: { token: github.token, repo: github.repo, apiUrl: github.url },
      jira: { url: jira.url, email: jira.email, token: jira.token, project: jira.project },
    },
    () =>
      aPolicy({
        ...STAFFED_POLICY,
        teams: { orders: { tickets: { target: "github" } }, search: { tickets: { target: "jira" } }, ...teams },
        services: {},
        defaultTeam: undefined,
      }),
  )!;
const ticketRequest = (team: string) => ({
  key: `uid-${team}`,
  title: "t",
  text: ticketBody(anIncident(), "https://m/INC-1"),
  labels: [],
  team,
  openedAt: wallClock(),
});
const attempt = { key: "k", unsure: false, since: wallClock() };

describe("two trackers", () => {
  test("each take the tickets of their teams, and are told how these end", async () => {
    const tracker = trackers();
    for (const team of ["orders", "search"])
      await tracker.close(
        (await tracker.open(ticketRequest(team), attempt))!,
        ticketComment(anIncident(), null, "https://m/INC-1"),
        attempt,
      );
    expect([github.issues.map(({ state }) => state), jira.issues.map(({ status }) => status)]).toEqual([
      ["closed"],
      ["Done"],
    ]);
  });

  test("a team without a place is told which setting is missing, and is not asked again", async () => {
    await expect(trackers({ lost: {} }).open(ticketRequest("lost"), attempt)).rejects.toMatchObject({
      name: "PortError",
      retryable: false,
      message: expect.stringContaining("teams.lost.tickets.target") as string,
    });
  });

  test("a ticket of a tracker that was taken away says which setting brings it back", async () => {
    const alone = connectTrackers({ github: { token: "t", repo: github.repo, apiUrl: github.url }, jira: null }, () =>
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
  const tickets = connectTrackers(
    { github: { token: github.token, repo: github.repo, apiUrl: github.url }, jira: null },
    () => aPolicy(STAFFED_POLICY),
  )!;
  const app = await startApp({ overrides: { tickets } });
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
