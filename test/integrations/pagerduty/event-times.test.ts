import { expect, test } from "vitest";
import { composeAlarmKey } from "#domain/paging/page-key.ts";
import { formatIso } from "#domain/values/instant.ts";
import { readPagerDutyEvent } from "#integrations/pagerduty/read-event.ts";
import { aPage, anIncident } from "#test/support/builders/incidents.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { aPolicy } from "#test/support/builders/policies.ts";

/** What an acknowledgement that PagerDuty sends at NOW is here. */
async function readAcknowledgement(fields: object) {
  const page = aPage();
  const incident = anIncident({ uid: "u1", pages: [page] });
  const event = {
    id: "e1",
    event_type: "incident.acknowledged",
    agent: { id: "PX", type: "user_reference", summary: "Xenia" },
    data: { incident_key: composeAlarmKey(page.key, "u1") },
    ...fields,
  };
  const known = { policy: aPolicy({}), now: NOW, incident: () => Promise.resolve(incident) };
  const lookups = { self: () => Promise.resolve(null), alarmOf: () => Promise.resolve(null) };
  return (await readPagerDutyEvent(JSON.stringify({ event }), known, lookups))!;
}

test.each<[string, string | undefined, number | undefined, number]>([
  ["its own time", formatIso(NOW - MINUTE), NOW - MINUTE, NOW - MINUTE],
  [
    "the time of a clock that is a minute ahead, of which only the order counts",
    formatIso(NOW + MINUTE),
    NOW + MINUTE,
    NOW,
  ],
  ["no time when it lies far ahead, as all that comes later would be older", formatIso(NOW + HOUR), undefined, NOW],
  ["no time when it has none", undefined, undefined, NOW],
  ["no time when that is none", "yesterday", undefined, NOW],
])("news is ordered by %s", async (_, sent, occurred, at) => {
  const event = await readAcknowledgement(sent === undefined ? {} : { occurred_at: sent });
  expect(event.at).toBe(at);
  expect("occurred" in event.command ? event.command.occurred : undefined).toBe(occurred);
});

test("a name of any length is stored as one that fits a line", async () => {
  const { actor } = await readAcknowledgement({
    agent: { id: "PX", type: "user_reference", summary: "X".repeat(300_000) },
  });
  expect(actor.name.length).toBeLessThanOrEqual(100);
});
