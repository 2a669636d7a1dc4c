import { describe, expect, test } from "vitest";
import { evolveIncident } from "#domain/events/evolve.ts";
import { anEvent, openedFact } from "#test/support/builders/events.ts";
import { evolvedBy } from "#test/support/builders/core/evolution.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { NOW } from "#test/support/builders/instants.ts";

describe("an incident", () => {
  test("begins with the event that opens it", () => {
    const incident = evolveIncident(null, anEvent(openedFact({ priority: "P1" })));
    expect(incident).toMatchObject({
      number: 1,
      status: "triggered",
      priority: "P1",
      peak: "P1",
      episode: 1,
      openedAt: NOW,
      detectedAt: NOW - 30_000,
      alerts: { total: 0, firing: 0 },
      channel: null,
      channelRequested: true,
      lastEvent: 1,
    });
  });

  test("without an opening event is a bug of its writer", () => {
    expect(() => evolveIncident(null, anEvent({ type: "incident.closed", data: {} }))).toThrow(
      "bug: incident.closed for an incident that was never opened",
    );
  });

  test("stores nothing that JSON would drop", () => {
    const incident = evolveIncident(null, anEvent(openedFact()));
    expect(JSON.parse(JSON.stringify(incident))).toEqual(incident);
  });

  test("does not change when its history grows: each event gives a new one", () => {
    const before = anIncident();
    const copy = structuredClone(before);
    evolvedBy(before, { type: "incident.acknowledged", data: {} });
    expect(before).toEqual(copy);
  });
});
