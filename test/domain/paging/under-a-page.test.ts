import { beforeEach, describe, expect, test } from "vitest";
import { directMessage } from "#views/response/direct-messages.ts";
import { anObservation } from "#test/support/builders/alert-builders.ts";
import { ALICE, ALICE_PERSON, BOB } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE } from "#test/support/builders/instants.ts";
import { CoreHarness, deliveryOfAlerts, firingCore } from "#test/support/harness/core.ts";

const SHARED_POLICY = {
  ...STAFFED_POLICY,
  grouping: { by: ["alertname"] },
  services: { "order-service": { team: "orders" }, "payment-service": { team: "payments" } },
  priorities: { P1: { commandWithin: null } },
};

let core: CoreHarness;
beforeEach(() => {
  core = new CoreHarness(aPolicy(SHARED_POLICY));
  for (const service of ["order-service", "payment-service"])
    core.receives(
      deliveryOfAlerts(anObservation({ fingerprint: service, labels: { alertname: "Down", service, severity: "P1" } })),
    );
});

const pageKey = (to: string): string => core.incident().pages.findLast((page) => page.to === to)!.key;
const statuses = (): string[] => core.incident().pages.map(({ to, status }) => `${to} ${status}`);

describe("Acknowledge under a page", () => {
  test("that is answered already answers no other team's escalation", () => {
    core.does({ type: "incident.acknowledge", page: pageKey("Bob") }, BOB);
    expect(core.asks({ type: "incident.acknowledge", page: pageKey("Bob") }, BOB)).toEqual({
      ok: false,
      refusal: "The page of Bob is already acknowledged. orders has not answered; next: Mia at 14:42 UTC.",
    });
    expect(core.incident().escalation).toMatchObject({ answered: null, next: { to: "Mia" } });
  });

  test("of a team that is paged again because its answer expired answers that team", () => {
    core.does({ type: "incident.acknowledge", page: pageKey("Bob") }, BOB);
    const first = pageKey("Bob");
    core.does({ type: "incident.acknowledge" });
    core.passes(61 * MINUTE);
    expect(core.incident().teamEscalations["payments"]).toMatchObject({ answered: null });
    core.does({ type: "incident.acknowledge", page: first }, BOB);
    expect(core.incident().teamEscalations["payments"]).toMatchObject({
      answered: { by: { name: "Bob" } },
      next: null,
    });
  });

  test("answers no page that was sent to the same person at another time; `ack` without a page does", () => {
    core.passes(MINUTE);
    core.does({ type: "incident.page", to: { kind: "person", person: { id: "bob", name: "Bob" } }, message: null });
    core.does({ type: "incident.acknowledge", page: pageKey("Bob") }, BOB);
    expect(statuses()).toEqual(["Alice acknowledged", "Bob requested", "Bob acknowledged"]);
    core.does({ type: "incident.acknowledge" }, BOB);
    expect(statuses()[1]).toBe("Bob acknowledged");
  });

  test.each(["here", "at the pager"])("answers %s for each team that called the person at that moment", (where) => {
    core = new CoreHarness(
      aPolicy({ ...SHARED_POLICY, teams: { ...SHARED_POLICY.teams, payments: { oncall: ["alice"] } } }),
    );
    const alerts = ["order-service", "payment-service"].map((service) =>
      anObservation({ fingerprint: service, labels: { alertname: "Down", service, severity: "P0" } }),
    );
    core.receives(deliveryOfAlerts(...alerts));
    expect(core.paged()).toEqual(["P0 Alice", "P0 Alice"]);
    const [own, other] = core.incident().pages.map(({ key }) => key);
    if (where === "here") core.does({ type: "incident.acknowledge", page: own! });
    else core.does({ type: "pager.heard", what: "acknowledged", alarm: `muster:${own}:uid`, text: "there" });
    expect(statuses()).toEqual(["Alice acknowledged", "Alice acknowledged"]);
    expect(core.effects).toContainEqual(expect.objectContaining({ type: "page.acknowledge", page: other! }));
  });

  test("that the incident does not have is refused", () => {
    expect(core.asks({ type: "incident.acknowledge", page: "INC-7:1:P1:0" })).toEqual({
      ok: false,
      refusal: "INC-1 has no page INC-7:1:P1:0.",
    });
    expect(core.incident().status).toBe("triggered");
  });

  test("names the team that it was for", () => {
    core.does({ type: "incident.acknowledge" });
    core.does({ type: "incident.acknowledge", page: pageKey("Bob") }, ALICE);
    expect(core.events.at(-1)).toMatchObject({ type: "page.acknowledged", data: { team: "payments", to: "Bob" } });
  });
});

describe("Take command under a page", () => {
  test("answers that page, no matter whom it was sent to", () => {
    core.does({ type: "incident.acknowledge" });
    core.does({ type: "role.claim", role: "commander", page: pageKey("Bob") }, ALICE);
    expect(core.incident().roles.commander).toMatchObject({ name: "Alice" });
    expect(statuses()).toEqual(["Alice acknowledged", "Bob acknowledged"]);
  });

  test("answers it when someone else has command, and the reply names them", () => {
    core.does({ type: "role.claim", role: "commander" });
    core.does({ type: "role.claim", role: "commander", page: pageKey("Bob") }, BOB);
    expect(core.incident().roles.commander).toMatchObject({ name: "Alice" });
    expect(statuses()).toEqual(["Alice acknowledged", "Bob acknowledged"]);
    expect(core.events.slice(-2)).toMatchObject([
      { type: "page.acknowledged", data: { to: "Bob" } },
      { type: "command.refused", data: { reason: "Alice is Incident Commander. Ask them to hand over." } },
    ]);
  });

  test("is refused when there is no page to answer, and someone has command", () => {
    core.does({ type: "role.claim", role: "commander" });
    core.does({ type: "incident.acknowledge", page: pageKey("Bob") }, BOB);
    expect(core.asks({ type: "role.claim", role: "commander", page: pageKey("Bob") }, BOB).ok).toBe(false);
  });

  test("after a rise in priority answers the new page of the person who has command already", () => {
    core = firingCore("P2");
    core.does({ type: "role.claim", role: "commander" });
    core.does({ type: "incident.set_priority", priority: "P1", reason: null }, BOB);
    expect(core.paged()).toEqual(["P2 Alice", "P1 Alice"]);
    core.does({ type: "role.claim", role: "commander", page: pageKey("Alice") });
    expect(core.incident().escalation).toMatchObject({ next: null, answered: { by: { name: "Alice" } } });
  });
});

test("both buttons of a page's message carry its key", () => {
  const message = directMessage(core.incident(), ALICE_PERSON, { kind: "page", key: pageKey("Bob") }, "https://x");
  const buttons = message!.parts.flatMap((part) => (part.kind === "buttons" ? part.buttons : []));
  expect(buttons.map(({ action, value }) => [action, value])).toEqual([
    ["incident.acknowledge", `1 ${pageKey("Bob")}`],
    ["role.claim.commander", `1 ${pageKey("Bob")}`],
  ]);
});
