import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROUTING_KEY, startPagerDuty, type PagerDutyDouble } from "#demo/pagerduty-double.ts";
import { portErrorOf } from "#test/support/builders/port-errors.ts";
import { aPageRequest, pagerDutyOf } from "#test/support/builders/doors/pagerduty.ts";

let pd: PagerDutyDouble;
beforeAll(async () => void (pd = await startPagerDuty()));
afterAll(() => pd.close());

const pager = (overrides: Parameters<typeof pagerDutyOf>[1] = {}) => pagerDutyOf(pd, overrides);

describe("an alarm", () => {
  test("has what a paged person needs, within PagerDuty's limits", async () => {
    await pager().trigger(aPageRequest({ summary: "💥".repeat(2_000), details: { labels: "x".repeat(600_000) } }));
    expect(pd.violations).toEqual([]);
    expect(pd.events.at(-1)).toMatchObject({
      event_action: "trigger",
      payload: {
        severity: "critical",
        source: "order-service",
        class: "P1",
        custom_details: { note: expect.stringContaining("too long") as string },
      },
      links: [{ href: "https://muster.example/incidents/INC-1" }, { text: "Runbook" }],
    });
  });

  test.each([
    ["P0", "critical"],
    ["P1", "critical"],
    ["P2", "error"],
    ["P3", "warning"],
    ["P4", "info"],
  ] as const)("of a %s is %s there", async (priority, severity) => {
    await pager().trigger(aPageRequest({ priority }));
    expect(pd.events.at(-1)).toMatchObject({ payload: { severity } });
  });

  test("goes to the team's own service, or reports the missing setting", async () => {
    await pager({ routingKey: null, keyOfTeam: (team) => (team === "orders" ? ROUTING_KEY : null) }).trigger(
      aPageRequest({ team: "orders" }),
    );
    const error = await portErrorOf(pager({ routingKey: null }).trigger(aPageRequest({ team: "search" })));
    expect(error).toMatchObject({
      retryable: false,
      message: expect.stringContaining("teams.search.pagerduty") as string,
    });
  });
});

describe("when PagerDuty", () => {
  test.each([
    [
      "refuses it",
      { status: 400, body: '{"message":"Event object is invalid","errors":["bad"]}' },
      { reason: "invalid", retryable: false },
    ],
    ["has a fault", { status: 500, body: "<html>" }, { reason: "server_error", retryable: true }],
    [
      "asks to wait",
      { status: 429, headers: { "retry-after": "7" } },
      { reason: "rate_limited", retryable: true, retryAfterMs: 7_000 },
    ],
    ["does not know the key", { status: 403 }, { reason: "unauthorized", retryable: true }],
    ["hangs up", "cut", { reason: "unreachable", retryable: true, mayHaveHappened: true }],
  ] as const)("%s, it is reported at once and not retried", async (_, fault, expected) => {
    const before = pd.requests();
    pd.fault(fault);
    expect(await portErrorOf(pager().trigger(aPageRequest()))).toMatchObject(expected);
    expect(pd.requests()).toBe(before + 1);
  });

  test("writes a note once for any number of requests", async () => {
    const alarm = { dedupKey: "muster:INC-9:1:P1:0:uid", team: null };
    await pager().trigger(aPageRequest({ dedupKey: alarm.dedupKey }));
    for (let i = 0; i < 3; i++) await pager().annotate(alarm, "failed over", "page.annotate:INC-9:7");
    expect(pd.incidents.get(alarm.dedupKey)?.notes).toEqual(["failed over [page.annotate:INC-9:7]"]);
    await pager({ rest: null }).annotate(alarm, "nowhere", "k");
    expect(pd.violations).toEqual([]);
  });
});
