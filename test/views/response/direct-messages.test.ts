import { describe, expect, test } from "vitest";
import type { Incident } from "#domain/incident/incident.ts";
import { directMessage } from "#views/response/direct-messages.ts";
import { feedMessage } from "#views/channel/channel-feed.ts";
import { buttonWords } from "#handlers/button-press.ts";
import { anEvent } from "#test/support/builders/events.ts";
import { anEscalation, anIncident, aPage } from "#test/support/builders/incidents.ts";
import { ALICE_PERSON, BOB_PERSON } from "#test/support/builders/people.ts";
import { NOW } from "#test/support/builders/instants.ts";

const PAGE_URL = "https://muster.example/incidents/INC-1";
const KEY = "INC-1:1:P1:1";

/** What the first button of a message asks for, in words. */
function firstButton(incident: Incident, about: Parameters<typeof directMessage>[2]): string | null {
  const message = directMessage(incident, ALICE_PERSON, about, PAGE_URL);
  const buttons = message?.parts.flatMap((part) => (part.kind === "buttons" ? part.buttons : [])) ?? [];
  const [button] = buttons;
  if (button === undefined) return null;
  const words = buttonWords(button.action, button.value);
  return words === null ? null : `${words.about?.number} ${words.text}`;
}

describe("the message of a page", () => {
  test("has a button that acknowledges that page", () => {
    const incident = anIncident({ pages: [aPage({ key: KEY })] });
    expect(firstButton(incident, { kind: "page", key: KEY })).toBe(`1 ack ${KEY}`);
  });

  test.each(["acknowledged", "expired", "canceled", "resolved"] as const)(
    "is not sent when the page is %s",
    (status) => {
      const incident = anIncident({ pages: [aPage({ key: KEY, status })] });
      expect(directMessage(incident, ALICE_PERSON, { kind: "page", key: KEY }, PAGE_URL)).toBeNull();
    },
  );

  test("that an earlier version asked for acknowledges the incident", () => {
    expect(firstButton(anIncident(), { kind: "page" })).toBe("1 ack");
  });
});

describe("something new in an incident that someone has", () => {
  test("is a message with a button, until they have seen it", () => {
    const unseen = anIncident({ status: "acknowledged", escalation: anEscalation({ unseenSince: NOW }) });
    expect(firstButton(unseen, { kind: "attention" })).toBe("1 ack");
    expect(firstButton(anIncident({ status: "acknowledged" }), { kind: "attention" })).toBeNull();
  });

  test("mentions them in the channel", () => {
    const event = anEvent({ type: "attention.requested", data: { to: BOB_PERSON, reason: "host 2 is down" } });
    expect(JSON.stringify(feedMessage(anIncident(), [event]))).toContain(BOB_PERSON.id);
  });
});
