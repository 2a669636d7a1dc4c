import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { SignedRequests, WAYS_IN, WaysIn } from "#test/support/harness/app.ts";

type Shown = {
  readonly id: string;
  readonly status: string;
  readonly pages: readonly { readonly key: string; readonly to: string; readonly status: string }[];
  readonly escalations: readonly { readonly team: string; readonly answered: unknown; readonly next: unknown }[];
};

const AUTHORIZED = { authorization: "Bearer secret" };
let slack: SignedRequests;
let ways: WaysIn;
beforeAll(async () => {
  slack = await SignedRequests.open(
    {
      ...STAFFED_POLICY,
      services: { "order-service": { team: "orders" }, "payment-service": { team: "payments" } },
      priorities: { P1: { commandWithin: null } },
      grouping: { by: ["alertname"], related: null },
      storm: null,
    },
    { MUSTER_API_TOKENS: "secret" },
  );
  ways = new WaysIn(slack);
});
afterAll(() => slack.app.stop());

let alertCount = 0;

/** Opens an incident of orders and payments: Alice and Bob are paged. */
async function opensShared(): Promise<Shown> {
  const alertname = `Shared${++alertCount}`;
  const alerts = ["order-service", "payment-service"].map((service) =>
    alertOf({ alertname, service, severity: "P1" }, { startsAt: NOW }),
  );
  await slack.app.post("/webhooks/alertmanager", deliveryOf(alerts), AUTHORIZED);
  await slack.app.settles();
  const { incidents } = await read<{ incidents: readonly Shown[] }>("/api/incidents?limit=1");
  return incidents[0]!;
}

async function read<T>(path: string): Promise<T> {
  return (await (await slack.app.get(path, AUTHORIZED)).json()) as T;
}

const keyOf = ({ pages }: Shown, to: string): string => pages.find((page) => page.to === to)!.key;
const answeredTeams = async (id: string): Promise<string[]> =>
  (await read<Shown>(`/api/incidents/${id}`)).escalations
    .filter(({ answered }) => answered !== null)
    .map(({ team }) => team);

describe.each(WAYS_IN)("by %s", (way) => {
  test("ack answers for the incident's own team, and names the team that has not answered", async () => {
    const { id } = await opensShared();
    const { text } = await ways.say(way, "ack", id);
    expect(text).toMatch(
      /^INC-\d+: Acknowledged by Alice\. payments has not answered; next: the pager's escalation policy at 14:\d\d UTC\.$/,
    );
    expect(await answeredTeams(id)).toEqual(["orders"]);
  });

  test("ack with a page answers that page, and names the team that has not answered", async () => {
    const shown = await opensShared();
    const { text } = await ways.say(way, `ack ${keyOf(shown, "Bob")}`, shown.id);
    // In Slack Alice is known, and what was sent to her is answered with it.
    expect(text).toMatch(
      way === "slack"
        ? /^INC-\d+: Acknowledged by Alice for payments · Alice acknowledged their page$/
        : /^INC-\d+: Acknowledged by Alice for payments\. orders has not answered; next: Mia at 14:\d\d UTC\.$/,
    );
    expect(await answeredTeams(shown.id)).toEqual(way === "slack" ? ["orders", "payments"] : ["payments"]);
  });

  test("the last answer adds nothing further", async () => {
    const shown = await opensShared();
    await ways.say(way, "ack", shown.id);
    const { text } = await ways.say(way, `ack ${keyOf(shown, "Bob")}`, shown.id);
    expect(text).toMatch(/^INC-\d+: Alice acknowledged the page of Bob for payments$/);
    expect(await answeredTeams(shown.id)).toEqual(["orders", "payments"]);
  });

  test("ack with a page that there is not is refused", async () => {
    const { id } = await opensShared();
    const { text, ok } = await ways.say(way, `ack ${id}:9:P1:9`, id);
    expect(text).toMatch(/^INC-\d+ has no page INC-\d+:9:P1:9\.$/);
    if (ok !== null) expect(ok).toBe(false);
    expect(await answeredTeams(id)).toEqual([]);
  });

  test("taking command under a page answers it", async () => {
    const shown = await opensShared();
    const { text } = await ways.say(way, `ic ${keyOf(shown, "Bob")}`, shown.id);
    expect(text).toMatch(
      /^INC-\d+: Acknowledged by Alice · Alice is Incident Commander · Alice acknowledged the page of Bob for payments$/,
    );
    expect(await answeredTeams(shown.id)).toEqual(["orders", "payments"]);
  });
});

test("the key of a page names the incident where none is given", async () => {
  const shown = await opensShared();
  const response = await slack.app.post("/api/verbs", { text: `ack ${keyOf(shown, "Bob")}`, as: "Bob" }, AUTHORIZED);
  await slack.app.settles();
  expect(response.status).toBeLessThan(300);
  expect(await answeredTeams(shown.id)).toEqual(["payments"]);
});
