import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { UNLIMITED_ALLOWANCES } from "#ports/allowances.ts";
import { createPagerDuty } from "#integrations/pagerduty/pagerduty-paging.ts";
import type { PageRequest, Paging } from "#ports/paging.ts";
import { ROUTING_KEY, startPagerDuty, type PagerDutyDouble, type PagerFault } from "#demo/pagerduty-double.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

let pd: PagerDutyDouble;
let pager: Paging;
beforeEach(async () => {
  pd = await startPagerDuty();
  pager = createPagerDuty({
    routingKey: ROUTING_KEY,
    priorityNames: (priority) => (priority === "P0" ? ["P0", "P1"] : [priority]),
    keyOfTeam: () => null,
    idOfPerson: () => null,
    eventsUrl: pd.url,
    rest: { token: pd.token, from: "muster@example.com", apiUrl: pd.url },
    publicUrl: "https://muster.example",
    clock: wallClock,
    allowances: UNLIMITED_ALLOWANCES,
    onCall: () => {},
  });
});
afterEach(async () => {
  expect(pd.violations).toEqual([]);
  await pd.close();
});

const PAGE: PageRequest = {
  dedupKey: "muster:INC-1:1:P1:0:uid",
  to: "Alice",
  people: ["alice"],
  team: null,
  priority: "P1",
  incident: "INC-1",
  summary: "slow",
  source: "order-service",
  url: "https://muster.example/incidents/INC-1",
  links: [],
  details: {},
};
const HTML = "<html>blocked by policy</html>";

describe.each<[string, PagerFault]>([
  ["half of it", "broken"],
  ["a proxy's page with HTTP 200", "page"],
  ["a proxy's page with HTTP 404", { status: 404, body: HTML }],
  ["a proxy's page with HTTP 400", { status: 400, body: HTML }],
  ["an empty body", { status: 202 }],
  ["JSON of something else", { status: 200, body: '{"login":"required"}' }],
])("an answer of which arrives %s", (_, fault) => {
  test("is no page sent and no refusal: the page is asked for again, and wakes someone once", async () => {
    pd.fault(fault);
    await expect(pager.trigger(PAGE)).rejects.toMatchObject({
      reason: "server_error",
      retryable: true,
      mayHaveHappened: true,
    });
    await pager.trigger(PAGE);
    expect([...pd.incidents.keys()]).toEqual([PAGE.dedupKey]);
  });

  test("does not conclude that an alarm has no incident", async () => {
    await pager.trigger(PAGE);
    pd.fault(fault);
    await expect(pager.annotate(PAGE, "a note", "page.annotate:INC-1:2")).rejects.toMatchObject({ retryable: true });
    expect([...pd.incidents.values()]).toMatchObject([{ notes: [] }]);
  });
});

test("a refusal of PagerDuty's own is one", async () => {
  pd.fault({ status: 400, body: '{"status":"invalid event","message":"Event object is invalid","errors":["x"]}' });
  await expect(pager.trigger(PAGE)).rejects.toMatchObject({ reason: "invalid", retryable: false });
});
