import { describe, expect, test } from "vitest";
import { oncallMessage } from "#views/oncall/oncall-messages.ts";
import { renderMessage } from "#integrations/slack/render-message.ts";
import { expectWithinSlackLimits, textsOf } from "#test/support/doubles/slack/block-kit.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { aPolicy } from "#test/support/builders/policies.ts";

/** So many teams, each with people and steps of its own. */
function rosterOf(count: number) {
  const teams = Array.from({ length: count }, (_, n) => [
    `team-with-a-long-name-${n}`,
    { oncall: ["alice"], escalation: [["bob"], ["carol"], ["bob", "carol"]] },
  ]);
  const people = { alice: { slack: "U0ALICE01" }, bob: { name: "Bob the Builder" }, carol: { name: "Carol Lang" } };
  return { policy: aPolicy({ people, teams: Object.fromEntries(teams) as object }), overrides: [] };
}

describe("who is on call", () => {
  test.each([1, 40, 120, 300])("of %i teams names every team, within Slack's limits", (count) => {
    const message = renderMessage(oncallMessage(rosterOf(count), null, NOW, () => null, "https://m/me.ics"));
    expectWithinSlackLimits(message);
    const text = textsOf(message.blocks).join("\n");
    const shown = new Set(text.match(/team-with-a-long-name-\d+/g));
    const left = Number(/… and (\d+) more teams/.exec(text)?.[1] ?? 0);
    expect(shown.size + left).toBe(count);
    if (count <= 120) expect(left).toBe(0);
  });

  test("of 40 teams has everything that is known of each", () => {
    const text = textsOf(renderMessage(oncallMessage(rosterOf(40), null, NOW, () => null)).blocks).join("\n");
    expect(text.match(/then Bob the Builder, then Carol Lang/g)).toHaveLength(40);
  });

  test("begins with the reader's own calendar, however many teams there are", () => {
    const policy = aPolicy({
      people: { alice: { slack: "U0ALICE01" } },
      teams: Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`t${n}`, { schedule: "s" }])) as object,
      schedules: { s: { timezone: "UTC", layers: [{ people: ["alice"], from: "2026-11-16" }] } },
    });
    const { blocks } = renderMessage(
      oncallMessage({ policy, overrides: [] }, null, NOW, () => null, "https://m/me.ics"),
    );
    expect(textsOf(blocks)[0]).toMatch(/^<https:\/\/m\/me\.ics\|Your shifts as a calendar>/);
  });
});
