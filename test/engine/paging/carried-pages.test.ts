import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { PortError } from "#ports/port-error.ts";
import { dryRunPaging } from "#integrations/dry-run/dry-run.ts";
import type { Actor } from "#domain/values/language.ts";
import { BOB } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE, SECOND } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

// A page that a merge takes to another incident, between the engine, the pager and the chat.

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
afterAll(() => rig.close());
afterEach(() => expect(rig.selfAlerts().filter((line) => line !== RETRIED)).toEqual([]));
/** The log lines about a pager that could not be reached. */
const RETRIED = "warn: an effect failed and will be tried again";
beforeEach(async () => {
  await rig.reset();
  rig.policy = aPolicy({
    ...STAFFED_POLICY,
    services: { "order-service": { team: "orders" }, "payment-service": { team: "payments" } },
    priorities: { P1: { commandWithin: null } },
    grouping: { related: null },
  });
});

const CHARLIE: Actor = { kind: "person", id: "U0CHARLIE", name: "Charlie" };
const merges = (incident: number, into: number) =>
  rig.acts({ type: "incident.merge", into }, { incident, actor: CHARLIE });
/** INC-1 of orders has paged Alice, INC-2 of payments Bob. */
async function opensBoth(): Promise<void> {
  await rig.fires({ service: "order-service", severity: "P1" });
  await rig.fires({ service: "payment-service", severity: "P1" });
}
const BOBS_ALARM = "muster:INC-2:1:P1:0:uid-2";

describe("the alarm of a page that went along", () => {
  test("stays open, and is acknowledged and resolved by its own key, in the place where it was opened", async () => {
    rig.paging.place = "payments-service";
    await opensBoth();
    await merges(2, 1);
    await rig.passes(MINUTE);
    expect(rig.paging.paged).toEqual(["P1 Alice", "P1 Bob"]);
    expect(rig.paging.resolved).toEqual([]);
    await rig.acts({ type: "incident.acknowledge", page: "INC-2:1:P1:0" }, { incident: 2, actor: BOB });
    expect(rig.paging.acknowledged).toEqual([BOBS_ALARM]);
    expect((await rig.incident(1)).teamEscalations["payments"]).toMatchObject({ answered: { by: { name: "Bob" } } });
    await rig.acts({ type: "incident.resolve", reason: "fixed" });
    expect(rig.paging.resolved).toEqual(["muster:INC-1:1:P1:0:uid-1", BOBS_ALARM]);
    expect(new Set(rig.paging.places)).toEqual(new Set(["payments-service"]));
  });

  test("that someone acknowledges at the pager is that page's answer, and is not acknowledged there again", async () => {
    await opensBoth();
    await merges(2, 1);
    await rig.acts(
      { type: "pager.heard", what: "acknowledged", alarm: BOBS_ALARM, text: "there" },
      { incident: 2, actor: BOB },
    );
    expect((await rig.incident(1)).pages.map(({ key, status }) => [key, status])).toEqual([
      ["INC-1:1:P1:0", "sent"],
      ["INC-2:1:P1:0", "acknowledged"],
    ]);
    expect(rig.paging.acknowledged).toEqual([]);
    expect(await rig.eventTypes(2)).not.toContain("pager.told");
  });

  test("goes through three incidents, and back one by one", async () => {
    await opensBoth();
    await rig.fires({ service: "order-service", severity: "P1", alertname: "Third" });
    await merges(2, 1);
    await merges(1, 3);
    await rig.acts({ type: "undo" }, { incident: 2, actor: CHARLIE });
    expect(await rig.outcomes()).toContain(
      "refused: INC-1, which took in INC-2, was merged into INC-3: `unmerge` that first.",
    );
    await rig.acts({ type: "undo" }, { incident: 1, actor: CHARLIE });
    await rig.acts({ type: "undo" }, { incident: 2, actor: CHARLIE });
    expect((await rig.incident(2)).pages).toMatchObject([{ key: "INC-2:1:P1:0", status: "sent" }]);
    await rig.acts({ type: "incident.acknowledge" }, { incident: 2, actor: BOB });
    expect(rig.paging.acknowledged).toEqual([BOBS_ALARM]);
    expect(rig.paging.paged).toEqual(["P1 Alice", "P1 Bob", "P1 Alice"]);
  });
});

describe("a page that is on its way while its incident is merged", () => {
  test("is sent in the name of the incident where it went, and its report is taken there", async () => {
    rig.paging.fails(new PortError("unreachable", "no route", { retryable: true }), 1);
    await rig.fires({ service: "payment-service", severity: "P1" });
    await rig.fires({ service: "order-service", severity: "P1" });
    expect((await rig.incident(1)).pages[0]).toMatchObject({ status: "requested" });
    await merges(1, 2);
    await rig.passes(MINUTE);
    const sent = rig.paging.triggered.find(({ to }) => to === "Bob");
    expect(sent).toMatchObject({ dedupKey: "muster:INC-1:1:P1:0:uid-1", team: "payments", incident: "INC-2" });
    expect((await rig.incident(2)).pages.find(({ to }) => to === "Bob")).toMatchObject({ status: "sent" });
    expect(rig.paging.paged.toSorted()).toEqual(["P1 Alice", "P1 Bob"]);
  });

  test("and is answered before it is sent, is not sent, and the pager gets no answer for it", async () => {
    rig.paging.fails(new PortError("unreachable", "no route", { retryable: true }), 1);
    await rig.fires({ service: "payment-service", severity: "P1" });
    await rig.fires({ service: "order-service", severity: "P1" });
    await merges(1, 2);
    await rig.acts({ type: "incident.acknowledge", page: "INC-1:1:P1:0" }, { incident: 1, actor: BOB });
    await rig.passes(MINUTE);
    expect(rig.paging.paged).toEqual(["P1 Alice"]);
  });

  test("that opened nothing has failed there, and the next step follows at once", async () => {
    await rig.fires({ service: "order-service", severity: "P1" });
    rig.paging.opens = false;
    await rig.fires({ service: "payment-service", severity: "P1" });
    await merges(2, 1);
    await rig.passes(30 * SECOND);
    const { pages, teamEscalations } = await rig.incident(1);
    expect(pages.find(({ key }) => key === "INC-2:1:P1:0")).toMatchObject({ status: "failed" });
    expect(teamEscalations["payments"]!.step).toBeGreaterThan(1);
  });

  test("by direct message alone, arrives with the incident where it went on its buttons", async () => {
    Object.assign(rig, { paging: dryRunPaging((fields, message) => rig.log.info(fields, message)) });
    rig.restart();
    rig.chat.fails("direct", new PortError("unreachable", "no route", { retryable: true }));
    await rig.fires({ service: "payment-service", severity: "P1" });
    await rig.fires({ service: "order-service", severity: "P1" });
    await merges(1, 2);
    await rig.passes(MINUTE);
    const sent = (await rig.incident(2)).pages.map(({ to, status }) => `${to} ${status}`);
    expect(sent.toSorted()).toEqual(["Alice sent", "Bob sent"]);
    expect(rig.chat.directs.filter(({ user }) => user === BOB.id).map(({ text }) => text)).toEqual([
      expect.stringContaining("INC-2"),
    ]);
  });
});
