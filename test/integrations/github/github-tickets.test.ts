import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { UNLIMITED_ALLOWANCES } from "#ports/allowances.ts";
import { createGitHubTickets, type GitHubPlace } from "#integrations/github/github-tickets.ts";
import { ticketBody, ticketComment } from "#views/tickets/ticket-content.ts";
import { anEvent } from "#test/support/builders/events.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { aTicketAttempt, aTicketRequest } from "#test/support/builders/tickets.ts";
import { startGitHub, type GitHubDouble, type GitHubFault } from "#test/support/doubles/github/github-double.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";
import { portErrorOf } from "#test/support/builders/port-errors.ts";

let github: GitHubDouble;
beforeAll(async () => void (github = await startGitHub()));
beforeEach(() => github.reset());
afterAll(() => github.close());

const PAGE = "https://muster.example/incidents/INC-1";
const NEWS = ticketComment(anIncident({ status: "resolved", resolvedAt: wallClock() }), null, PAGE);
const gitHubTickets = (place: Partial<GitHubPlace> = {}, token = github.token) =>
  createGitHubTickets({
    token,
    apiUrl: github.url,
    placeOf: () => ({ repo: github.repo, labels: ["team-orders"], assignee: "alice", ...place }),
    clock: wallClock,
    allowances: UNLIMITED_ALLOWANCES,
    onCall: () => {},
  });
const opened = async () => (await gitHubTickets().open(aTicketRequest(), aTicketAttempt()))!;

describe("a ticket on GitHub", () => {
  test("has title, links, labels and the team's assignee", async () => {
    expect(await opened()).toEqual({
      key: "octo-org/shop#1",
      url: "https://github.example/octo-org/shop/issues/1",
      note: null,
    });
    expect(github.issues).toMatchObject([
      {
        title: "INC-1: orders are slow",
        labels: ["muster", "incident", "P2", "service:order-service", "team-orders"],
        assignees: ["alice"],
      },
    ]);
    expect(github.issues[0]!.body).toContain(`- Incident: ${PAGE}`);
    expect(github.labels).toContain("P2");
    expect(github.violations).toEqual([]);
  });

  test("is opened without an assignee that GitHub does not know, and reports it", async () => {
    const ticket = await gitHubTickets({ assignee: "ghost" }).open(aTicketRequest(), aTicketAttempt());
    expect(ticket).toMatchObject({ key: "octo-org/shop#1", note: expect.stringContaining("ghost") as string });
    expect(github.issues).toMatchObject([{ assignees: [] }]);
  });

  test("reports the missing role when GitHub silently drops labels and assignee; it is still found", async () => {
    github.triage = false;
    expect((await opened()).note).toMatch(/alice.*role triage/);
    expect(await gitHubTickets().open(aTicketRequest(), aTicketAttempt({ unsure: true }))).toMatchObject({
      key: "octo-org/shop#1",
    });
    expect(github.issues).toHaveLength(1);
  });

  test("fits GitHub's limits with texts of any length", async () => {
    const text = { lines: [], markdown: "💥".repeat(70_000) };
    await gitHubTickets({ labels: ["x".repeat(80)] }).open(
      aTicketRequest({ title: "t".repeat(400), text }),
      aTicketAttempt(),
    );
    await gitHubTickets().comment(await opened(), text, aTicketAttempt());
    expect(github.violations).toEqual([]);
    expect(github.issues[0]!.body).toMatch(/<!-- muster:uid-1 -->$/);
  });

  test("mentions no one, with any alert text", async () => {
    const hostile = "@channel @octo-org/sre @alice <!-- muster:uid-2 --> [x](javascript:alert)";
    const text = ticketBody(anIncident({ title: hostile, priorityReason: hostile }), PAGE);
    const ticket = (await gitHubTickets().open(
      aTicketRequest({ text: { ...text, markdown: `${text.markdown}\n@someone` } }),
      aTicketAttempt(),
    ))!;
    await gitHubTickets().comment(
      ticket,
      ticketComment(anIncident(), anEvent({ type: "note.added", data: { text: hostile } }), PAGE),
      aTicketAttempt(),
    );
    for (const body of [github.issues[0]!.body, github.issues[0]!.comments[0]!.body]) {
      expect(body).not.toMatch(/@[\w-]/);
      expect(body.match(/<!--/g)).toHaveLength(1);
    }
  });
});

