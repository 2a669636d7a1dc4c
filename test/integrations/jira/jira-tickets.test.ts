import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { JiraPlace, JiraTicketsOptions } from "#integrations/jira/jira-tickets.ts";
import { checkProject } from "#integrations/jira/check.ts";
import { UNLIMITED_ALLOWANCES } from "#ports/allowances.ts";
import type { TicketAttempt, TicketRequest } from "#ports/tickets.ts";
import { ticketBody, ticketComment } from "#views/tickets/ticket-content.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
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

const PAGE = "https://muster.example/incidents/INC-1";
const NEWS = ticketComment(anIncident({ status: "resolved", resolvedAt: wallClock() }), null, PAGE);
const requestNow = (overrides: Partial<TicketRequest> = {}): TicketRequest =>
  aTicketRequest({ labels: ["incident", "P2", "service:order service"], openedAt: now, ...overrides });
const attemptNow = (overrides: Partial<TicketAttempt> = {}): TicketAttempt =>
  aTicketAttempt({ since: now, ...overrides });
const jiraTickets = (place: Partial<JiraPlace> = {}, settings: Partial<JiraTicketsOptions> = {}) =>
  jiraTicketsOf(jira, () => now, place, settings);
const opened = async () => (await jiraTickets().open(requestNow(), attemptNow()))!;

describe("a ticket in Jira", () => {
  test("has title, links, labels and the team's assignee, by e-mail address", async () => {
    expect(await opened()).toEqual({ key: "OPS-1", url: `${jira.url}/browse/OPS-1`, note: null });
    const [{ fields }] = jira.issues as [JiraDouble["issues"][number]];
    expect(fields).toMatchObject({
      summary: "INC-1: orders are slow",
      issuetype: { name: "Task" },
      labels: ["muster", "muster-uid-1", "incident", "P2", "service:order-service", "team-orders"],
      assignee: { id: "5b10ac8d82e05b22cc7d4ef5" },
    });
    expect(JSON.stringify(fields.description)).toContain(`{"type":"link","attrs":{"href":"${PAGE}"}}`);
    expect(jira.violations).toEqual([]);
  });

  test.each([["ghost@example.com"], ["5b109f2e9729b51b54dc274d"]])(
    "is opened without %s, whom Jira does not assign, with a note about it",
    async (assignee) => {
      expect(await jiraTickets({ assignee }).open(requestNow(), attemptNow())).toMatchObject({
        key: "OPS-1",
        note: expect.stringContaining(assignee) as string,
      });
      expect(jira.issues[0]!.fields.assignee).toBeUndefined();
    },
  );

  test("has the type that the team configured, or reports the wrong setting", async () => {
    await jiraTickets({ issueType: "Bug" }).open(requestNow(), attemptNow());
    expect(jira.issues[0]!.fields.issuetype.name).toBe("Bug");
    expect(
      await portErrorOf(jiraTickets({ issueType: "Epos" }).open(requestNow({ key: "uid-2" }), attemptNow())),
    ).toMatchObject({
      retryable: false,
      message: expect.stringContaining("teams.<team>.tickets.issueType") as string,
    });
    expect(
      (await portErrorOf(jiraTickets({ project: "NONE" }).open(requestNow({ key: "uid-2" }), attemptNow()))).message,
    ).toContain("JIRA_PROJECT");
  });

  test("fits Jira's limits with texts of any length", async () => {
    const lines = Array.from({ length: 60 }, () => ({ text: `${"💥\n".repeat(3_000)}` }));
    const text = { lines: [...lines, { text: "Incident", url: PAGE }], markdown: "" };
    await jiraTickets({ labels: ["x y".repeat(200)] }).open(
      requestNow({ title: "t\n".repeat(400), text }),
      attemptNow(),
    );
    await jiraTickets().comment(await opened(), text, attemptNow());
    expect([jira.violations, jira.issues.length, jira.issues[0]!.comments.length]).toEqual([[], 1, 1]);
  });

  test("mentions no one, with any alert text", async () => {
    const hostile = "@channel [~accountid:5b10ac8d82e05b22cc7d4ef5] @alice {type:mention}";
    await jiraTickets().open(
      requestNow({ title: hostile, text: ticketBody(anIncident({ priorityReason: hostile }), PAGE) }),
      attemptNow(),
    );
    expect([jira.violations, JSON.stringify(jira.issues[0]!.fields.description).includes('"mention"')]).toEqual([
      [],
      false,
    ]);
  });
});

