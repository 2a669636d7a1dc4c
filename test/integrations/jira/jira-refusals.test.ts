import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { JiraPlace, JiraTicketsOptions } from "#integrations/jira/jira-tickets.ts";
import type { TicketAttempt, TicketRequest } from "#ports/tickets.ts";
import { aTicketAttempt, aTicketRequest, jiraTicketsOf } from "#test/support/builders/tickets.ts";
import { startJira, type JiraDouble, type JiraFault } from "#test/support/doubles/jira/jira-double.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";
import { portErrorOf } from "#test/support/builders/port-errors.ts";

let jira: JiraDouble;
let now = 0;
beforeAll(async () => void (jira = await startJira()));
beforeEach(() => {
  jira.reset();
  now = wallClock();
});
afterAll(() => jira.close());
const requestNow = (overrides: Partial<TicketRequest> = {}): TicketRequest =>
  aTicketRequest({ labels: ["incident", "P2", "service:order service"], openedAt: now, ...overrides });
const attemptNow = (overrides: Partial<TicketAttempt> = {}): TicketAttempt =>
  aTicketAttempt({ since: now, ...overrides });
const jiraTickets = (place: Partial<JiraPlace> = {}, settings: Partial<JiraTicketsOptions> = {}) =>
  jiraTicketsOf(jira, () => now, place, settings);

describe("when Jira", () => {
  test.each<[string, JiraFault, object]>([
    [
      "asks to wait",
      { status: 429, headers: { "retry-after": "7" } },
      { reason: "rate_limited", retryable: true, retryAfterMs: 7_000 },
    ],
    ["asks to wait and does not say how long", { status: 429 }, { reason: "rate_limited", retryAfterMs: 30_000 }],
    [
      "has a fault",
      { status: 503, body: "<html>" },
      { reason: "server_error", retryable: true, mayHaveHappened: true },
    ],
    [
      "is replaced by a page that signs in",
      { status: 200, body: "<html>" },
      { reason: "server_error", retryable: true, mayHaveHappened: true },
    ],
    [
      "answers something else",
      { status: 200, body: { ok: true } },
      { reason: "server_error", retryable: true, mayHaveHappened: true },
    ],
    [
      "sends us elsewhere",
      { status: 302, headers: { location: "/login" } },
      { retryable: false, message: expect.stringContaining("JIRA_URL") as string },
    ],
    ["hangs up", "cut", { reason: "unreachable", retryable: true, mayHaveHappened: true }],
    [
      "does not know the token",
      { status: 401 },
      { reason: "unauthorized", retryable: false, message: expect.stringContaining("JIRA_TOKEN") as string },
    ],
    [
      "lacks a permission",
      { status: 403 },
      { reason: "forbidden", retryable: false, message: expect.stringContaining("permissions") as string },
    ],
    [
      "shows no such thing",
      { status: 404 },
      { reason: "not_found", retryable: false, message: expect.stringContaining("JIRA_PROJECT") as string },
    ],
    [
      "wants a field that we do not know",
      { status: 400, body: { errorMessages: [], errors: { customfield_10042: "Root cause is required." } } },
      { reason: "invalid", retryable: false, message: expect.stringContaining("Root cause is required.") as string },
    ],
    [
      "has no labels on its screen",
      { status: 400, body: { errorMessages: [], errors: { labels: "Field 'labels' cannot be set." } } },
      { retryable: false, message: expect.stringContaining("create screen") as string },
    ],
  ])("%s, the engine receives that", async (_, fault, error) => {
    jira.fault(/^POST .*issue$/, fault);
    expect(await portErrorOf(jiraTickets().open(requestNow(), attemptNow()))).toMatchObject(error);
    expect([jira.requests.filter((line) => line === "POST /rest/api/3/issue").length, jira.issues.length]).toEqual([
      1, 0,
    ]);
  });

  test("does not answer, the request times out", async () => {
    jira.fault(/^POST .*issue$/, "silence");
    expect(await portErrorOf(jiraTickets({}, { timeoutMs: 50 }).open(requestNow(), attemptNow()))).toMatchObject({
      reason: "timeout",
      retryable: true,
      mayHaveHappened: true,
    });
  });

  test("rejects the token, the error does not contain it", async () => {
    const error = await portErrorOf(jiraTickets({}, { token: "secret-token" }).open(requestNow(), attemptNow()));
    expect([
      error.reason,
      JSON.stringify(error).includes("secret-token"),
      error.message.includes("secret-token"),
    ]).toEqual(["unauthorized", false, false]);
  });
});
