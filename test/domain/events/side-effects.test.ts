import { describe, expect, test } from "vitest";
import type { Effect } from "#domain/effects/effect-registry.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import { INCIDENT_DEFAULTS, type Incident } from "#domain/incident/incident.ts";
import { deriveSideEffects } from "#domain/events/side-effects.ts";
import { anEvent, openedFact } from "#test/support/builders/events.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { SIDE_EFFECT_ROWS } from "#test/support/builders/side-effects/side-effect-rows.ts";

const policy = aPolicy(STAFFED_POLICY);
const ANNOUNCED: Effect[] = [
  { type: "chat.announce", channel: "incidents" },
  { type: "chat.announce", channel: "team-orders" },
];
const SHOWN: Effect[] = [{ type: "chat.header" }, { type: "chat.topic" }, { type: "chat.feed" }, ...ANNOUNCED];

describe("the side effects of an event", () => {
  test.each(Object.values(SIDE_EFFECT_ROWS))(
    "$fact.type",
    ({ fact, after, effects = [], timers = [], shown = true }) => {
      expect(deriveSideEffects(anIncident(after ?? {}), [anEvent(fact)], policy)).toEqual({
        effects: [...effects, ...(shown === true ? SHOWN : shown === false ? [] : ANNOUNCED)],
        timers,
      });
    },
  );

  test("include no page or resolve for an incident without pages", () => {
    for (const type of ["incident.acknowledged", "incident.resolved"] as const)
      expect(
        deriveSideEffects(anIncident(), [anEvent(SIDE_EFFECT_ROWS[type].fact)], policy).effects.filter(({ type }) =>
          type.startsWith("page."),
        ),
      ).toEqual([]);
  });

  test("a burst of events is shown once", () => {
    const burst = Array.from({ length: 100 }, () => anEvent(SIDE_EFFECT_ROWS["alerts.fired"].fact));
    expect(deriveSideEffects(anIncident(), burst, policy).effects).toEqual(SHOWN);
  });

  test("announce an incident without a channel in its team's channel, or in the default one", () => {
    const quietEvent = { priority: "P3", plan: policy.priorities.P3, channel: null, channelRequested: false } as const;
    const event = anEvent(openedFact({ priority: "P3" }));
    expect(deriveSideEffects(anIncident(quietEvent), [event], policy).effects).toEqual([
      { type: "chat.notices", channel: "team-orders" },
    ]);
    expect(
      deriveSideEffects(anIncident({ ...quietEvent, route: { ...anIncident().route, channel: null } }), [event], policy)
        .effects,
    ).toEqual([{ type: "chat.notices", channel: "incidents" }]);
  });

  test("a P4 is announced nowhere until the digest", () => {
    const after = anIncident({ priority: "P4", channel: null, channelRequested: false });
    expect(deriveSideEffects(after, [anEvent(openedFact({ priority: "P4" }))], policy)).toEqual({
      effects: [],
      timers: [{ timer: "update", at: null }],
    });
  });

  test("an acknowledged incident needs no ticket timer when it rises", () => {
    expect(
      deriveSideEffects(
        anIncident({ status: "acknowledged" }),
        [anEvent(SIDE_EFFECT_ROWS["priority.changed"].fact)],
        policy,
      ).timers,
    ).toEqual([{ timer: "update", at: null }]);
  });

  test("a channel that opens after the incident is resolved gets the draft that waited for it", () => {
    expect(
      deriveSideEffects(
        anIncident({ status: "resolved", resolvedAt: NOW }),
        [anEvent(SIDE_EFFECT_ROWS["channel.opened"].fact)],
        policy,
      ).effects,
    ).toContainEqual({
      type: "chat.draft",
      episode: 1,
    });
  });

  test("announce an incident before it has its channel", () => {
    const effects = deriveSideEffects(
      anIncident({ channel: null }),
      [anEvent(openedFact({ priority: "P1" }))],
      policy,
    ).effects;
    expect(effects).toContainEqual({ type: "chat.announce", channel: "incidents" });
    expect(effects).toContainEqual({ type: "chat.announce", channel: "team-orders" });
    expect(effects.filter(({ type }) => type === "chat.header" || type === "chat.feed")).toEqual([]);
  });

  test("announce a private incident nowhere, with or without its channel", () => {
    const after = anIncident({ channel: null, private: true });
    expect(
      deriveSideEffects(after, [anEvent(openedFact({ priority: "P1" }))], policy).effects.filter(
        ({ type }) => type === "chat.announce",
      ),
    ).toEqual([]);
  });

  test("a channel that failed is not asked for again because it failed, only with the next change", () => {
    const without = anIncident({ channel: null, channelFailed: true });
    expect(
      deriveSideEffects(without, [anEvent(SIDE_EFFECT_ROWS["channel.failed"].fact)], policy).effects,
    ).not.toContainEqual(expect.objectContaining({ type: "chat.channel" }));
    expect(deriveSideEffects(without, [anEvent(SIDE_EFFECT_ROWS["alerts.fired"].fact)], policy).effects).toContainEqual(
      {
        type: "chat.channel",
        had: 0,
      },
    );
  });

  test.each([true, false])(
    "a postmortem that is asked for is in the canvas where the policy has one (%s)",
    (canvas) => {
      const requests = deriveSideEffects(
        anIncident({ postmortem: { ...INCIDENT_DEFAULTS.postmortem, due: "2026-11-24" } }),
        [anEvent(SIDE_EFFECT_ROWS["postmortem.asked"].fact)],
        aPolicy({ postmortem: { canvas } }),
      ).effects.filter(({ type }) => type === "chat.canvas");
      expect(requests).toEqual(canvas ? [{ type: "chat.canvas" }] : []);
    },
  );

  test("exclude private incidents from the subscribers of all incidents", () => {
    expect(
      deriveSideEffects(anIncident({ private: true }), [anEvent(SIDE_EFFECT_ROWS["update.posted"].fact)], policy)
        .effects,
    ).toEqual([{ type: "chat.header" }, { type: "chat.topic" }, { type: "chat.feed" }]);
  });

  describe("for its ticket", () => {
    const tickets = [{ key: "OPS-1", url: "https://tickets.example/OPS-1" }];
    const wished = (after: Partial<Incident>, fact: Fact): readonly Effect[] =>
      deriveSideEffects(anIncident({ tickets, ...after }), [anEvent(fact)], policy).effects.filter(({ type }) =>
        type.startsWith("ticket."),
      );
    const undone = (previous: Incident["status"]): Fact => ({
      type: "verb.undone",
      data: { what: "w", was: previous, restore: {}, strikes: [], withdraws: [] },
    });
    const close: Effect = { type: "ticket.close", seq: 1 };
    const reopen: Effect = { type: "ticket.reopen", seq: 1 };

    test.each<[string, Partial<Incident>, Fact, readonly Effect[]]>([
      ["resolving closes it", { status: "resolved" }, SIDE_EFFECT_ROWS["incident.resolved"].fact, [close]],
      ["canceling closes it", { status: "canceled" }, SIDE_EFFECT_ROWS["incident.canceled"].fact, [close]],
      ["merging closes it", { status: "merged", mergedInto: 2 }, SIDE_EFFECT_ROWS["incident.merged"].fact, [close]],
      [
        "closing the incident later asks nothing more",
        { status: "closed" },
        SIDE_EFFECT_ROWS["incident.closed"].fact,
        [],
      ],
      ["re-opening opens it again", { status: "triggered" }, SIDE_EFFECT_ROWS["incident.reopened"].fact, [reopen]],
      [
        "an end that is taken back is a re-opening, which asks for it",
        { status: "acknowledged" },
        undone("resolved"),
        [],
      ],
      ["a re-opening that is taken back closes it", { status: "resolved" }, undone("acknowledged"), [close]],
      ["taking back what ended nothing asks nothing", { status: "triggered" }, undone("acknowledged"), []],
      [
        "a ticket that came too late is closed",
        { status: "resolved" },
        SIDE_EFFECT_ROWS["ticket.opened"].fact,
        [close],
      ],
      [
        "nothing is asked where there is none",
        { status: "resolved", tickets: [] },
        SIDE_EFFECT_ROWS["incident.resolved"].fact,
        [],
      ],
    ])("%s", (_, after, fact, effects) => expect(wished(after, fact)).toEqual(effects));
  });

  test("include no archiving where the policy turns it off", () => {
    expect(
      deriveSideEffects(
        anIncident(),
        [anEvent(SIDE_EFFECT_ROWS["incident.resolved"].fact)],
        aPolicy({ archiveAfter: null }),
      ).timers,
    ).not.toContainEqual(expect.objectContaining({ timer: "archive" }));
  });
});
