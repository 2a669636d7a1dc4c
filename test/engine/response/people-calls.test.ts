import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { aRunbookText } from "#test/support/builders/runbooks/catalogs.ts";
import { HOUR, MINUTE, SECOND } from "#test/support/builders/instants.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { aSubmission } from "#test/support/builders/submissions.ts";
import { PortError } from "#ports/port-error.ts";
import { FakeLog } from "#test/support/doubles/ports/fake-services.ts";
import type { Actor } from "#domain/values/language.ts";
import { EngineHarness, HIGH_LATENCY } from "#test/support/harness/engine.ts";

// What waits for people in incidents that have no channel of their own.

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(() => rig.reset());
afterEach(() => expect(rig.selfAlerts()).toEqual([]));
afterAll(() => rig.close());

/** Someone who acts by the API, and is no one in the chat. */
const SCRIPT: Actor = { kind: "person", id: "api:ops-script", name: "ops-script" };

/** The chat opens no channel. */
const NO_CHANNEL = new PortError("unsupported", "no scope", { retryable: false });

/** The channel that could not be opened is an error of its own in the log. */
function forgetsChannelFailure(): void {
  expect(new Set(rig.log.selfAlerts)).toEqual(new Set(["error: an effect failed for good"]));
  rig.log = new FakeLog();
}

const calls = (): readonly string[] =>
  rig.chat.messages.flatMap(({ channel, text, blocks }) =>
    text.startsWith("🔔 INC-1:") ? [`${channel}: ${JSON.stringify(blocks)}`] : [],
  );

/** P1 incidents that page and get no channel. */
const withoutChannels = (teams: object = STAFFED_POLICY.teams) =>
  aPolicy({ ...STAFFED_POLICY, teams, priorities: { P1: { channel: false, commandWithin: "5m", repeat: 0 } } });

test("an escalation that no one answers calls for people in the team's channel", async () => {
  rig.policy = withoutChannels();
  await rig.opensIncident();
  await rig.passes(HOUR);
  expect(calls()).toEqual([expect.stringMatching(/^team-orders: .*U0ALICE01.*INC-1.*P1/s)]);
});

test("without a channel of the team they are called where all incidents are watched", async () => {
  const { orders } = STAFFED_POLICY.teams;
  const { channel: _, ...rest } = orders;
  rig.policy = withoutChannels({ orders: rest });
  await rig.opensIncident();
  await rig.passes(HOUR);
  expect(calls()).toEqual([expect.stringMatching(/^incidents: .*U0ALICE01/s)]);
});

test("a missing commander is asked of the person who acknowledged", async () => {
  rig.policy = withoutChannels();
  await rig.opensIncident();
  await rig.does({ type: "incident.acknowledge" });
  await rig.passes(6 * MINUTE);
  expect(calls()).toEqual([expect.stringMatching(/^team-orders: .*U0ALICE01.*command/s)]);
});

describe("what waits for another team of an incident", () => {
  const service = (name: string) => ({ service: name, severity: "P1", alertname: "Down" });

  beforeEach(() => {
    rig.policy = aPolicy({
      ...STAFFED_POLICY,
      teams: { ...STAFFED_POLICY.teams, payments: { channel: "team-payments", oncall: ["bob"] } },
      services: { ...STAFFED_POLICY.services, "payment-service": { team: "payments" } },
      grouping: { by: ["alertname"] },
      priorities: { P1: { channel: false, commandWithin: null, repeat: 0 } },
    });
  });

  test("is posted to that team where it is: a page that failed", async () => {
    await rig.fires(service("order-service"));
    rig.paging.fails(new PortError("forbidden", "the routing key is unknown", { retryable: false }));
    await rig.fires(service("payment-service"));
    await rig.passes(20 * SECOND);
    expect(calls()).toEqual([expect.stringMatching(/^team-payments: .*U0BOB0001.*the routing key is unknown/s)]);
    rig.log = new FakeLog();
  });

  test("goes to the person of that team who has it: a new alert", async () => {
    await rig.fires(service("order-service"));
    await rig.acts({ type: "incident.acknowledge" });
    await rig.fires(service("payment-service"));
    await rig.does({ type: "incident.acknowledge" }, { actor: BOB });
    await rig.settles();
    await rig.fires({ ...service("payment-service"), instance: "2" });
    await rig.passes(20 * SECOND);
    expect(calls()).toEqual([expect.stringMatching(/^team-payments: .*U0BOB0001/s)]);
  });
});

