import { describe, expect, test } from "vitest";
import type { Event, Fact } from "#domain/events/event-registry.ts";
import { feedMessage as feedOf } from "#views/channel/channel-feed.ts";
import { digestMessage as digestOf } from "#views/reporting/daily-digest-message.ts";
import { noticesMessage as noticesOf } from "#views/reporting/low-priority-notices.ts";
import { incidentForm as formOf } from "#views/response/incident-forms.ts";
import {
  expectViewWithinSlackLimits,
  expectWithinSlackLimits,
  textsOf,
} from "#test/support/doubles/slack/block-kit.ts";
import { aNote } from "#test/support/builders/alert-builders.ts";
import { anEvent } from "#test/support/builders/events.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { CoreHarness, orderServiceDelivery } from "#test/support/harness/core.ts";
import { HOUR, NOW } from "#test/support/builders/instants.ts";
import { ALICE_PERSON } from "#test/support/builders/people.ts";
import { renderForm } from "#integrations/slack/render-form.ts";
import { renderMessage } from "#integrations/slack/render-message.ts";

const feedMessage = (...about: Parameters<typeof feedOf>) => {
  const message = feedOf(...about);
  return message === null ? null : renderMessage(message);
};
const digestMessage = (...about: Parameters<typeof digestOf>) => renderMessage(digestOf(...about));
const noticesMessage = (...about: Parameters<typeof noticesOf>) => renderMessage(noticesOf(...about));
const pageOf = ({ number }: { readonly number: number }) => `http://m/INC-${number}`;
const firedFact = (count: number): Fact => ({
  type: "alerts.fired",
  data: { count, added: count, again: false, earliestStart: NOW, alerts: [aNote()] },
});
const events = (...facts: Fact[]): Event[] => facts.map((fact, i) => anEvent(fact, { seq: i + 1 }));

describe("the feed", () => {
  test("has a line for each event", () => {
    const message = feedMessage(anIncident(), events(firedFact(1), { type: "incident.acknowledged", data: {} }))!;
    expect(textsOf(message.blocks)).toEqual(["🔔 1 alert firing: p95 latency above 5 s\n👀 Acknowledged by Alice"]);
    expectWithinSlackLimits(message);
  });

  test("mentions everyone on the steps when every step was paged", () => {
    const people = [ALICE_PERSON, { id: "mia", name: "Mia" }];
    const message = feedMessage(
      anIncident(),
      events({ type: "escalation.exhausted", data: { reason: "all 2 steps were paged once", people } }),
    )!;
    expect(textsOf(message.blocks)).toEqual([
      "⚠️ <@U0ALICE01> Mia No one is left to page: all 2 steps were paged once",
    ]);
  });

  test("mentions who is given something where they are named", () => {
    const bob = { id: "U0BOB0001", name: "Bob" };
    const message = feedMessage(
      anIncident(),
      events(
        { type: "role.assigned", data: { role: "scribe", person: bob } },
        { type: "task.added", data: { id: 1, kind: "followup", text: "ask Bob", owner: bob, due: "2026-11-30" } },
      ),
    )!;
    expect(textsOf(message.blocks).join("\n")).toBe(
      "🧭 Alice made <@U0BOB0001> Scribe\n☐ Follow-up 1: ask Bob, <@U0BOB0001>, due 2026-11-30",
    );
  });

  test("has one line for an end that was undone", () => {
    const core = new CoreHarness(aPolicy(STAFFED_POLICY));
    core.receives(orderServiceDelivery("P1"));
    core.does({ type: "incident.cancel", reason: "a drill" });
    const { length } = core.events;
    core.does({ type: "undo" });
    const message = feedMessage(core.incident(), core.events.slice(length))!;
    expect(
      textsOf(message.blocks)
        .join("\n")
        .split("\n")
        .filter((line) => line.includes("undid")),
    ).toEqual(["🔁 Re-opened: Alice undid: Canceled: a drill (1 alert silenced until resolved)"]);
  });

  test("is silent about bookkeeping", () => {
    expect(
      feedMessage(
        anIncident(),
        events(
          { type: "escalation.armed", data: { step: 1, to: "Mia", due: NOW } },
          { type: "alerts.flapped", data: { count: 1, alerts: [] } },
          { type: "draft.posted", data: { url: "u" } },
        ),
      ),
    ).toBeNull();
    expect(feedMessage(anIncident(), [])).toBeNull();
  });

  test("sums up many alerts, beside what people did", () => {
    const resolved: Fact = { type: "alerts.resolved", data: { count: 2, alerts: [aNote()] } };
    const message = feedMessage(
      anIncident({ alerts: { total: 12, firing: 8, flaps: 0 } }),
      events(firedFact(2), firedFact(2), firedFact(2), firedFact(2), resolved, resolved, {
        type: "incident.acknowledged",
        data: {},
      }),
    )!;
    expect(textsOf(message.blocks)).toEqual([
      "👀 Acknowledged by Alice\n🔔 8 alerts fired and 4 resolved; 8 of 12 are firing now",
    ]);
  });

  test("of a hundred events is one message", () => {
    const message = feedMessage(
      anIncident(),
      events(
        ...Array.from({ length: 100 }, (): Fact => ({
          type: "page.failed",
          data: { key: "k", to: "Alice", reason: "y".repeat(200) },
        })),
      ),
    )!;
    expect(message.blocks).toHaveLength(1);
    expectWithinSlackLimits(message);
  });
});

