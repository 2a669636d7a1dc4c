import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { defineWebhookSource, type WebhookSource } from "#domain/deliveries/webhook-source.ts";
import * as webhookSources from "#handlers/webhooks/webhook-sources.ts";
import { aWebhookBody } from "#test/support/builders/webhooks.ts";
import { uptimeSource } from "#test/fixtures/sources/uptime-webhook.ts";

// The compiler cannot check that `toDelivery` and `outline` read only what `check` has looked at.

const uptimeDown: unknown = JSON.parse(readFileSync("test/fixtures/sources/uptime-down.json", "utf8"));
/** Each source with a body that it accepts: a new one does not compile without. */
const BODIES: { readonly [K in keyof typeof webhookSources]: unknown } = {
  alertmanagerSource: aWebhookBody(),
  grafanaSource: { ...aWebhookBody(), orgId: 1, state: "alerting" },
};
const SOURCES: readonly (readonly [string, WebhookSource, unknown])[] = [
  ...Object.entries(webhookSources).map(
    ([name, source]) => [name, source, BODIES[name as keyof typeof webhookSources]] as const,
  ),
  ["uptimeSource", uptimeSource, uptimeDown],
];

const JUNK: readonly unknown[] = [undefined, null, 0, -1.5, "", "junk", true, [], {}, [null], { a: null }];

/** The value with one of its parts, at any depth, replaced by each piece of junk. */
function damagedCopies(value: unknown): readonly unknown[] {
  if (typeof value !== "object" || value === null) return JUNK;
  const damaged = Object.entries(value).flatMap(([key, part]) =>
    damagedCopies(part).map((copy): unknown =>
      Array.isArray(value) ? value.with(Number(key), copy) : { ...value, [key]: copy },
    ),
  );
  return [...JUNK, ...damaged];
}

/** The bodies that `check` lets through, of which translation or outline then fails. */
function unreadableBodies(source: WebhookSource, good: unknown): readonly unknown[] {
  // As they come in: JSON leaves out what is undefined.
  const bodies = damagedCopies(good).flatMap((body): unknown[] =>
    body === undefined ? [] : [JSON.parse(JSON.stringify(body))],
  );
  return bodies.filter((body) => {
    if (source.check(body) !== null) return false;
    try {
      const { alerts } = source.toDelivery(body);
      return !alerts.every(({ startsAt }) => Number.isFinite(startsAt)) || source.outline(body).alerts === undefined;
    } catch {
      return true;
    }
  });
}

describe("a damaged body that the source's check lets through can be read", () => {
  test.each(SOURCES)("%s", (_, source, good) => {
    expect(source.check(good)).toBeNull();
    expect(damagedCopies(good).length).toBeGreaterThan(50);
    expect(unreadableBodies(source, good)).toEqual([]);
  });

  test("a source that reads what it has not checked is found", () => {
    const careless = defineWebhookSource({ ...uptimeSource, check: () => null });
    expect(unreadableBodies(careless, uptimeDown).length).toBeGreaterThan(10);
  });
});