test.each<[string, IncidentCommand]>([
  ["a ticket that could not be opened", { type: "ticket.failed", reason: "HTTP 403" }],
  ["a postmortem that could not be published", { type: "postmortem.unpublished", where: "GitHub", reason: "HTTP 403" }],
])("%s is posted where the team is: there is no feed for it", async (_, command) => {
  rig.policy = withoutChannels();
  await rig.opensIncident();
  await rig.acts(command);
  await rig.passes(20 * SECOND);
  expect(calls()).toEqual([expect.stringMatching(/^team-orders: .*U0ALICE01.*HTTP \d+/s)]);
});

test("a page that is delayed is posted where the team is", async () => {
  rig.policy = withoutChannels();
  rig.paging.fails(new PortError("server_error", "HTTP 503", { retryable: true }));
  await rig.opensIncident();
  await rig.passes(20 * SECOND);
  expect(calls()).toEqual([expect.stringMatching(/^team-orders: .*U0ALICE01.*HTTP 503/s)]);
  rig.log = new FakeLog();
});

test("news of an incident with a channel is posted there, and nowhere else", async () => {
  await rig.opensIncident();
  await rig.passes(2 * HOUR);
  expect(calls()).toEqual([]);
});

test("what happens before the channel is there is posted by its feed alone", async () => {
  rig.paging.fails(new PortError("forbidden", "the routing key is unknown", { retryable: false }));
  rig.chat.fails("openChannel", new PortError("unreachable", "no answer", { retryable: true }), { times: 3 });
  await rig.opensIncident();
  await rig.passes(20 * SECOND);
  const { channel } = await rig.incident();
  expect(channel).not.toBeNull();
  expect(calls()).toEqual([]);
  expect(JSON.stringify(rig.chat.in(channel!.id))).toContain("the routing key is unknown");
  rig.log = new FakeLog();
});

test("a page that fails is posted where the team is when the chat refuses to open the channel, or takes too long", async () => {
  rig.paging.fails(new PortError("forbidden", "the routing key is unknown", { retryable: false }));
  rig.chat.fails("openChannel", new PortError("unreachable", "no answer", { retryable: true }), { times: 100 });
  await rig.opensIncident();
  await rig.passes(MINUTE);
  expect((await rig.incident()).channel).toBeNull();
  expect(calls()).toEqual([expect.stringMatching(/^team-orders: .*the routing key is unknown/s)]);
  rig.log = new FakeLog();
});

test("a run that waits for approval shows its buttons where the team is, and calls it", async () => {
  rig.policy = aPolicy({ ...STAFFED_POLICY, automation: {} });
  await rig.automation.shelve([
    aRunbookText({ mode: "auto", approve: "{ from: ['@oncall'], count: 1, expires: 10m }", maxRuns: "9/24h" }),
  ]);
  await rig.automation.fires({ ...HIGH_LATENCY, severity: "P3" });
  await rig.passes(20 * SECOND);
  expect((await rig.incident()).channel).toBeNull();
  const cards = rig.chat.messages.filter(({ blocks }) => JSON.stringify(blocks).includes("run.approve"));
  expect(cards.map(({ channel }) => channel)).toEqual(["team-orders"]);
  expect(calls()).toEqual([expect.stringMatching(/^team-orders: .*U0ALICE01/)]);
  expect(await rig.automation.approves()).toMatchObject({ ok: true });
});

test.each([
  ["their name in the policy", { id: "bob", name: "Bob" }],
  ["their id in the chat", { id: "U0BOB0001", name: "Bob" }],
])("a message for one person finds them by %s", async (_, person) => {
  await rig.opensIncident();
  rig.chat.directs.length = 0;
  await rig.acts({ type: "role.assign", role: "scribe", person });
  expect(rig.chat.directs.map(({ user }) => user)).toEqual(["U0BOB0001"]);
});

