import { describe, expect, test } from "vitest";
import type { Event } from "#domain/events/event-registry.ts";
import { feedMessage } from "#views/channel/channel-feed.ts";
import { incidentAnnouncement, incidentCard, channelTopic } from "#views/channel/incident-card.ts";
import { digestMessage } from "#views/reporting/daily-digest-message.ts";
import { noticesMessage } from "#views/reporting/low-priority-notices.ts";
import { incidentForm, loadingForm } from "#views/response/incident-forms.ts";
import { FORM_NAMES } from "#verbs/verb.ts";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import {
  expectNoForeignMarkup,
  expectViewWithinSlackLimits,
  expectWithinSlackLimits,
} from "#test/support/doubles/slack/block-kit.ts";
import { aNote } from "#test/support/builders/alert-builders.ts";
import { anEvent, openedFact } from "#test/support/builders/events.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { anIncidentSaying, HOSTILE_TEXTS } from "#test/support/builders/hostile-text.ts";
import { renderForm } from "#integrations/slack/render-form.ts";
import { renderMessage } from "#integrations/slack/render-message.ts";

const pageOf = ({ number }: { readonly number: number }) => `http://localhost:3000/incidents/INC-${number}`;
const OWN = [/^<#C0INC0001>$/];

function eventsSaying(text: string): Event[] {
  const alerts = Array.from({ length: 9 }, () => aNote({ summary: text }));
  return [
    anEvent(openedFact({ title: text, priorityReason: text })),
    anEvent({ type: "alerts.fired", data: { count: 9, added: 9, again: false, earliestStart: NOW, alerts } }),
    anEvent({ type: "page.failed", data: { key: "k", to: text, reason: text } }),
    anEvent(
      { type: "incident.resolved", data: { by: "person", reason: text, firing: 1 } },
      { actor: { kind: "person", id: "x", name: text } },
    ),
  ];
}

const views: readonly { readonly view: string; readonly of: (text: string) => ChatMessage }[] = [
  { view: "card", of: (text) => incidentCard(anIncidentSaying(text), pageOf({ number: 1 })) },
  {
    view: "card of an incident in its quiet time",
    of: (text) => incidentCard(anIncidentSaying(text, { quietUntil: NOW }), pageOf({ number: 1 })),
  },
  { view: "announcement", of: (text) => incidentAnnouncement(anIncidentSaying(text), pageOf({ number: 1 })) },
  { view: "feed", of: (text) => feedMessage(anIncidentSaying(text), eventsSaying(text))! },
  { view: "notice of one incident", of: (text) => noticesMessage([anIncidentSaying(text)], 1, pageOf) },
  {
    view: "notice of many incidents",
    of: (text) =>
      noticesMessage(
        Array.from({ length: 40 }, (_, n) => anIncidentSaying(text, { number: n + 1 })),
        400,
        pageOf,
      ),
  },
  {
    view: "digest",
    of: (text) =>
      digestMessage(
        "2026-11-21",
        {
          count: 400,
          items: Array.from({ length: 40 }, (_, n) => anIncidentSaying(`${n} ${text}`, { number: n + 1 })),
        },
        NOW,
        pageOf,
      ),
  },
];

describe.each(views)("the $view", ({ of }) => {
  test.each(HOSTILE_TEXTS)("is one that Slack takes, and mentions no one, whatever is in it: $name", ({ text }) => {
    const message = renderMessage(of(text));
    expectWithinSlackLimits(message);
    expectNoForeignMarkup(message, OWN);
  });
});

test.each(HOSTILE_TEXTS)("the topic is at most 250 characters, and text: $name", ({ text }) => {
  const reply = channelTopic(anIncidentSaying(text));
  expect(Array.from(reply).length).toBeLessThanOrEqual(250);
  expect(reply, "what Slack would read as markup").not.toMatch(/[<>]|&(?:amp|lt|gt);/);
});
test.each(FORM_NAMES.flatMap((name) => [0, 1_000_000].map((firing) => ({ name, firing }))))(
  "the form $name is one that Slack takes with $firing alerts firing",
  ({ name, firing }) => {
    const policy = aPolicy({
      services: Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`service-${i} ${"x".repeat(90)}`, {}])),
    });
    const incident =
      name === "declare" ? null : anIncident({ number: 999_999_999, alerts: { total: firing, firing, flaps: 0 } });
    expectViewWithinSlackLimits(renderForm(incidentForm(name, incident, policy, "x".repeat(3_000))));
    expectViewWithinSlackLimits(renderForm(loadingForm(name, "x".repeat(3_000))));
  },
);
