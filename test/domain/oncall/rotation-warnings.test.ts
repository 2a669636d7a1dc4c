import fc from "fast-check";
import { expect, test } from "vitest";
import { rotationWarnings } from "#domain/oncall/rotation-warnings.ts";
import { computeShifts } from "#domain/oncall/shifts.ts";
import { DAY, NOW } from "#test/support/builders/instants.ts";
import { aSchedule } from "#test/support/builders/schedules.ts";

const ALWAYS = { people: ["alice"], from: "2026-01-05" };
const MONDAYS = [{ days: ["monday"], from: "09:00", to: "17:00" }];

test.each([
  { says: "nothing of layers that all have their hours", layers: [ALWAYS, { ...ALWAYS, only: MONDAYS }], warns: [] },
  {
    says: "that a later layer covers one",
    layers: [{ ...ALWAYS, name: "nights" }, ALWAYS],
    warns: [
      "schedules.orders.layers.0 (nights): it is never in force: later layers cover all of its hours; list it after them, or remove it",
    ],
  },
  {
    says: "that two later layers cover one together",
    layers: [
      { ...ALWAYS, only: MONDAYS },
      { ...ALWAYS, only: [{ days: ["monday"], from: "08:00", to: "12:00" }] },
      { ...ALWAYS, only: [{ days: ["monday"], from: "12:00", to: "20:00" }] },
    ],
    warns: ["schedules.orders.layers.0: it is never in force"],
  },
  {
    says: "nothing when what covers a layer begins later or ends",
    layers: [ALWAYS, { ...ALWAYS, from: "2027-03-01" }, { ...ALWAYS, until: "2027-02-01" }],
    warns: [],
  },
  { says: "nothing of a layer that is over", layers: [{ ...ALWAYS, until: "2026-02-01" }, ALWAYS], warns: [] },
  {
    says: "that a layer ends before it begins",
    layers: [{ ...ALWAYS, until: "2026-01-05" }, ALWAYS],
    warns: [
      "schedules.orders.layers.0: it is never in force: until 2026-01-05 is not after from 2026-01-05; change one of them",
    ],
  },
  {
    says: "who never has a turn",
    layers: [
      {
        people: ["alice", "bob", "charlie", "dana", "erin", "frank", "gina"],
        shift: "daily",
        from: "2026-01-05",
        only: MONDAYS,
      },
    ],
    warns: ["schedules.orders.layers.0: bob, charlie, dana, erin, frank, gina never have a turn"],
  },
  {
    says: "nothing of two who take turns every other Monday",
    layers: [{ people: ["alice", "bob"], shift: "daily", from: "2026-01-05", only: MONDAYS }],
    warns: [],
  },
])("warns: $says", ({ layers, warns }) => {
  const found = rotationWarnings("orders", aSchedule({ layers }), NOW);
  expect(found).toHaveLength(warns.length);
  found.forEach((text, i) => expect(text).toContain(warns[i]));
});

const layer = fc.record(
  {
    people: fc.uniqueArray(fc.constantFrom("a", "b", "c"), { minLength: 1 }),
    shift: fc.constantFrom("daily", "weekly", "12h"),
    from: fc.constantFrom("2026-01-05", "2026-12-10"),
    until: fc.constantFrom("2026-11-01", "2027-01-20"),
    only: fc.constantFrom(
      MONDAYS,
      [{ days: ["monday", "tuesday"], from: "08:00", to: "18:00" }],
      [{ days: ["saturday"], from: "12:00", to: "12:00" }],
    ),
  },
  { requiredKeys: ["people", "from"] },
);

test("is silent about a layer and its people exactly when each has a turn within the next year", () => {
  fc.assert(
    fc.property(fc.array(layer, { minLength: 1, maxLength: 3 }), (layers) => {
      const named = layers.map((each, i) => ({ ...each, name: `layer-${i}` }));
      const schedule = aSchedule({ layers: named });
      const warnings = rotationWarnings("s", schedule, NOW);
      const shifts = computeShifts("s", schedule, [], NOW, NOW + 200 * DAY);
      named.forEach(({ name, people, until }, i) => {
        const having = new Set(shifts.filter(({ by }) => by === name).map(({ person }) => person));
        const warned = warnings.some((text) => text.startsWith(`schedules.s.layers.${i} `));
        const isNever = until === "2026-11-01" || having.size === 0;
        expect(warned, `${JSON.stringify(named)} ${name}`).toBe(
          until === "2026-11-01" && named[i]!.from === "2026-01-05" ? false : isNever || having.size < people.length,
        );
      });
    }),
    { numRuns: 60 },
  );
});