describe("a message for someone whom the chat does not know", () => {
  const posts = (name: string): readonly string[] =>
    rig.chat.messages.flatMap(({ channel, text }) =>
      text.startsWith(`For ${name}, who`) ? [`${channel}: ${text}`] : [],
    );

  test.each([
    ["a name that only the API knows", { id: "api:ops-script", name: "ops-script" }],
    ["a person of the policy who is not in the chat", { id: "mia", name: "Mia" }],
  ])("is posted in the incident's channel: %s", async (_, person) => {
    await rig.opensIncident();
    rig.chat.directs.length = 0;
    await rig.acts({ type: "role.assign", role: "scribe", person });
    const { channel } = await rig.incident();
    expect(posts(person.name)).toEqual([
      `${channel!.id}: For ${person.name}, who is not in this chat: You are Scribe of INC-1: Down on order-service`,
    ]);
    expect(rig.chat.directs).toEqual([]);
  });

  test("is posted in the team's channel where the incident has none", async () => {
    rig.policy = withoutChannels();
    await rig.opensIncident();
    await rig.acts({ type: "role.assign", role: "scribe", person: { id: "api:ops-script", name: "ops-script" } });
    expect(posts("ops-script")).toEqual([expect.stringMatching(/^team-orders: .*You are Scribe of INC-1/)]);
  });

  describe("of a private incident without a channel", () => {
    const declares = async (): Promise<void> => {
      const declaration = {
        title: "Keys leaked",
        priority: "P1",
        private: true,
        page: false,
        service: "order-service",
      };
      rig.policy = withoutChannels({ orders: { ...STAFFED_POLICY.teams.orders, oncall: [known] } });
      rig.chat.fails("openChannel", NO_CHANNEL, { times: 9 });
      await rig.submit(
        aSubmission(
          {
            type: "incident.declare",
            declaration: { summary: null, drill: false, ...declaration, priority: "P1" },
          },
          { actor: SCRIPT, at: rig.now },
        ),
      );
      await rig.settles();
      // Who is on call and was not called is not of its people.
      if (known === "alice") await rig.acts({ type: "access.grant", person: { id: "U0ALICE01", name: "Alice" } });
      rig.chat.directs.length = 0;
      await rig.acts({ type: "role.assign", role: "scribe", person: { id: "api:other", name: "other" } });
    };
    let known = "alice";

    test("is sent to its people alone", async () => {
      known = "alice";
      await declares();
      expect(rig.chat.directs).toEqual([{ user: "U0ALICE01", text: expect.stringMatching(/^For other, who is not/) }]);
      expect(posts("other")).toEqual([]);
      forgetsChannelFailure();
    });

    test("is posted to all, without a word of the incident, when none of its people is known", async () => {
      known = "mia";
      await declares();
      const notices = rig.chat.messages.filter(({ text }) => text.startsWith("🔒"));
      expect(notices.map(({ channel }) => channel)).toEqual(["incidents"]);
      expect(JSON.stringify(notices.map(({ text, blocks }) => [text, blocks]))).not.toMatch(/INC-1|Keys leaked/);
      expect(rig.chat.directs).toEqual([]);
      expect(new Set(rig.log.selfAlerts)).toEqual(
        new Set(["error: an effect failed for good", "warn: no one of a private incident is known in the chat"]),
      );
      rig.log = new FakeLog();
    });
  });
});

test("a private incident without a channel and without anyone on call goes to the person who declared it", async () => {
  rig.policy = aPolicy({
    ...STAFFED_POLICY,
    teams: { orders: { channel: "team-orders" } },
    priorities: { P1: { channel: false } },
  });
  rig.paging.chooses = false;
  rig.chat.fails("openChannel", NO_CHANNEL, { times: 9 });
  const declaration = {
    title: "leak",
    service: "order-service",
    priority: "P1",
    summary: null,
    drill: false,
    private: true,
    page: true,
  } as const;
  await rig.submit(aSubmission({ type: "incident.declare", declaration }, { actor: ALICE, at: rig.now }));
  await rig.passes(20 * SECOND);
  expect(calls()).toEqual([]);
  expect(rig.chat.directs.map(({ user }) => user)).toContain(ALICE.id);
  forgetsChannelFailure();
});
