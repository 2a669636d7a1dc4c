import { expect, test } from "vitest";
import { describeEvent } from "#domain/events/event-registry.ts";
import { plainText } from "#views/values/plain-text.ts";
import { eventAnnouncement } from "#views/response/event-announcement.ts";
import { anEvent } from "#test/support/builders/events.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { SIDE_EFFECT_ROWS } from "#test/support/builders/side-effects/side-effect-rows.ts";

const PAGE = "https://muster.example/incidents/INC-1";

/** Those with words of their own for where incidents are watched. */
const OWN_WORDS = new Set(["update.posted", "escalation.unstaffed", "incident.reopened", "reason.asked"]);

test.each(Object.values(SIDE_EFFECT_ROWS).map(({ fact }) => fact))(
  "announces $type where incidents are watched, should its definition ask for that",
  (fact) => {
    const event = anEvent(fact);
    const text = plainText(eventAnnouncement(anIncident(), event, PAGE));
    expect(text).toContain("INC-1");
    if (!OWN_WORDS.has(event.type)) expect(text).toContain(describeEvent(event));
  },
);
