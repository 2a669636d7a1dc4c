import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { describeEvent } from "#domain/events/event-registry.ts";
import { createTicketSync } from "#engine/tickets/ticket-sync.ts";
import { PortError } from "#ports/port-error.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";
import { BOB_PERSON } from "#test/support/builders/people.ts";

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(async () => {
  await rig.reset();
  await rig.receives(
    deliveryOf([alertOf({ alertname: "Down", service: "order-service", severity: "P1" }, { startsAt: NOW })]),
  );
  await rig.passes(MINUTE);
  await rig.does({ type: "task.add", kind: "followup", text: "limit retries", owner: BOB_PERSON, due: "2026-12-01" });
  await rig.does({ type: "task.add", kind: "followup", text: "alert on retries", owner: null, due: null });
  await rig.does({ type: "task.add", kind: "task", text: "look at the pool", owner: null, due: null });
  await rig.does({ type: "incident.resolve", reason: "rolled back" });
  await rig.settles();
});
afterAll(() => rig.close());

const titles = (): string[] => rig.tickets.opened.map(({ title }) => title);
const syncLooks = async (mirror = createTicketSync(rig.engine, rig.submit)): Promise<void> => {
  await mirror();
  await rig.settles();
};

test("opens a ticket for each follow-up when the review starts, once, and shows it on the page", async () => {
  await rig.does({ type: "task.ticket", id: 1 });
  await rig.settles();
  expect(titles()).toEqual(["limit retries (INC-1)"]);
  await rig.does({ type: "postmortem.review", reviewers: [] });
  await rig.settles();
  await rig.does({ type: "task.ticket", id: null });
  await rig.does({ type: "task.ticket", id: 1 });
  await rig.settles();
  expect(titles()).toEqual(["limit retries (INC-1)", "alert on retries (INC-1)"]);
  expect((await rig.incident()).tasks.map(({ ticket }) => ticket?.key)).toEqual(["T-1", "T-2", undefined]);
  expect(rig.tickets.opened[0]).toMatchObject({ labels: ["follow-up", "P1", "service:order-service"] });
});

test("requests no tickets where the policy has none", async () => {
  rig.policy = aPolicy({ ...STAFFED_POLICY, postmortem: { tickets: false } });
  await rig.does({ type: "postmortem.review", reviewers: [] });
  await rig.settles();
  expect(titles()).toEqual([]);
});

test("a crash between opening a follow-up's ticket and recording it makes no second", async () => {
  rig.onStep = (step) => {
    if (step.step === "perform.called" && step.type === "ticket.followup") throw new Error("crash");
  };
  await rig.does({ type: "task.ticket", id: 1 });
  await rig.settles();
  rig.onStep = () => {};
  rig.restart();
  await rig.passes(2 * MINUTE);
  expect([rig.tickets.asked.map(({ unsure }) => unsure), titles()]).toEqual([[false, true], ["limit retries (INC-1)"]]);
});

test("a ticket that could not be opened is reported in the timeline", async () => {
  rig.tickets.fails(new PortError("forbidden", "the token may not write issues", { retryable: false }));
  await rig.does({ type: "task.ticket", id: 1 });
  await rig.settles();
  expect(
    (await rig.events()).flatMap((event) => (event.type === "task.ticket_failed" ? [event.data.reason] : [])),
  ).toEqual(["the token may not write issues"]);
});

test("completes a follow-up that is done in the tracker, once, and names the source", async () => {
  await rig.does({ type: "task.ticket", id: null });
  await rig.settles();
  await syncLooks();
  expect((await rig.incident()).tasks.every(({ doneAt }) => doneAt === null)).toBe(true);
  rig.tickets.isOpen.set("T-2", false);
  await syncLooks();
  await syncLooks();
  expect((await rig.incident()).tasks.map(({ doneAt }) => doneAt !== null)).toEqual([false, true, false]);
  expect((await rig.events()).filter(({ type }) => type === "task.done")).toMatchObject([
    { actor: { name: "T-2" }, evidence: { permalink: "https://tickets.example/T-2" } },
  ]);
});

test("drops a follow-up whose ticket was closed without being done, and names who closed it", async () => {
  await rig.does({ type: "task.ticket", id: null });
  await rig.settles();
  rig.tickets.dropped.set("T-2", { how: "not planned", by: "carol" });
  await syncLooks();
  await syncLooks();
  const [, task] = (await rig.incident()).tasks;
  expect(task).toMatchObject({ id: 2, dropped: "T-2 was closed as not planned by carol" });
  expect(task!.doneAt).not.toBeNull();
  expect((await rig.events()).filter(({ type }) => type === "task.done").map(describeEvent)).toEqual([
    "Task 2 was dropped: T-2 was closed as not planned by carol",
  ]);
});

test("retries a tracker that is down at the next check, and isolates a failing ticket", async () => {
  await rig.does({ type: "task.ticket", id: null });
  await rig.settles();
  rig.tickets.isOpen.set("T-1", false);
  rig.tickets.isOpen.set("T-2", false);
  const mirror = createTicketSync(rig.engine, rig.submit);
  rig.tickets.fails(new PortError("unreachable", "down", { retryable: true, mayHaveHappened: false }));
  await syncLooks(mirror);
  rig.tickets.fails(new PortError("forbidden", "not yours", { retryable: false }));
  for (let i = 0; i < 3; i++) await syncLooks(mirror);
  expect((await rig.incident()).tasks.map(({ doneAt }) => doneAt !== null)).toEqual([true, true, false]);
});

test("a private incident's follow-up has only a link", async () => {
  await rig.connection.pool.query("update incidents set state = jsonb_set(state::jsonb, '{private}', 'true')::json");
  await rig.does({ type: "task.ticket", id: 1 });
  await rig.settles();
  expect(JSON.stringify(rig.tickets.opened)).not.toMatch(/limit retries|order-service/);
  expect(titles()).toEqual(["INC-1: follow-up 1 of a private incident, open the link"]);
});