describe("never two for one incident:", () => {
  test("the connection is cut after it was made", async () => {
    jira.fault(/^POST .*issue$/, "cut-after");
    expect(await portErrorOf(jiraTickets().open(requestNow(), attemptNow()))).toMatchObject({
      reason: "unreachable",
      retryable: true,
      mayHaveHappened: true,
    });
    expect(await jiraTickets().open(requestNow(), attemptNow({ unsure: true }))).toMatchObject({ key: "OPS-1" });
    expect(jira.issues).toHaveLength(1);
  });

  test("also while Jira's search is behind", async () => {
    const patient = jiraTickets();
    jira.behind = true;
    jira.fault(/^POST .*issue$/, "cut-after");
    await portErrorOf(patient.open(requestNow(), attemptNow()));
    expect(await portErrorOf(patient.open(requestNow(), attemptNow({ unsure: true })))).toMatchObject({
      retryable: true,
      retryAfterMs: 60_000,
      mayHaveHappened: true,
    });
    jira.behind = false;
    now += 60_000;
    expect(await patient.open(requestNow(), attemptNow({ unsure: true }))).toMatchObject({ key: "OPS-1" });
    expect(jira.issues).toHaveLength(1);
  });

  test("and opens one when the first attempt failed", async () => {
    const patient = jiraTickets();
    jira.fault(/^POST .*issue$/, "cut");
    await portErrorOf(patient.open(requestNow(), attemptNow()));
    await portErrorOf(patient.open(requestNow(), attemptNow({ unsure: true })));
    now += 60_000;
    await patient.open(requestNow(), attemptNow({ unsure: true }));
    expect(jira.issues).toHaveLength(1);
  });

  test("the process died before it was recorded", async () => {
    await opened();
    expect(await opened()).toMatchObject({ key: "OPS-1" });
    expect(jira.issues).toHaveLength(1);
  });

  test.each([
    ["was frozen until the work was somebody else's", -1],
    ["has less time left than an answer may take", 5_000],
  ])("a process that %s opens none", async (_, left) => {
    expect(await portErrorOf(jiraTickets().open(requestNow(), attemptNow({ until: now + left })))).toMatchObject({
      reason: "timeout",
    });
    expect(jira.issues).toEqual([]);
  });
});

