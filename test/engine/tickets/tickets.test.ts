import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { refusedTickets } from "#db/outages/dead-letter-rows.ts";
import { PortError } from "#ports/port-error.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";
import { aSubmission } from "#test/support/builders/submissions.ts";

const TRACKER_DOWN = new PortError("unreachable", "the tracker is down", { retryable: true, mayHaveHappened: true });
const NEVER = new PortError("forbidden", "the token may not write issues", { retryable: false });

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(() => rig.reset());
afterAll(() => rig.close());

const receivesAlert = (severity = "P3"): Promise<void> =>
  rig.receives(deliveryOf([alertOf({ alertname: "Down", service: "order-service", severity }, { startsAt: NOW })]));
const resolvesIncident = async (): Promise<void> => {
  await rig.does({ type: "incident.resolve", reason: "rolled back" });
  await rig.settles();
};
const failures = async (): Promise<string[]> =>
  (await rig.events()).flatMap((event) =>
    event.type === "ticket.failed" ? [`${event.data.what ?? "open"}: ${event.data.reason}`] : [],
  );

describe("the ticket of an incident", () => {
  test("is closed with who resolved it, and reopened with the incident", async () => {
    await receivesAlert();
    await rig.passes(MINUTE);
    await resolvesIncident();
    expect(rig.tickets.comments).toEqual(["T-1 closed: Resolved by Alice: rolled back (1 alert still firing)"]);
    await rig.does({ type: "incident.reopen", reason: "still slow" });
    await rig.settles();
    expect(rig.tickets.comments.at(-1)).toBe("T-1 re-opened: Re-opened: still slow");
    await resolvesIncident();
    expect([rig.tickets.comments.length, rig.tickets.isOpen.get("T-1"), rig.tickets.opened.length]).toEqual([
      3,
      false,
      1,
    ]);
    expect((await rig.events()).flatMap((event) => (event.type === "ticket.updated" ? [event.data.how] : []))).toEqual([
      "closed",
      "reopened",
      "closed",
    ]);
  });

  test("has labels that it is found by", async () => {
    rig.policy = aPolicy({ ...STAFFED_POLICY, services: { "order-service": { team: "orders" } } });
    await receivesAlert();
    await rig.passes(MINUTE);
    expect(rig.tickets.opened).toMatchObject([{ labels: ["incident", "P3", "service:order-service"] }]);
  });

  test("is opened again when its end is taken back, and closed by the next", async () => {
    await receivesAlert();
    await rig.passes(MINUTE);
    await resolvesIncident();
    await rig.does({ type: "undo" });
    await rig.settles();
    expect([rig.tickets.isOpen.get("T-1"), rig.tickets.comments.slice(1)]).toEqual([
      true,
      [expect.stringMatching(/^T-1 re-opened: Re-opened: Alice undid/)],
    ]);
    await resolvesIncident();
    expect([rig.tickets.isOpen.get("T-1"), rig.tickets.comments.length]).toEqual([false, 3]);
  });

  test("only gets a comment at the end where the team's policy is to comment", async () => {
    rig.policy = aPolicy({
      ...STAFFED_POLICY,
      teams: { ...STAFFED_POLICY.teams, orders: { ...STAFFED_POLICY.teams.orders, tickets: { atResolve: "comment" } } },
    });
    await receivesAlert();
    await rig.passes(MINUTE);
    await resolvesIncident();
    expect([rig.tickets.comments.map((line) => line.slice(0, 9)), rig.tickets.isOpen.get("T-1")]).toEqual([
      ["T-1 told:"],
      true,
    ]);
  });

  test("is opened and closed when the incident ended before the tracker answered", async () => {
    rig.tickets.fails(TRACKER_DOWN, 3);
    await receivesAlert();
    await rig.settles();
    await resolvesIncident();
    await rig.passes(5 * MINUTE);
    expect([rig.tickets.opened.length, rig.tickets.comments]).toEqual([1, ["T-1 closed: INC-1 is resolved"]]);
  });

  test("ends as the incident does, after any downtime of the tracker", async () => {
    await receivesAlert();
    await rig.passes(MINUTE);
    rig.tickets.fails(TRACKER_DOWN, 5);
    await resolvesIncident();
    await rig.does({ type: "incident.reopen", reason: "still slow" });
    await rig.passes(10 * MINUTE);
    expect([rig.tickets.isOpen.get("T-1"), rig.tickets.comments]).toEqual([
      true,
      ["T-1 re-opened: Re-opened: still slow"],
    ]);
  });

  test("gets the end and the reopening in order", async () => {
    await receivesAlert();
    await rig.passes(MINUTE);
    await rig.does({ type: "incident.resolve", reason: "rolled back" });
    await rig.laneWorkers.apply();
    // Closing is on its way when it goes on.
    await rig.connection.pool.query(
      "update effects set status = 'started', due_at = now() + interval '100 years' where effect->>'type' = 'ticket.close'",
    );
    await rig.does({ type: "incident.reopen", reason: "still slow" });
    await rig.passes(10_000);
    expect(rig.tickets.comments).toEqual([]);
    await rig.connection.pool.query("update effects set status = 'done' where effect->>'type' = 'ticket.close'");
    await rig.passes(5_000);
    expect(rig.tickets.comments).toHaveLength(1);
  });

  test.each(["close", "reopen"] as const)("that the tracker does not %s is recorded in the timeline", async (what) => {
    await receivesAlert();
    await rig.passes(MINUTE);
    if (what === "reopen") await resolvesIncident();
    rig.tickets.fails(NEVER);
    if (what === "close") await resolvesIncident();
    else await rig.does({ type: "incident.reopen", reason: "still slow" });
    await rig.passes(MINUTE);
    expect(await failures()).toEqual([`${what}: the token may not write issues`]);
  });

  test.each(["unauthorized", "forbidden", "not_found", "invalid"] as const)(
    "that is refused as %s is reported once, and opened when the place is mended",
    async (reason) => {
      const refusal = (): PortError => new PortError(reason, "the field Team is required", { retryable: false });
      rig.tickets.fails(refusal());
      await receivesAlert();
      await rig.passes(MINUTE);
      expect(await failures()).toEqual(["open: the field Team is required"]);
      rig.tickets.fails(refusal());
      await rig.passes(15 * MINUTE);
      expect([await failures(), rig.tickets.opened]).toEqual([["open: the field Team is required"], []]);
      expect(await refusedTickets(rig.engine.connection.db)).toEqual({
        counts: { "ticket.open": 1 },
        reason: "the field Team is required",
      });
      await rig.passes(15 * MINUTE);
      expect(rig.tickets.opened).toHaveLength(1);
      expect(await refusedTickets(rig.engine.connection.db)).toBeNull();
    },
  );

  test("of a private incident has only a link", async () => {
    await rig.submit(
      aSubmission(
        {
          type: "incident.declare",
          declaration: {
            title: "customer data leaked",
            priority: "P3",
            service: "order-service",
            summary: null,
            private: true,
            page: true,
            drill: false,
          },
        },
        { key: "declared", at: rig.now },
      ),
    );
    await rig.passes(MINUTE);
    await resolvesIncident();
    expect(JSON.stringify([rig.tickets.opened, rig.tickets.comments])).not.toMatch(/leaked|order-service|rolled back/);
    expect(rig.tickets.opened).toMatchObject([{ title: "INC-1: private, open the link" }]);
  });
});

test("comments once after a crash between closing a ticket and recording it", async () => {
  await receivesAlert();
  await rig.passes(MINUTE);
  rig.onStep = (step) => {
    if (step.step === "perform.called" && step.type === "ticket.close") throw new Error("crash");
  };
  await resolvesIncident();
  rig.onStep = () => {};
  rig.restart();
  await rig.passes(2 * MINUTE);
  expect([
    rig.tickets.comments.length,
    (await rig.eventTypes()).filter((type) => type === "ticket.updated").length,
  ]).toEqual([1, 1]);
});

test("a crash between opening a ticket and recording it makes no second, and the tracker is asked to look", async () => {
  await receivesAlert();
  rig.onStep = (step) => {
    if (step.step === "perform.called" && step.type === "ticket.open") throw new Error("crash");
  };
  await rig.settles();
  rig.onStep = () => {};
  rig.restart();
  await rig.passes(2 * MINUTE);
  expect([rig.tickets.asked.map(({ unsure }) => unsure), rig.tickets.opened.length]).toEqual([[false, true], 1]);
  expect(await rig.incident()).toMatchObject({ tickets: [{ key: "T-1" }] });
});
