import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { PortError } from "#ports/port-error.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { BOB } from "#test/support/builders/people.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";
import { aSubmission } from "#test/support/builders/submissions.ts";

const PAGER_DOWN = new PortError("unreachable", "the pager is down", { retryable: true });

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(() => rig.reset());
afterAll(() => rig.close());

const receivesAlert = (): Promise<void> =>
  rig.receives(deliveryOf([alertOf({ service: "order-service", severity: "P1" }, { startsAt: NOW })]));

describe("a page that waits for a pager that is down", () => {
  test("pages no one when the incident has ended before the pager is back", async () => {
    rig.paging.fails(PAGER_DOWN, 3);
    await receivesAlert();
    await rig.settles();
    await rig.does({ type: "incident.resolve", reason: "false alarm" });
    await rig.passes(5 * MINUTE);
    expect([rig.paging.triggered, rig.paging.resolved.length]).toEqual([[], 1]);
    expect(rig.log.selfAlerts).toHaveLength(3);
  });

  test("reaches the pager before its end does", async () => {
    await receivesAlert();
    await rig.laneWorkers.apply();
    // The page is on its way when someone resolves: the end waits until it is known what became of it.
    await rig.connection.pool.query(
      "update effects set status = 'started', due_at = now() + interval '100 years' where effect->>'type' = 'page.trigger'",
    );
    await rig.does({ type: "incident.resolve", reason: "false alarm" });
    await rig.passes(10_000);
    expect(rig.paging.resolved).toEqual([]);
    await rig.connection.pool.query("update effects set status = 'done' where effect->>'type' = 'page.trigger'");
    await rig.passes(1_000);
    expect(rig.paging.resolved).toHaveLength(1);
  });
});

describe("a call for a person", () => {
  afterEach(() => expect(rig.selfAlerts()).toEqual([]));
  const call = {
    type: "incident.page",
    to: { kind: "person", person: { id: "bob", name: "Bob" } },
    message: "we need a database admin",
  } as const;

  test("is an alarm of its own, that ends with the incident", async () => {
    await receivesAlert();
    await rig.settles();
    await rig.does(call);
    await rig.passes(MINUTE);
    expect(rig.paging.paged).toEqual(["P1 Alice", "P1 Bob"]);
    expect(new Set(rig.paging.triggered.map(({ dedupKey }) => dedupKey)).size).toBe(2);
    await rig.does({ type: "incident.resolve", reason: "fixed" });
    await rig.passes(MINUTE);
    expect(rig.paging.resolved.toSorted()).toEqual(rig.paging.triggered.map(({ dedupKey }) => dedupKey).toSorted());
  });

  test("is withdrawn by undo, and the incident's own alarm continues", async () => {
    await receivesAlert();
    await rig.settles();
    await rig.does(call);
    await rig.settles();
    await rig.does({ type: "undo" });
    await rig.passes(MINUTE);
    expect(rig.paging.resolved).toEqual([rig.paging.triggered[1]!.dedupKey]);
    expect((await rig.incident()).status).toBe("triggered");
  });

  test("of an unknown team is refused without a timeline entry", async () => {
    await receivesAlert();
    await rig.settles();
    await rig.does(
      { type: "incident.page", to: { kind: "team", team: "nobody-knows" }, message: null },
      { actor: BOB },
    );
    await rig.settles();
    expect(await rig.eventTypes()).not.toContain("command.refused");
    expect(await rig.outcomes()).toContain("refused: There is no team called nobody-knows.");
  });
});

test("pages a private incident with only its number and link", async () => {
  await rig.submit(
    aSubmission(
      {
        type: "incident.declare",
        declaration: {
          title: "customer data leaked",
          priority: "P1",
          service: "order-service",
          summary: null,
          private: true,
          page: true,
          drill: false,
        },
      },
      { key: "declared", at: rig.now, actor: BOB },
    ),
  );
  await rig.passes(MINUTE);
  expect(rig.paging.triggered).toMatchObject([
    {
      summary: "P1 INC-1: private, open the link",
      source: "INC-1",
      url: "https://muster.example/incidents/INC-1?of=1~uid-1",
    },
  ]);
  expect(rig.chat.messages.filter(({ channel }) => !channel.startsWith("C"))).toEqual([]);
});
