import { describe, expect, test } from "vitest";
import type { Incident } from "#domain/incident/incident.ts";
import { pageMessage } from "#views/paging/page-messages.ts";
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

describe("the message of a page, for its whole life,", () => {
  const key = "INC-1:1:P2:0";
  const call = { by: BOB_PERSON, message: "the replica lags" };
  const facts = { description: "p95 is above 5 s for 10 minutes", to: ALICE_PERSON };
  const shows = (incident: Partial<Incident>, to = ALICE_PERSON): string =>
    JSON.stringify(pageMessage(anIncident(incident), key, PAGE_URL, { ...facts, to }));

  test("carries who calls and why, the description, the counts, the reason of the priority, and where to look", () => {
    const sent = shows({ pages: [aPage({ call })] });
    for (const part of ["Bob", "the replica lags", "p95 is above 5 s", "1 of 1 alerts firing", "Why ", "Runbook"])
      expect(sent).toContain(part);
  });

  test.each<{ readonly what: string; readonly incident: Partial<Incident>; readonly text: string }>([
    {
      what: "someone else acknowledged",
      incident: { pages: [aPage({ status: "acknowledged", acknowledgedAt: NOW, answeredBy: BOB_PERSON })] },
      text: "✅ Acknowledged by ",
    },
    {
      what: "they acknowledged",
      incident: { pages: [aPage({ status: "acknowledged", acknowledgedAt: NOW, answeredBy: ALICE_PERSON })] },
      text: "✅ You acknowledged this page",
    },
    {
      what: "it was called off",
      incident: { pages: [aPage({ status: "canceled", canceledBy: BOB_PERSON })] },
      text: " called this page off. ",
    },
    {
      what: "the incident was resolved",
      incident: { status: "resolved", resolvedAt: NOW, pages: [aPage({ status: "resolved" })] },
      text: "INC-1 was resolved",
    },
  ])("has no buttons and its outcome once $what", ({ incident, text }) => {
    const shown = shows(incident);
    expect(shown).toContain(text);
    expect(shown).not.toContain("buttons");
  });

  test("has no words of a private incident but those of who calls", () => {
    const shown = shows({ private: true, title: "SECRET", pages: [aPage({ call })] });
    expect(shown).not.toContain("SECRET");
    expect(shown).not.toContain("p95");
    expect(shown).toContain("the replica lags");
  });
});
