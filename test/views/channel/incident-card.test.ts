import { describe, expect, test } from "vitest";
import type { Incident } from "#domain/incident/incident.ts";
import { OPEN_STATUSES, STATUSES } from "#domain/values/language.ts";
import { incidentAnnouncement, channelBookmarks, incidentCard, channelTopic } from "#views/channel/incident-card.ts";
import { expectWithinSlackLimits, textsOf } from "#test/support/doubles/slack/block-kit.ts";
import { ALICE_PERSON } from "#test/support/builders/people.ts";
import { anEscalation, anIncident } from "#test/support/builders/incidents.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { renderMessage } from "#integrations/slack/render-message.ts";

const PAGE = "http://localhost:3000/incidents/INC-1";
const NONE: Incident["roles"] = { commander: null, tech: null, comms: null, scribe: null };

const renderedCard = (overrides: Partial<Incident> = {}) => renderMessage(incidentCard(anIncident(overrides), PAGE));
function menuOfCard(overrides: Partial<Incident> = {}): string[] {
  return renderedCard(overrides).blocks.flatMap((block) =>
    block.type === "actions"
      ? block.elements.flatMap((element) =>
          element.type === "overflow" ? element.options.map(({ text }) => text.text) : [],
        )
      : [],
  );
}
const cardText = (overrides: Partial<Incident> = {}) => textsOf(renderedCard(overrides).blocks).join("\n");

function buttonsOfCard(overrides: Partial<Incident> = {}): string[] {
  return renderedCard(overrides).blocks.flatMap((block) =>
    block.type === "actions"
      ? block.elements.flatMap((element) => (element.type === "button" ? [element.text.text] : []))
      : [],
  );
}

describe("the card of an incident", () => {
  test("without an acknowledgement shows all key facts", () => {
    const message = renderedCard({ escalation: anEscalation({ step: 1, next: { to: "Mia", at: NOW + 10 * MINUTE } }) });
    expect(message).toMatchSnapshot();
    expectWithinSlackLimits(message);
  });

  test.each<{ story: string; overrides: Partial<Incident>; first: string[]; more: string[] }>([
    {
      story: "triggered, without a commander",
      overrides: {},
      first: ["Acknowledge", "Take command", "Escalate"],
      more: ["Mitigated", "Update", "Roles", "Resolve", "Make private"],
    },
    {
      story: "acknowledged, with a commander",
      overrides: { status: "acknowledged", roles: { ...NONE, commander: ALICE_PERSON } },
      first: ["Update", "Mitigated"],
      more: ["Escalate", "Roles", "Be scribe", "Resolve", "Make private"],
    },
    {
      story: "mitigated, with a scribe",
      overrides: { status: "mitigated", roles: { ...NONE, commander: ALICE_PERSON, scribe: ALICE_PERSON } },
      first: ["Update", "Resolve"],
      more: ["Escalate", "Roles", "Make private"],
    },
  ])("that is $story has what is pressed next, and the rest in a menu", ({ overrides, first, more }) => {
    expect(buttonsOfCard(overrides)).toEqual(first);
    expect(menuOfCard(overrides)).toEqual(more);
  });

  test("never has Resolve beside Mitigated", () => {
    for (const status of STATUSES)
      for (const roles of [NONE, { ...NONE, commander: ALICE_PERSON }])
        for (const shown of [buttonsOfCard({ status, roles }), menuOfCard({ status, roles })])
          expect(
            Math.abs(shown.indexOf("Resolve") - shown.indexOf("Mitigated")) === 1 &&
              shown.includes("Resolve") &&
              shown.includes("Mitigated"),
          ).toBe(false);
  });

  test("has what happens next and its buttons before everything else", () => {
    const { blocks } = renderedCard({ escalation: anEscalation({ step: 1, next: { to: "Mia", at: NOW } }) });
    expect(blocks.map(({ type }) => type)).toEqual(["header", "section", "actions", "section", "context"]);
    expect(textsOf(blocks[1])[0]).toContain("*What happens next:* pages Mia");
  });

  test.each(STATUSES.filter((status) => !(OPEN_STATUSES as readonly string[]).includes(status)))(
    "that is %s offers no buttons",
    (status) => {
      expect(renderedCard({ status }).blocks.some((block) => block.type === "actions")).toBe(false);
    },
  );

  test("names a person outside the workspace, without a mention", () => {
    expect(cardText({ roles: { ...NONE, commander: { id: "api", name: "<!channel>" } } })).toContain(
      "commander &lt;!channel&gt;",
    );
  });

  test("has the text of its blocks as its fallback", () => {
    expect(renderedCard().text).toBe(
      "INC-1 P2 triggered: order-service: p95 latency above 5 s · 1 alert firing · commander unassigned",
    );
    expect(renderedCard({ roles: { ...NONE, commander: { id: "api", name: "<!channel>" } } }).text).not.toContain(
      "<!channel>",
    );
  });

  test.each<{ overrides: Partial<Incident>; sentence: string }>([
    {
      overrides: { escalation: anEscalation({ step: 1, next: { to: "Mia", at: NOW } }) },
      sentence: "pages Mia <!date^",
    },
    { overrides: { quietUntil: NOW + MINUTE }, sentence: "resolves <!date^" },
    { overrides: { status: "resolved" }, sentence: "write the postmortem, its draft is in this channel" },
    { overrides: { unmapped: true }, sentence: "The severity of this alert is not in the policy" },
    { overrides: { drill: true }, sentence: "*triggered* · drill" },
    { overrides: { alerts: { total: 7, firing: 3, flaps: 2 } }, sentence: "3 of 7 alerts firing (2 flaps)" },
    {
      overrides: { tickets: [{ key: "octo-org/shop#1", url: "https://t/1" }] },
      sentence: "<https://t/1|Ticket octo-org/shop#1>",
    },
    {
      overrides: { links: { runbook: null, dashboards: [], source: null } },
      sentence: "⚠️ no runbook is linked to this alert",
    },
    {
      overrides: { route: { ...anIncident().route, service: null, team: null } },
      sentence: "unknown service, no team",
    },
  ])("shows: $sentence", ({ overrides, sentence }) => {
    expect(cardText(overrides)).toContain(sentence);
  });

  test("shows no next change when there is none", () => {
    expect(cardText()).not.toContain("What happens next");
  });

  test("asks for a commander once someone has acknowledged", () => {
    expect(cardText({ status: "acknowledged" })).toContain("*What happens next:* someone takes command");
  });

  test("links the incident's page, with other links of any length", () => {
    const long = (name: string) => `https://${name}.example/${"x".repeat(2_500)}`;
    expect(
      cardText({
        links: { runbook: long("runbook"), dashboards: [{ title: "D", url: long("d") }], source: long("prom") },
      }),
    ).toContain(`<${PAGE}|Incident page>`);
  });
});