describe("never two for one incident:", () => {
  test.each<[string, GitHubFault]>([
    ["the connection is cut after it was made", "cut-after"],
    ["the answer breaks off in the middle", "half-after"],
  ])("%s", async (_, fault) => {
    github.fault(/^POST .*issues$/, fault);
    const error = await portErrorOf(gitHubTickets().open(aTicketRequest(), aTicketAttempt()));
    expect(error).toMatchObject({ retryable: true, mayHaveHappened: true });
    expect(await gitHubTickets().open(aTicketRequest(), aTicketAttempt({ unsure: true }))).toMatchObject({
      key: "octo-org/shop#1",
    });
    expect(github.issues).toHaveLength(1);
  });

  test("the process died before it was recorded", async () => {
    await opened();
    expect(await opened()).toMatchObject({ key: "octo-org/shop#1" });
    expect(github.issues).toHaveLength(1);
  });

  test("finds it among hundreds, even when it is closed", async () => {
    const ticket = await opened();
    await gitHubTickets().close(ticket, NEWS, aTicketAttempt());
    for (let i = 0; i < 150; i++)
      github.issues.push({ ...github.issues[0]!, number: i + 2, body: "another", comments: [] });
    expect(await opened()).toMatchObject({ key: "octo-org/shop#1" });
  });

  test("another incident's is another", async () => {
    await opened();
    expect(await gitHubTickets().open(aTicketRequest({ key: "uid-11" }), aTicketAttempt())).toMatchObject({
      key: "octo-org/shop#2",
    });
  });

  test.each([
    ["was frozen until the work was somebody else's", -1],
    ["has less time left than an answer may take", 5_000],
  ])("a process that %s opens none", async (_, left) => {
    expect(
      await portErrorOf(gitHubTickets().open(aTicketRequest(), aTicketAttempt({ until: wallClock() + left }))),
    ).toMatchObject({
      reason: "timeout",
    });
    expect(github.issues).toEqual([]);
  });
});

describe("afterwards", () => {
  test("it is closed with a comment, and opened again with another", async () => {
    const ticket = await opened();
    await gitHubTickets().close(ticket, NEWS, aTicketAttempt());
    expect(github.issues[0]).toMatchObject({
      state: "closed",
      reason: "completed",
      comments: [{ body: expect.stringContaining("/postmortem") as string }],
    });
    await gitHubTickets().reopen(ticket, NEWS, aTicketAttempt({ key: "ticket.reopen:INC-1:12" }));
    expect([github.issues[0]!.state, github.issues[0]!.comments.length, github.violations]).toEqual(["open", 2, []]);
  });

  test("does not repeat a comment whose answer was lost, and still closes the ticket", async () => {
    const ticket = await opened();
    github.fault(/comments$/, { status: 500 });
    github.fault(/^POST .*comments$/, "cut-after");
    expect(await portErrorOf(gitHubTickets().close(ticket, NEWS, aTicketAttempt()))).toMatchObject({
      reason: "server_error",
    });
    expect(await portErrorOf(gitHubTickets().close(ticket, NEWS, aTicketAttempt()))).toMatchObject({
      reason: "unreachable",
      mayHaveHappened: true,
    });
    await gitHubTickets().close(ticket, NEWS, aTicketAttempt({ unsure: true }));
    expect([github.issues[0]!.comments.length, github.issues[0]!.state]).toEqual([1, "closed"]);
  });

  test("finds it where it was opened, even when the policy has changed", async () => {
    const ticket = await opened();
    await gitHubTickets({ repo: "octo-org/elsewhere" }).close(ticket, NEWS, aTicketAttempt());
    expect(github.issues[0]!.state).toBe("closed");
  });
});

