import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { forecastAlert } from "#domain/alerting/forecast/alert-forecast.ts";
import type { Event } from "#domain/events/event-registry.ts";
import type { Override } from "#domain/incident/arrangement.ts";
import type { ForecastPage } from "#domain/paging/forecast.ts";
import { DAY, HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { randomAlertLabels, randomPolicyFile } from "#test/support/builders/random-policies.ts";
import { alertOf } from "#test/support/builders/webhooks.ts";
import { CoreHarness } from "#test/support/harness/core.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

// What `muster route` predicts, and what Muster then does.

const AHEAD = 2 * HOUR;
/** In two weeks, on whole minutes: the engine of the tests looks once in a while. */
const anyTime = fc.integer({ min: 0, max: (14 * DAY) / MINUTE }).map((minutes) => NOW + minutes * MINUTE);

const forecast = (pages: readonly ForecastPage[]) =>
  pages.map(({ at, to, people }) => `${(at - NOW) / MINUTE} min: ${to} (${people.join(", ")})`);
const asked = (events: readonly Event[]) =>
  events.flatMap((event) =>
    event.type === "page.requested"
      ? [`${(event.at - NOW) / MINUTE} min: ${event.data.to} (${event.data.people.join(", ")})`]
      : [],
  );

describe("the forecast for an alert is what then happens while no one answers", () => {
  let rig: EngineHarness;
  beforeAll(async () => void (rig = await EngineHarness.open()));
  afterAll(() => rig.close());

  test("in the core, for random policies, times and labels", () => {
    fc.assert(
      fc.property(randomPolicyFile, randomAlertLabels, anyTime, (file, labels, now) => {
        const policy = aPolicy(file);
        const core = new CoreHarness(policy);
        core.now = now;
        core.receives({
          receiver: "r",
          groupKey: "g",
          externalUrl: "",
          truncated: 0,
          alerts: [
            {
              fingerprint: "f",
              status: "firing",
              labels,
              annotations: {},
              startsAt: now,
              endsAt: null,
              generatorUrl: "",
            },
          ],
        });
        core.passes(AHEAD);
        expect(forecast(forecastAlert(labels, { now, policy }, now + AHEAD).pages)).toEqual(asked(core.events));
      }),
      { numRuns: 150 },
    );
  });

  test("in the engine, with overrides", async () => {
    const standsIn = fc.option(
      fc.record({
        person: fc.constantFrom("dana", "erin"),
        schedule: fc.constantFrom("days", "nights"),
        minutes: fc.integer({ min: 1, max: 90 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(randomPolicyFile, randomAlertLabels, anyTime, standsIn, async (file, labels, now, other) => {
        await rig.reset();
        rig.policy = aPolicy(file);
        rig.now = now;
        const overrides: Override[] = [];
        if (other !== null) {
          const { person, schedule, minutes } = other;
          const until = now + minutes * MINUTE;
          const { slack } = (file.people as Record<string, { slack: string }>)[person]!;
          await rig.arranges({
            type: "shift.override",
            schedule,
            person: { id: slack, name: person },
            from: now,
            until,
          });
          overrides.push({ schedule, person, from: now, until, source: "person" });
        }
        const { pages } = forecastAlert(labels, { now, policy: rig.policy, overrides }, now + AHEAD);
        await rig.delivers([alertOf(labels, { startsAt: now })]);
        await rig.passes(AHEAD);
        const events = (await rig.incidents()).length === 0 ? [] : await rig.events();
        expect(asked(events)).toEqual(forecast(pages));
      }),
      { numRuns: 15 },
    );
  }, 120_000);

  test("a team whose schedule is empty on a Saturday is passed over for its members at once", () => {
    const policy = aPolicy({
      people: { erin: {}, frank: {}, gina: {}, alice: {} },
      schedules: {
        office: {
          layers: [
            {
              people: ["alice"],
              only: [{ days: ["monday", "tuesday", "wednesday", "thursday", "friday"], from: "00:00", to: "00:00" }],
            },
          ],
        },
      },
      teams: { search: { schedule: "office", members: ["erin", "frank"], escalation: [["team"], ["gina"]] } },
      defaultTeam: "search",
    });
    // NOW is a Saturday.
    expect(forecast(forecastAlert({ severity: "P1" }, { now: NOW, policy }, NOW + 15 * MINUTE).pages)).toEqual([
      "0 min: erin, frank (erin, frank)",
      "10 min: gina (gina)",
    ]);
  });
});