describe("afterwards", () => {
  test("it is closed with a comment, and opened again with another", async () => {
    const ticket = await opened();
    expect(await jiraTickets().close(ticket, NEWS, attemptNow())).toEqual({ note: null });
    expect([jira.issues[0]!.status, JSON.stringify(jira.issues[0]!.comments)]).toEqual([
      "Done",
      expect.stringContaining("/postmortem"),
    ]);
    await jiraTickets().reopen(ticket, NEWS, attemptNow({ key: "ticket.reopen:INC-1:12" }));
    expect([jira.issues[0]!.status, jira.issues[0]!.comments.length, jira.violations]).toEqual(["To Do", 2, []]);
  });

  test("comments when the workflow has no way to close it", async () => {
    const ticket = await opened();
    jira.ways = ["In Progress"];
    expect(await jiraTickets().close(ticket, NEWS, attemptNow())).toEqual({
      note: expect.stringContaining("by hand") as string,
    });
    expect([jira.issues[0]!.status, JSON.stringify(jira.issues[0]!.comments)]).toEqual([
      "To Do",
      expect.stringContaining("Muster did not close this issue"),
    ]);
  });

  test("fills in a resolution that the workflow requires, and leaves other required fields to people", async () => {
    const ticket = await opened();
    jira.asks = "resolution";
    expect(await jiraTickets().close(ticket, NEWS, attemptNow())).toEqual({ note: null });
    expect([jira.issues[0]!.status, jira.violations]).toEqual(["Done", []]);
    const other = (await jiraTickets().open(requestNow({ key: "uid-2" }), attemptNow()))!;
    jira.asks = "customfield_10042";
    expect(await jiraTickets().close(other, NEWS, attemptNow())).toEqual({
      note: expect.stringContaining("by hand") as string,
    });
    expect(jira.issues[1]!.status).toBe("To Do");
  });

  test("comments on the end of a ticket that is closed already, and keeps it closed", async () => {
    const ticket = await opened();
    jira.issues[0]!.status = "Done";
    await jiraTickets().close(ticket, NEWS, attemptNow());
    expect([jira.issues[0]!.comments.length, jira.requests.filter((line) => line.endsWith("/transitions"))]).toEqual([
      1,
      [],
    ]);
  });

  test.each<[string, RegExp, JiraFault]>([
    ["a comment", /^POST .*comment$/, "cut-after"],
    ["the closing", /^POST .*transitions$/, "cut-after"],
  ])("%s whose answer was lost is not repeated", async (_, matching, fault) => {
    const ticket = await opened();
    jira.fault(matching, fault);
    expect(await portErrorOf(jiraTickets().close(ticket, NEWS, attemptNow()))).toMatchObject({
      retryable: true,
      mayHaveHappened: true,
    });
    await jiraTickets().close(ticket, NEWS, attemptNow({ unsure: true }));
    expect([jira.issues[0]!.comments.length, jira.issues[0]!.status]).toEqual([1, "Done"]);
    expect(jira.requests.filter((line) => /^POST .*transitions$/.test(line))).toHaveLength(1);
  });
});

test("a ticket is done when its status is in the category Done, and unknown when it is deleted", async () => {
  const ticket = await opened();
  expect(await jiraTickets().outcome(ticket)).toEqual({ state: "open" });
  jira.issues[0]!.status = "Done";
  expect(await jiraTickets().outcome(ticket)).toEqual({ state: "done" });
  expect(await jiraTickets().outcome({ ...ticket, key: `${jira.project}-999` })).toBeNull();
});

test("a ticket that was closed as declined or as a duplicate is dropped, by the person who moved it", async () => {
  const ticket = await opened();
  Object.assign(jira.issues[0]!, { status: "Done", resolution: "Duplicate", movedBy: "Carol Lang" });
  expect(await jiraTickets().outcome(ticket)).toEqual({ state: "dropped", how: "Duplicate", by: "Carol Lang" });
  Object.assign(jira.issues[0]!, { resolution: "Won't Do", movedBy: null });
  expect(await jiraTickets().outcome(ticket)).toEqual({ state: "dropped", how: "Won't Do", by: null });
  Object.assign(jira.issues[0]!, { resolution: "Fixed" });
  expect(await jiraTickets().outcome(ticket)).toEqual({ state: "done" });
});

describe("a project that requires a field of its own", () => {
  const place = { fields: { customfield_10050: { value: "High" } } };
  const check = (fields: JiraPlace["fields"]) =>
    checkProject(
      {
        url: jira.url,
        email: jira.email,
        token: jira.token,
        clock: () => now,
        allowances: UNLIMITED_ALLOWANCES,
        onCall: () => {},
      },
      { project: jira.project, issueType: "Task", fields },
    );

  test("refuses a ticket without it, and the reason names the key of the policy", async () => {
    jira.impact = true;
    const { reason, message } = await portErrorOf(jiraTickets().open(requestNow(), attemptNow()));
    expect([reason, message]).toEqual([
      "invalid",
      expect.stringContaining("teams.<team>.tickets.fields.customfield_10050"),
    ]);
    expect((await portErrorOf(check({}))).message).toBe(
      "OPS requires of a Task what tickets do not have: Customer impact (set teams.<team>.tickets.fields.customfield_10050)",
    );
  });

  test("takes a ticket with what the policy gives", async () => {
    jira.impact = true;
    await jiraTickets(place).open(requestNow(), attemptNow());
    expect(jira.issues[0]!.fields).toMatchObject({ customfield_10050: { value: "High" } });
    expect(await check(place.fields)).toContain("OPS has issues of type Task");
  });
});
