import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { dryRunPaging } from "#integrations/dry-run/dry-run.ts";
import { PortError } from "#ports/port-error.ts";
import { ALICE } from "#test/support/builders/people.ts";
import { MINUTE, SECOND } from "#test/support/builders/instants.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(() => rig.reset());
afterAll(() => rig.close());

const firstPage = async () => (await rig.incident()).pages[0];
const failures = async (): Promise<string[]> =>
  (await rig.events()).flatMap((event) => (event.type === "page.failed" ? [event.data.reason] : []));

describe("a page that the pager took", () => {
  test("and opened something for is sent, and is not looked for again", async () => {
    rig.paging.opens = true;
    await rig.opensIncident("P1");
    await rig.passes(MINUTE);
    expect(await firstPage()).toMatchObject({ status: "sent", via: "pager" });
    expect(rig.paging.looked).toEqual([rig.paging.triggered[0]!.dedupKey]);
  });

  test("and opened nothing for has failed within half a minute, with the reason", async () => {
    rig.paging.opens = false;
    await rig.opensIncident("P1");
    await rig.passes(30 * SECOND);
    expect(await firstPage()).toMatchObject({ status: "failed", sentAt: null });
    expect((await failures())[0]).toMatch(/^PagerDuty took the page and opened nothing for it/);
  });

  test("and drops, as a service in maintenance does, passes its step: the next people are paged within half a minute", async () => {
    rig.paging.opens = false;
    await rig.opensIncident("P1");
    await rig.passes(30 * SECOND);
    expect(rig.paging.paged.slice(0, 2)).toEqual(["P1 Alice", "P1 Mia"]);
  });

  test("is asked of the next people each time it is refused, although all of it happens in one moment", async () => {
    rig.paging.fails(new PortError("invalid", "the routing key is unknown", { retryable: false }), 2);
    await rig.opensIncident("P1");
    expect(await failures()).toHaveLength(2);
    expect(rig.paging.paged).toEqual(["P1 vic"]);
  });

  test("and opened something for late is sent", async () => {
    rig.paging.opens = false;
    await rig.opensIncident("P1");
    await rig.passes(10 * SECOND);
    rig.paging.opens = true;
    await rig.passes(MINUTE);
    expect(await firstPage()).toMatchObject({ status: "sent" });
  });

  test("counts as sent where it cannot be asked", async () => {
    await rig.opensIncident("P1");
    await rig.passes(MINUTE);
    expect(await firstPage()).toMatchObject({ status: "sent" });
  });

  test("is looked for until the pager answers, however long that takes", async () => {
    rig.paging.opens = false;
    const down = new PortError("server_error", "PagerDuty answered HTTP 503", { retryable: true });
    await rig.opensIncident("P1");
    rig.paging.fails(down, 5);
    await rig.passes(2 * MINUTE);
    expect(await firstPage()).toMatchObject({ status: "failed" });
    const own = (await rig.events()).filter(
      (event) => event.type === "page.failed" && event.data.key === rig.paging.triggered[0]!.dedupKey.slice(7, -6),
    );
    expect(own).toHaveLength(1);
  });

  test("and that someone has answered meanwhile is not looked for", async () => {
    rig.paging.opens = false;
    await rig.opensIncident("P1");
    await rig.does({ type: "incident.acknowledge" });
    await rig.passes(MINUTE);
    expect(await failures()).toEqual([]);
  });

  test("is ended there with the incident although it failed: the pager may have opened it late", async () => {
    rig.paging.opens = false;
    await rig.opensIncident("P1");
    await rig.passes(30 * SECOND);
    await rig.does({ type: "incident.resolve", reason: "fixed" });
    await rig.passes(MINUTE);
    expect(rig.paging.resolved).toContain(rig.paging.triggered[0]!.dedupKey);
  });
});

