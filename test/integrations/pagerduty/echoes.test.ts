import { expect, test } from "vitest";
import type { Page } from "#domain/incident/incident.ts";
import { composeAlarmKey } from "#domain/paging/page-key.ts";
import { readPagerDutyEvent } from "#integrations/pagerduty/read-event.ts";
import { aPage, anIncident } from "#test/support/builders/incidents.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { aPolicy } from "#test/support/builders/policies.ts";

/** Two people of one name, and one with a comma in theirs. */
const policy = aPolicy({
  people: {
    alice: { name: "Alice", pagerduty: "PALICE1" },
    "other-alice": { name: "Alice", pagerduty: "PALICE2" },
    bob: { name: "Builder, Bob", pagerduty: "PBOB001" },
  },
});

const CALL = aPage({ key: "INC-1:1:P2:1", via: "pagerduty responder request", requestedAt: NOW, sentAt: NOW });

/** Whether news that someone was asked to help is what we asked for with a page ourselves. */
async function isOurOwn(page: Page, user: string): Promise<boolean> {
  const incident = anIncident({ uid: "u1", pages: [page] });
  const event = {
    id: "e1",
    event_type: "incident.responder.added",
    agent: { id: "PX", type: "user_reference", summary: "Xenia" },
    data: { incident_key: composeAlarmKey(page.key, "u1"), user: { id: user, summary: "A user" } },
  };
  const known = { policy, now: NOW + MINUTE, incident: () => Promise.resolve(incident) };
  const lookups = { self: () => Promise.resolve(null), alarmOf: () => Promise.resolve(null) };
  return (await readPagerDutyEvent(JSON.stringify({ event }), known, lookups)) === null;
}

test.each<[string, Partial<Page>, string, boolean]>([
  ["the one who was called", { to: "Alice", people: ["alice"] }, "PALICE1", true],
  ["another of the same name", { to: "Alice", people: ["alice"] }, "PALICE2", false],
  ["one of several", { to: "Alice, Builder, Bob", people: ["alice", "bob"] }, "PBOB001", true],
  ["one whose name changed since", { to: "Bobby", people: ["bob"] }, "PBOB001", true],
  ["one of a page that an earlier version stored", { to: "Alice, Builder, Bob" }, "PBOB001", true],
  ["none of a page that an earlier version stored", { to: "Alice" }, "PBOB001", false],
])("a responder request of ours comes back as news: %s", async (_, page, user, own) => {
  const { people: __, ...earlier } = CALL;
  expect(await isOurOwn({ ...earlier, ...page }, user)).toBe(own);
});