describe("when GitHub", () => {
  const soon = (): string => String(Math.ceil(wallClock() / 1_000) + 120);
  test.each<[string, GitHubFault | (() => GitHubFault), object]>([
    [
      "asks to wait",
      { status: 429, headers: { "retry-after": "7" } },
      { reason: "rate_limited", retryable: true, retryAfterMs: 7_000 },
    ],
    [
      "asks to wait by its secondary limit",
      { status: 403, headers: { "retry-after": "9" }, body: { message: "You have exceeded a secondary rate limit" } },
      { reason: "rate_limited", retryAfterMs: 9_000 },
    ],
    [
      "asks to wait and does not say how long",
      { status: 403, body: { message: "You have exceeded a secondary rate limit" } },
      { retryAfterMs: 60_000 },
    ],
    [
      "has no requests left for the token",
      () => ({ status: 403, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": soon() } }),
      { reason: "rate_limited", retryable: true, mayHaveHappened: false },
    ],
    [
      "has a fault",
      { status: 502, body: "<html>", type: "text/html" },
      { reason: "server_error", retryable: true, mayHaveHappened: true },
    ],
    [
      "is replaced by a page that signs in",
      { status: 200, body: "<html>", type: "text/html" },
      { reason: "server_error", retryable: true },
    ],
    ["hangs up", "cut", { reason: "unreachable", retryable: true, mayHaveHappened: true }],
    [
      "does not know the token",
      { status: 401, body: { message: "Bad credentials" } },
      { retryable: false, message: expect.stringContaining("GITHUB_TOKEN") as string },
    ],
    [
      "lacks a permission",
      {
        status: 403,
        headers: { "x-accepted-github-permissions": "issues=write" },
        body: { message: "Resource not accessible by personal access token" },
      },
      {
        reason: "forbidden",
        retryable: false,
        message: expect.stringMatching(/not accessible.*issues=write for octo-org\/shop/) as string,
      },
    ],
    [
      "shows no such repository",
      { status: 404 },
      { reason: "not_found", retryable: false, message: expect.stringContaining("GITHUB_REPO") as string },
    ],
    [
      "has no issues there",
      { status: 410 },
      { retryable: false, message: expect.stringContaining("Settings → General") as string },
    ],
    [
      "refuses what it says",
      { status: 422, body: { message: "Validation Failed", errors: [{ field: "title" }] } },
      { reason: "invalid", retryable: false },
    ],
    [
      "has moved the repository",
      { status: 301, headers: { location: "/repositories/1" } },
      { retryable: false, message: expect.stringContaining("moved") as string },
    ],
  ])("%s, the engine receives that", async (_, fault, error) => {
    github.fault(/^POST .*issues$/, typeof fault === "function" ? fault() : fault);
    const reply = await portErrorOf(gitHubTickets().open(aTicketRequest(), aTicketAttempt()));
    expect(reply).toMatchObject(error);
    expect([github.requests.filter((line) => line.startsWith("POST")).length, github.issues.length]).toEqual([1, 0]);
    if (reply.reason === "rate_limited") expect(reply.retryAfterMs).toBeLessThanOrEqual(121_000);
  });

  test("does not answer, the request times out", async () => {
    github.fault(/^POST .*issues$/, "silence");
    const patient = createGitHubTickets({
      token: github.token,
      apiUrl: github.url,
      placeOf: () => ({ repo: github.repo, labels: [], assignee: null }),
      clock: wallClock,
      allowances: UNLIMITED_ALLOWANCES,
      onCall: () => {},
      timeoutMs: 50,
    });
    expect(await portErrorOf(patient.open(aTicketRequest(), aTicketAttempt()))).toMatchObject({
      reason: "timeout",
      retryable: true,
      mayHaveHappened: true,
    });
  });

  test("rejects the token, the error does not contain it", async () => {
    const error = await portErrorOf(gitHubTickets({}, "ghp_secret").open(aTicketRequest(), aTicketAttempt()));
    expect(error.reason).toBe("unauthorized");
    expect(error.message).not.toContain("ghp_secret");
  });
});

test("a ticket is done when its issue is closed, and unknown when it is deleted", async () => {
  const ticket = await opened();
  expect(await gitHubTickets().outcome(ticket)).toEqual({ state: "open" });
  await gitHubTickets().close(ticket, NEWS, aTicketAttempt());
  expect(await gitHubTickets().outcome(ticket)).toEqual({ state: "done" });
  expect(await gitHubTickets().outcome({ ...ticket, key: `${github.repo}#999` })).toBeNull();
  expect((await portErrorOf(gitHubTickets({}, "wrong").outcome(ticket))).reason).toBe("unauthorized");
});

test.each([
  { reason: "not_planned", how: "not planned" },
  { reason: "duplicate", how: "a duplicate" },
] as const)("a ticket that someone closed as $reason is dropped, and stays closed as that", async ({ reason, how }) => {
  const ticket = await opened();
  Object.assign(github.issues[0]!, { state: "closed", reason, closedBy: "carol" });
  expect(await gitHubTickets().outcome(ticket)).toEqual({ state: "dropped", how, by: "carol" });
  await gitHubTickets().close(ticket, NEWS, aTicketAttempt());
  expect(github.issues[0]).toMatchObject({ state: "closed", reason });
});