test("the topic is what a newcomer needs, and changes with the priority and the commander only", () => {
  expect(channelTopic(anIncident({ roles: { ...NONE, commander: ALICE_PERSON } }))).toBe(
    "P2 (SEV-2) · IC: Alice · order-service",
  );
});

describe("the announcement", () => {
  test.each<{ story: string; channel: Incident["channel"]; ends: string }>([
    { story: "leads into the channel", channel: anIncident().channel, ends: " · <#C0INC0001>" },
    {
      story: "names a channel of a dry run",
      channel: { id: "dry", name: "inc-1-order-service", url: "" },
      ends: " · #inc-1-order-service",
    },
    { story: "shows that its channel is on the way", channel: null, ends: "UTC> · channel opens" },
  ])("$story", ({ channel, ends }) => {
    const message = renderMessage(incidentAnnouncement(anIncident({ channel }), PAGE));
    expect(textsOf(message.blocks).some((text) => text.endsWith(ends))).toBe(true);
    expectWithinSlackLimits(message);
  });
});

test("the bookmarks are the page, the runbook, three dashboards at most and the postmortem", () => {
  const dashboards = ["a", "b", "c", "d"].map((title) => ({ title, url: `https://g/${title}` }));
  expect(
    channelBookmarks(anIncident({ links: { runbook: "https://r/1", dashboards, source: null } }), PAGE).map(
      ({ title }) => title,
    ),
  ).toEqual(["INC-1 page", "Runbook", "a", "b", "c", "Postmortem"]);
  expect(channelBookmarks(anIncident({ links: { runbook: null, dashboards: [], source: null } }), PAGE)).toEqual([
    { title: "INC-1 page", url: PAGE },
    { title: "Postmortem", url: `${PAGE}/postmortem` },
  ]);
});
