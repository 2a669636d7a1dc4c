import fc from "fast-check";
import { expect, test } from "vitest";
import type { AlertObservation } from "#domain/deliveries/delivery.ts";
import { checkWebhook, salvageWebhook, toDelivery, type WebhookBody } from "#domain/deliveries/alertmanager-body.ts";
import { isOpen } from "#domain/values/language.ts";
import { aDelivery, anObservation } from "#test/support/builders/alert-builders.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE, NOW, SECOND } from "#test/support/builders/instants.ts";
import { CoreHarness } from "#test/support/harness/core.ts";

/** One alert of a small group, as a peer may report it: any stretch, begun or ended. */
const observations: fc.Arbitrary<AlertObservation> = fc
  .record({
    which: fc.constantFrom("a", "b", "c"),
    stretch: fc.integer({ min: 0, max: 3 }),
    over: fc.boolean(),
    severity: fc.constantFrom("P0", "P1", "P2"),
  })
  .map(({ which, stretch, over, severity }) => {
    const startsAt = NOW - 10 * MINUTE + stretch * 2 * MINUTE;
    return anObservation({
      fingerprint: which,
      labels: { alertname: "Down", service: "order-service", severity },
      startsAt,
      ...(over ? { status: "resolved", endsAt: startsAt + MINUTE } : {}),
    });
  });

const stories = fc.array(
  fc.record({
    alerts: fc.uniqueArray(observations, { minLength: 1, maxLength: 3, selector: ({ fingerprint }) => fingerprint }),
    wait: fc.integer({ min: 0, max: 70 }),
    truncated: fc.constantFrom(0, 0, 0, 2),
    seq: fc.option(fc.integer({ min: 1, max: 20 })),
  }),
  { maxLength: 20 },
);

/** The keys of pages for an alert that the incident did not have. */
function pagesForNewAlerts({ events }: CoreHarness): ReadonlySet<string> {
  const commands = Map.groupBy(events, ({ evidence }) => evidence.command);
  const news = [...commands.values()].filter((each) =>
    each.some((event) => event.type === "alerts.fired" && event.data.added > 0),
  );
  return new Set(news.flat().flatMap((event) => (event.type === "page.requested" ? [event.data.key] : [])));
}

test("opens one incident with correct counts, and pages again soon only for an alert that it did not have", () => {
  fc.assert(
    fc.property(stories, (deliveries) => {
      const world = new CoreHarness(aPolicy(STAFFED_POLICY));
      for (const { alerts, wait, truncated, seq } of deliveries) {
        world.passes(wait * SECOND);
        world.receives(aDelivery({ alerts, truncated }), seq ?? undefined);
      }
      expect(world.incidents.size).toBeLessThanOrEqual(1);
      const incident = world.incidents.get(1);
      if (incident === undefined) return;
      const firing = [...world.alerts.values()].filter(({ status }) => status === "firing").length;
      expect(incident.alerts.firing).toBe(firing);
      expect(incident.alerts.total).toBeLessThanOrEqual(3);
      if (firing > 0) expect(isOpen(incident.status)).toBe(true);
      if (firing === 0 && isOpen(incident.status))
        expect(incident.quietUntil !== null || Object.keys(incident.truncated).length > 0).toBe(true);
      expect(new Set(incident.pages.map(({ key }) => key)).size).toBe(incident.pages.length);
      const forNews = pagesForNewAlerts(world);
      for (const page of incident.pages.filter(({ key }) => !forNews.has(key))) {
        const soonBefore = incident.pages.filter(
          (other) =>
            other.to === page.to &&
            other.priority === page.priority &&
            other.requestedAt <= page.requestedAt &&
            page.requestedAt - other.requestedAt < 10 * MINUTE &&
            // One that ended with its incident before anyone answered holds nothing back.
            (other.episode === page.episode || other.acknowledgedAt !== null),
        );
        expect(soonBefore).toEqual([page]);
      }
    }),
    { numRuns: 1_000 },
  );
});

test("the same deliveries in the same order give the same events", () => {
  fc.assert(
    fc.property(stories, (deliveries) => {
      const [one, two] = [new CoreHarness(), new CoreHarness()];
      for (const world of [one, two])
        for (const { alerts, truncated } of deliveries) world.receives(aDelivery({ alerts, truncated }));
      expect(one.events).toEqual(two.events);
    }),
    { numRuns: 100 },
  );
});

/** Bodies that are almost those of Alertmanager, as untyped as the internet. */
const nearly = fc.record(
  {
    receiver: fc.oneof(fc.string(), fc.jsonValue()),
    groupKey: fc.oneof(fc.string(), fc.jsonValue()),
    truncatedAlerts: fc.oneof(fc.nat(), fc.jsonValue()),
    alerts: fc.oneof(
      fc.jsonValue(),
      fc.array(
        fc.record(
          {
            status: fc.oneof(fc.constantFrom("firing", "resolved"), fc.jsonValue()),
            fingerprint: fc.oneof(fc.string({ minLength: 1 }), fc.jsonValue()),
            labels: fc.oneof(fc.dictionary(fc.string(), fc.string()), fc.jsonValue()),
            annotations: fc.oneof(fc.dictionary(fc.string(), fc.string()), fc.jsonValue()),
            startsAt: fc.oneof(fc.constant("2026-11-21T14:32:00Z"), fc.string(), fc.jsonValue()),
          },
          { requiredKeys: [] },
        ),
      ),
    ),
  },
  { requiredKeys: [] },
);

test("any JSON is either refused with words or becomes a delivery", () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), nearly), (value) => {
      const body: unknown = JSON.parse(JSON.stringify(value));
      const wrong = checkWebhook(body);
      if (wrong !== null) expect(wrong).toMatch(/: expected /);
      else
        expect(
          toDelivery(body as Parameters<typeof toDelivery>[0]).alerts.every(({ startsAt }) =>
            Number.isFinite(startsAt),
          ),
        ).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

test("every alert of any delivery is accepted or refused: good ones as they are, whatever stands beside them", () => {
  const good = fc.record({
    status: fc.constantFrom("firing", "resolved"),
    fingerprint: fc.stringMatching(/^[!-~]{1,20}$/),
    labels: fc.dictionary(fc.string(), fc.string()),
    startsAt: fc.constant("2026-11-21T14:32:00Z"),
  });
  fc.assert(
    fc.property(nearly, fc.array(good), (value, alerts) => {
      const odd = JSON.parse(JSON.stringify(value)) as { alerts?: unknown };
      const bad: readonly unknown[] = Array.isArray(odd.alerts) ? odd.alerts : [];
      const body = { ...odd, alerts: [...bad, ...alerts] };
      const { body: salvaged, refused } = salvageWebhook(body)!;
      expect(checkWebhook(salvaged)).toBeNull();
      const accepted = (salvaged as WebhookBody).alerts;
      const refusedAlerts = refused.filter(({ index }) => index !== null);
      expect(accepted.length + refusedAlerts.length).toBe(body.alerts.length);
      expect(accepted.slice(accepted.length - alerts.length)).toEqual(alerts);
      for (const { field, reason, index, value: sent } of refused) {
        expect(field).not.toBe("");
        expect(reason).toMatch(/^expected /);
        if (index !== null) expect(sent).toBe(body.alerts[index]);
      }
      // What is stored is accepted as it is by every version.
      expect(checkWebhook(JSON.parse(JSON.stringify(salvaged)))).toBeNull();
    }),
    { numRuns: 1_000 },
  );
});