describe("the notices", () => {
  const quietEvent = (number: number) =>
    anIncident({
      number,
      priority: "P3",
      title: `disk ${number}`,
      links: { runbook: number % 2 ? "https://r/1" : null, dashboards: [], source: null },
    });

  test("of one incident show its title, its runbook and its reason", () => {
    const message = noticesMessage([quietEvent(1)], 1, pageOf);
    expect(message.text).toBe("P3 INC-1: disk 1");
    expect(textsOf(message.blocks)).toEqual([
      'P3 *<http://m/INC-1|INC-1>* disk 1 · <https://r/1|runbook> · label severity="P3"',
    ]);
  });

  test("note a missing runbook", () => {
    expect(textsOf(noticesMessage([quietEvent(2)], 1, pageOf).blocks)[0]).toContain("no runbook");
  });

  test("of a thousand incidents are one message with ten of them", () => {
    const message = noticesMessage(
      Array.from({ length: 1_000 }, (_, n) => quietEvent(n + 1)),
      1_000,
      pageOf,
    );
    expect(message.text).toBe("1000 new incidents without urgency");
    expect(textsOf(message.blocks)[0]!.split("\n")).toHaveLength(10);
    expect(textsOf(message.blocks).at(-1)).toBe("… and 990 more");
    expectWithinSlackLimits(message);
  });
});

describe("the digest", () => {
  const low = (number: number, title: string, resolvedAt: number | null = null) =>
    anIncident({
      number,
      priority: "P4",
      title,
      openedAt: NOW - HOUR,
      resolvedAt,
      status: resolvedAt === null ? "triggered" : "resolved",
    });

  test("counts repeats, most frequent first", () => {
    const message = digestMessage(
      "2026-11-21",
      { count: 3, items: [low(1, "memory"), low(2, "disk", NOW), low(3, "disk", NOW)] },
      NOW,
      pageOf,
    );
    expect(textsOf(message.blocks)).toEqual([
      "*Digest 2026-11-21*: 3 low-priority incidents",
      "• 2 × <http://m/INC-3|INC-3> P4 disk · resolved\n• <http://m/INC-1|INC-1> P4 memory · open for 1 h",
    ]);
    expectWithinSlackLimits(message);
  });

  test("of very many kinds is one message", () => {
    const message = digestMessage(
      "2026-11-21",
      { count: 2_500, items: Array.from({ length: 500 }, (_, n) => low(n + 1, `kind ${n}`)) },
      NOW,
      pageOf,
    );
    expect(textsOf(message.blocks).at(-1)).toBe("… and 480 more kinds · kinds of the first 500 of 2500 incidents");
    expectWithinSlackLimits(message);
  });
});

describe("the form to resolve", () => {
  const form = (firing: number) =>
    renderForm(
      formOf("resolve", anIncident({ number: 7, alerts: { total: firing, firing, flaps: 0 } }), aPolicy(), "INC-7"),
    );
  const reason = (firing: number) => form(firing).blocks.find((block) => block.type === "input");

  test.each([
    { firing: 0, optional: true, asks: "What fixed it?" },
    { firing: 1, optional: false, asks: "Why is it resolved?" },
  ])("with $firing alerts firing asks: $asks", ({ firing, optional, asks: request }) => {
    expect(reason(firing)).toMatchObject({ block_id: "reason", optional, label: { text: request } });
    expectViewWithinSlackLimits(form(firing));
  });

  test.each([
    { firing: 0, warns: [] },
    { firing: 1, warns: ["⚠️ *1 alert is still firing.* To resolve it anyway, give a reason."] },
    { firing: 3, warns: ["⚠️ *3 alerts are still firing.* To resolve it anyway, give a reason."] },
  ])("with $firing alerts firing warns: $warns", ({ firing, warns }) => {
    expect(textsOf(form(firing).blocks.filter((block) => block.type === "section"))).toEqual(warns);
  });
});