describe("without a pager", () => {
  const withoutPager = (): void => {
    Object.assign(rig, { paging: dryRunPaging((fields, message) => rig.log.info(fields, message)) });
    rig.restart();
  };
  const refused = (reason: string): PortError => new PortError("not_found", reason, { retryable: false });

  test("the direct message is the page", async () => {
    withoutPager();
    await rig.opensIncident("P1");
    await rig.passes(5 * SECOND);
    expect(rig.chat.directs).toMatchObject([{ user: ALICE.id }]);
    expect(await firstPage()).toMatchObject({ status: "sent", via: "fake" });
    expect(rig.log.lines.filter(({ message }) => message.startsWith("would page "))).toHaveLength(1);
  });

  test("a direct message that is refused is a page that failed", async () => {
    withoutPager();
    rig.chat.fails("direct", refused("Slack refused conversations.open: user_not_found"));
    await rig.opensIncident("P1");
    await rig.passes(5 * SECOND);
    expect(await firstPage()).toMatchObject({ status: "failed" });
    expect((await failures())[0]).toBe(
      "no pager is set up, and no direct message arrives: Slack refused conversations.open: user_not_found",
    );
  });

  test("a page waits for a chat that is unreachable, is late in public, and is sent when the chat is back", async () => {
    withoutPager();
    rig.chat.fails("direct", new PortError("unreachable", "Slack is away", { retryable: true }), { times: Infinity });
    await rig.opensIncident("P1");
    await rig.passes(MINUTE);
    expect(await firstPage()).toMatchObject({ status: "requested" });
    expect(await rig.eventTypes()).toContain("page.delayed");
    rig.chat.heals();
    await rig.passes(2 * MINUTE);
    expect(await firstPage()).toMatchObject({ status: "sent", via: "fake" });
  });

  test("someone without an id in the chat is reached by no one", async () => {
    rig.policy = aPolicy({ ...STAFFED_POLICY, people: { ...STAFFED_POLICY.people, alice: { name: "Alice" } } });
    withoutPager();
    await rig.opensIncident("P1");
    await rig.passes(5 * SECOND);
    expect(await firstPage()).toMatchObject({ status: "failed" });
  });

  test("and without a chat every page fails: a dry run reaches no one", async () => {
    Object.assign(rig.chat, { isDryRun: true });
    withoutPager();
    await rig.opensIncident("P1");
    await rig.passes(5 * SECOND);
    expect(new Set(await failures())).toEqual(new Set(["neither a pager nor Slack is set up, so INC-1 wakes no one"]));
  });
});

describe("an alarm", () => {
  test("is acknowledged and resolved in the place where it was opened, whatever the policy is by then", async () => {
    rig.paging.place = "the first place";
    await rig.opensIncident("P1");
    rig.paging.place = "the second place";
    rig.policy = aPolicy({ ...STAFFED_POLICY, teams: {}, services: {} });
    await rig.does({ type: "incident.acknowledge" });
    await rig.passes(MINUTE);
    await rig.does({ type: "incident.resolve", reason: "fixed" });
    await rig.passes(MINUTE);
    expect(new Set(rig.paging.places)).toEqual(new Set(["the first place"]));
    expect(rig.paging.resolved).toHaveLength(1);
  });

  test("whose answer was lost is asked for again in the place where it may be open, whatever the policy is by then", async () => {
    rig.paging.place = "the first place";
    const lost = new PortError("unreachable", "no answer", { retryable: true, mayHaveHappened: true });
    rig.paging.fails(lost);
    await rig.opensIncident("P1");
    rig.paging.place = "the second place";
    await rig.passes(MINUTE);
    expect(rig.paging.triggered).toMatchObject([{ place: "the first place" }]);
    await rig.does({ type: "incident.resolve", reason: "fixed" });
    await rig.passes(MINUTE);
    expect(new Set(rig.paging.places)).toEqual(new Set(["the first place"]));
  });

  test("that was surely not opened is opened where the team's alarms are by then", async () => {
    rig.paging.place = "the first place";
    rig.paging.fails(new PortError("rate_limited", "too many", { retryable: true, retryAfterMs: SECOND }));
    await rig.opensIncident("P1");
    rig.paging.place = "the second place";
    await rig.passes(MINUTE);
    expect(rig.paging.triggered).toMatchObject([{ place: "the second place" }]);
  });

  test("whose place of before refuses it is opened in the present one at once", async () => {
    rig.paging.place = "the first place";
    rig.paging.fails(new PortError("unreachable", "no answer", { retryable: true, mayHaveHappened: true }));
    await rig.opensIncident("P1");
    rig.paging.place = "the second place";
    rig.paging.fails(new PortError("invalid", "no such routing key", { retryable: false }));
    await rig.passes(30 * SECOND);
    expect(rig.paging.triggered).toMatchObject([{ place: "the second place" }]);
    expect(await rig.incident()).toMatchObject({ pages: [{ status: "sent" }] });
  });

  test("that cannot be ended keeps no other from its end", async () => {
    await rig.opensIncident("P2");
    await rig.fires({ service: "order-service", severity: "P1", alertname: "Worse" });
    await rig.passes(MINUTE);
    expect(rig.paging.triggered).toHaveLength(2);
    await rig.does({ type: "incident.resolve", reason: "fixed" });
    const resolve = rig.paging.resolve.bind(rig.paging);
    const refusal = new PortError("unsupported", "there is no routing key", { retryable: false });
    rig.paging.resolve = (alarm) =>
      alarm.dedupKey === rig.paging.triggered[0]!.dedupKey ? Promise.reject(refusal) : resolve(alarm);
    await rig.passes(MINUTE);
    expect(rig.paging.resolved).toEqual([rig.paging.triggered[1]!.dedupKey]);
  });
});
