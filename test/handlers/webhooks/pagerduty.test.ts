import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startApp, type TestApp } from "#test/support/harness/app.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { ROUTING_KEY, startPagerDuty, type PagerDutyDouble } from "#demo/pagerduty-double.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";
import { aSubmission } from "#test/support/builders/submissions.ts";
import { pagerDutyOf } from "#test/support/builders/doors/pagerduty.ts";

let pd: PagerDutyDouble;
beforeAll(async () => void (pd = await startPagerDuty()));
afterAll(() => pd.close());

describe("actions in PagerDuty", () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await startApp({
      settings: {
        PAGERDUTY_ROUTING_KEY: ROUTING_KEY,
        PAGERDUTY_EVENTS_URL: pd.url,
        PAGERDUTY_WEBHOOK_SECRETS: "old-secret,pd-secret",
      },
      policy: {
        ...STAFFED_POLICY,
        people: { ...STAFFED_POLICY.people, alice: { ...STAFFED_POLICY.people.alice, pagerduty: "PALICE1" } },
      },
      overrides: { paging: pagerDutyOf(pd) },
    });
    await app.fires({ service: "order-service", severity: "P1" }, { startsAt: NOW });
    return () => app.stop();
  });
  const alarm = async (): Promise<string> => {
    const { rows } = await app.engine.connection.pool.query<{ uid: string; state: { pages: { key: string }[] } }>(
      "select uid, state from incidents",
    );
    return `muster:${rows[0]!.state.pages[0]!.key}:${rows[0]!.uid}`;
  };
  const delivers = async (type: string, options: object = {}): Promise<number> => {
    const { status } = await pd.webhook(app.url, `incident.${type}`, { key: await alarm(), ...options });
    await app.settles();
    return status;
  };
  const incident = () => app.json<{ status: string; roles: object }>("/api/incidents/INC-1");
  const last = async (): Promise<string> =>
    (await app.json<{ entries: { summary: string; actor: string }[] }>("/api/incidents/INC-1/timeline")).entries
      .map(({ summary, actor }) => `${actor}: ${summary}`)
      .at(-1)!;

  test("arrive with the person's name: an acknowledgement stops the escalation, and is not sent back to its own alarm", async () => {
    const before = pd.events.length;
    expect(await delivers("acknowledged")).toBe(202);
    expect(await incident()).toMatchObject({ status: "acknowledged", escalation: { next: null } });
    expect(pd.events.length).toBe(before);
    expect(await last()).toBe("Alice: Acknowledged by Alice in the pager");
  });

  test("resolve and reopen the incident as in PagerDuty", async () => {
    await delivers("resolved");
    expect(await incident()).toMatchObject({ status: "resolved" });
    await delivers("reopened");
    expect(await incident()).toMatchObject({ status: "triggered" });
  });

  test("on an alarm that was reopened there apply: it is answered, and given up, like any other", async () => {
    await delivers("resolved");
    await delivers("reopened");
    await delivers("acknowledged");
    expect(await incident()).toMatchObject({ status: "acknowledged", pages: [{ status: "acknowledged" }] });
    await delivers("resolved", { agent: null });
    expect(await incident()).toMatchObject({ status: "triggered", pages: [{ status: "expired" }, { status: "sent" }] });
  });

  test("count as of when they happened: an acknowledgement that arrives after its timeout answers nothing", async () => {
    await delivers("unacknowledged", { agent: null, at: NOW + 2_000 });
    await delivers("acknowledged", { at: NOW + 1_000 });
    expect(await incident()).toMatchObject({ status: "triggered", pages: [{ status: "sent" }] });
  });

  test("by PagerDuty alone end nothing: the page has expired, and another wakes people", async () => {
    const before = pd.events.length;
    expect(await delivers("resolved", { agent: null })).toBe(202);
    expect(await incident()).toMatchObject({
      status: "triggered",
      pages: [{ status: "expired" }, { status: "sent" }],
      escalation: { next: { to: "Mia" } },
    });
    const triggered = pd.events.slice(before).filter((event) => event.event_action === "trigger");
    expect(triggered.map((event) => event.dedup_key)).toEqual([expect.not.stringMatching(await alarm())]);
  });

  test("that end an incident while its alert fires ask why, where the incident is followed", async () => {
    await delivers("resolved");
    const { entries } = await app.json<{ entries: { summary: string }[] }>("/api/incidents/INC-1/timeline");
    expect(entries.map(({ summary }) => summary)).toEqual(
      expect.arrayContaining([
        "Alice is asked why it ended: 1 alert still fires",
        expect.stringMatching(/^1 alert still fires\. Checked again at/) as string,
      ]),
    );
    expect(await incident()).toMatchObject({ recheck: { at: expect.any(String) as string, by: { name: "Alice" } } });
  });

  describe("that merge an alarm", () => {
    const mergeReason = (id: string) => ({
      data: {
        resolve_reason: {
          type: "merge_resolve_reason",
          incident: { id, type: "incident_reference", summary: "[#42] search is down" },
        },
      },
    });
    const openOther = async (): Promise<string> => {
      await app.fires({ alertname: "Down", service: "search", severity: "P1" }, { startsAt: NOW });
      const other = [...pd.incidents.entries()].findLast(([key]) => key.startsWith("muster:INC-2:"));
      return other![1].id;
    };

    test("into one of ours merge the incidents", async () => {
      expect(await delivers("resolved", mergeReason(await openOther()))).toBe(202);
      expect(await incident()).toMatchObject({ status: "merged", mergedInto: "INC-2" });
    });

    test("into one that has ended here are only recorded, with the reason", async () => {
      const id = await openOther();
      await app.submit(
        aSubmission({ type: "incident", incident: 2, command: { type: "incident.cancel", reason: "a test" } }),
      );
      await app.settles();
      await delivers("resolved", mergeReason(id));
      expect(await incident()).toMatchObject({ status: "triggered" });
      expect(await last()).toBe(
        "Alice: merged in PagerDuty into [#42] search is down by Alice Adams. Not merged here: INC-2 is canceled: merge into one that is open, or `reopen` it.",
      );
    });

    test.each([
      ["into one that is not ours", {}],
      ["by itself", { agent: null }],
    ])("%s are only recorded", async (_, options) => {
      const id = Object.keys(options).length === 0 ? "QFOREIGN" : await openOther();
      await delivers("resolved", { ...mergeReason(id), ...options });
      expect(await incident()).toMatchObject({ status: "triggered", mergedInto: null });
      expect(await last()).toContain("merged in PagerDuty into [#42] search is down");
    });
  });

  test("that hand an alarm back restart the escalation, unless there is a commander", async () => {
    await delivers("acknowledged");
    await delivers("unacknowledged");
    expect(await incident()).toMatchObject({ status: "triggered", escalation: { next: { to: "Mia" } } });
  });

  test.each([
    ["escalated", {}, "Alice: escalated in PagerDuty by Alice Adams to Alice Adams"],
    [
      "annotated",
      { data: { content: "looking at the replica" } },
      "Alice: Alice Adams in PagerDuty: looking at the replica",
    ],
    [
      "priority_updated",
      { data: { priority: { summary: "P2" } } },
      "Alice: Alice Adams set the priority in PagerDuty to P2",
    ],
  ])("of kind %s are added to the timeline", async (type, options, line) => {
    await delivers(type, options);
    expect(await last()).toBe(line);
  });

  describe.each(["reassigned", "escalated", "delegated"])("that give an answered alarm to others (%s)", (type) => {
    const BOB = { assignees: [{ id: "PBOB001", type: "user_reference", summary: "Bob Brown" }] };
    const given = (at: number, status = "triggered") => delivers(type, { at, data: { ...BOB, status } });

    test("take the answer back: those have not answered, and the next step follows", async () => {
      await delivers("acknowledged", { at: app.time.now });
      app.time.now += MINUTE;
      await given(app.time.now);
      expect(await incident()).toMatchObject({
        status: "triggered",
        escalation: { next: { to: "Mia", at: new Date(app.time.now + 10 * MINUTE).toISOString() } },
      });
      const { entries } = await app.json<{ entries: { summary: string }[] }>("/api/incidents/INC-1/timeline");
      const entry = expect.stringContaining(`${type} in PagerDuty by Alice Adams to Bob Brown`) as string;
      expect(entries.map(({ summary }) => summary)).toContainEqual(entry);
    });

    test("change nothing when they have answered since, and are recorded", async () => {
      await delivers("acknowledged", { at: app.time.now });
      app.time.now += MINUTE;
      await given(app.time.now - 2 * MINUTE);
      await given(app.time.now, "acknowledged");
      expect(await incident()).toMatchObject({ status: "acknowledged", escalation: { next: null } });
      expect(await last()).toContain(`${type} in PagerDuty by Alice Adams to Bob Brown`);
    });
  });

  test("are one by their signed id, whatever id the delivery has", async () => {
    const delivery = { eventId: "01SAME", data: { content: "one" } };
    for (const id of ["w1", "w2"]) await delivers("annotated", { ...delivery, id });
    const { entries } = await app.json<{ entries: { type: string }[] }>("/api/incidents/INC-1/timeline");
    expect(entries.filter(({ type }) => type === "pager.told")).toHaveLength(1);
  });

  test("that PagerDuty has to be asked about are stored at once, however slow it answers", async () => {
    pd.slow(2_000);
    const began = wallClock();
    const { status } = await pd.webhook(app.url, "incident.annotated", {
      key: await alarm(),
      data: { content: "looking" },
    });
    expect([status, wallClock() - began < 1_500]).toEqual([202, true]);
    pd.slow(0);
    await app.settles();
    expect(await last()).toBe("Alice: Alice Adams in PagerDuty: looking");
  });

  test("that PagerDuty cannot be asked about now are understood later", async () => {
    pd.fault({ status: 503 }, { status: 503 }, { status: 503 });
    await delivers("annotated", { data: { content: "later" } });
    expect(await last()).not.toContain("later");
    for (let i = 0; i < 6; i++) {
      app.time.now += 10_000;
      await app.settles();
    }
    expect(await last()).toBe("Alice: Alice Adams in PagerDuty: later");
  });

  test("of a snooze that ends page no one a second time: the alarm is open there again", async () => {
    await delivers("acknowledged");
    const before = pd.events.filter((event) => event.event_action === "trigger").length;
    await delivers("unacknowledged", { agent: null });
    app.time.now += MINUTE;
    await app.settles();
    expect(pd.events.filter((event) => event.event_action === "trigger")).toHaveLength(before);
    expect(await incident()).toMatchObject({ status: "triggered", escalation: { next: { to: "Mia" } } });
  });

  test("about an alarm of an incident that once had the number change nothing", async () => {
    const foreign = (await alarm()).replace(/:[^:]*$/, ":00000000-0000-4000-8000-000000000000");
    expect(await delivers("resolved", { key: foreign })).toBe(202);
    expect(await incident()).toMatchObject({ status: "triggered" });
  });

  test("that arrive twice apply once", async () => {
    await delivers("annotated", { id: "w1", data: { content: "one" } });
    await delivers("annotated", { id: "w1", data: { content: "one" } });
    const { entries } = await app.json<{ entries: { type: string }[] }>("/api/incidents/INC-1/timeline");
    expect(entries.filter(({ type }) => type === "pager.told")).toHaveLength(1);
  });

  test("a hundred rounds of our own doing coming back cause no request more", async () => {
    await app.submit(
      aSubmission({ type: "incident", incident: 1, command: { type: "incident.acknowledge" } }, { key: "ack" }),
    );
    await app.settles();
    const before = pd.requests();
    const agent = { type: "events_api_v2_inbound_integration_reference", id: "PINT", summary: "Muster" };
    for (let i = 0; i < 100; i++)
      expect(
        await delivers(i % 2 === 0 ? "acknowledged" : "annotated", {
          agent,
          data: { content: "ours [page.annotate:INC-1:3]" },
        }),
      ).toBe(202);
    expect(pd.requests()).toBe(before);
  });

  test.each([
    ["an event that we do not know", "incident.custom_field_values.updated", {}],
    ["an incident that is not ours", "incident.acknowledged", { key: "somebody-elses" }],
    ["an alarm of another Muster", "incident.resolved", { key: "muster:INC-77:1:P1:0:other" }],
  ])("of kind %s are accepted and change nothing", async (_, type, options) => {
    const { status } = await pd.webhook(app.url, type, { key: await alarm(), ...options });
    await app.settles();
    expect([status, (await incident()).status]).toEqual([202, "triggered"]);
  });

  test.each([
    ["signed by someone else", { secrets: ["wrong"] }, 401],
    ["without a signature", { signature: "" }, 401],
    ["with one good signature of two", { secrets: ["wrong", "old-secret"] }, 202],
    ["with a signature of another version", { signature: "v2=00" }, 401],
  ])("%s: %s → %s", async (_, options, status) => {
    expect(await delivers("escalated", options)).toBe(status);
  });

  test("waits at the sender's while no secret is set here: a refusal would cost the subscription", async () => {
    const bare = await startApp({ settings: { PAGERDUTY_ROUTING_KEY: ROUTING_KEY, PAGERDUTY_EVENTS_URL: pd.url } });
    expect((await pd.webhook(bare.url, "incident.acknowledged", { key: "k" })).status).toBe(503);
    await bare.stop();
  });

  test("a resolved alarm starts again when the incident rises", async () => {
    app.time.now += MINUTE;
    await app.fires({ alertname: "Worse", service: "order-service", severity: "P0" });
    const keys = pd.events.slice(-3).flatMap((event) => (event.event_action === "trigger" ? [event.dedup_key] : []));
    expect(new Set(keys).size).toBe(keys.length);
  });
});
