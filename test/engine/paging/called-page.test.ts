import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { NOW, SECOND } from "#test/support/builders/instants.ts";
import { BOB } from "#test/support/builders/people.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
afterAll(() => rig.close());
beforeEach(() => rig.reset());

const DESCRIPTION = "p95 is above 5 s for ten minutes, and customers wait";

async function describedIncident(): Promise<void> {
  await rig.receives(
    deliveryOf([
      alertOf(
        { alertname: "Latency", service: "order-service", severity: "P1" },
        { startsAt: NOW, annotations: { summary: "p95 latency", description: DESCRIPTION } },
      ),
    ]),
  );
  await rig.settles();
}

test("a page of an alert carries its description to the pager and to the person", async () => {
  await describedIncident();
  expect(rig.paging.triggered[0]).toMatchObject({
    details: { description: DESCRIPTION, alerts: { total: 1, firing: 1 }, firing: [{ description: DESCRIPTION }] },
  });
});

test("a call by name carries who calls and their words to the pager's title and details, and to the channel", async () => {
  await describedIncident();
  const to = { kind: "person", person: { id: "mia", name: "Mia" } } as const;
  await rig.acts({ type: "incident.page", to, message: "the replica lags" }, { actor: BOB });
  await rig.passes(5 * SECOND);
  expect(rig.paging.triggered.at(-1)).toMatchObject({
    to: "Mia",
    summary: expect.stringMatching(/^Bob: the replica lags · P1 INC-1: /) as string,
    details: { called_by: "Bob", message: "the replica lags" },
  });
  expect(rig.chat.in("C1").map(({ text }) => text)).toContainEqual(
    expect.stringContaining("Bob paged Mia via pager: the replica lags"),
  );
});

test("a call for a team carries them to its people too", async () => {
  await describedIncident();
  const to = { kind: "team", team: "payments" } as const;
  await rig.acts(
    { type: "incident.page", to, message: "cards are refused" },
    { actor: { ...BOB, id: "U0X", name: "X" } },
  );
  await rig.settles();
  expect(rig.paging.triggered.at(-1)).toMatchObject({
    to: "Bob",
    details: { called_by: "X", message: "cards are refused" },
  });
});
