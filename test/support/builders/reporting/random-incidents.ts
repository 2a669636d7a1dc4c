import fc from "fast-check";
import type { Incident } from "#domain/incident/incident.ts";
import { PRIORITIES, STATUSES } from "#domain/values/language.ts";
import { DAY, HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { anIncident, aPage, aRoute } from "#test/support/builders/incidents.ts";
import { ALICE } from "#test/support/builders/people.ts";

// Incidents drawn at random, for properties about what they add up to. Few services, names and instants, so that much
// coincides: equal counts, overlapping times, an end at the first instant of a month.

/** How far back they were opened, in ms. */
export const RANDOM_SPAN = 75 * DAY;

const within = (min: number, max: number) => fc.integer({ min, max });
const minutes = (most: number) => within(-2, most).map((each) => each * MINUTE);
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null, freq: 3 });

const page = fc.record({
  to: fc.constantFrom("Alice", "Bob, Alice", "Miller, Jr.", "Bob, Miller, Jr.", "on-call of payments"),
  after: within(0, 3_000),
  answered: orNull(within(0, 90)),
  status: fc.constantFrom("sent", "failed", "acknowledged", "requested"),
});

const task = fc.record({
  kind: fc.constantFrom("task", "followup"),
  due: orNull(fc.constantFrom("2026-10-01", "2026-11-20", "2026-11-21", "2026-11-22", "2027-01-01")),
  done: fc.boolean(),
});

const drawn = fc.record({
  status: fc.constantFrom(...STATUSES),
  peak: fc.constantFrom(...PRIORITIES),
  drill: fc.boolean(),
  hidden: within(0, 9).map((each) => each === 0),
  // On whole hours, which the end of a month is too.
  ago: within(0, RANDOM_SPAN / HOUR).map((each) => each * HOUR),
  detected: minutes(90),
  acknowledged: orNull(minutes(60)),
  mitigated: orNull(minutes(600)),
  resolved: orNull(minutes(6_000)),
  resolvedBy: fc.constantFrom("alerts", "person"),
  declared: within(0, 5).map((each) => each === 0),
  key: fc.constantFrom('["a","Down"]', '["a","Slow"]', '["zürich","Down"]', "a long key that was cut"),
  service: orNull(fc.constantFrom("a", "b", "zürich", "–", "order-service")),
  team: orNull(fc.constantFrom("payments", "platform")),
  linked: fc.boolean(),
  pages: fc.array(page, { maxLength: 3 }),
  tasks: fc.array(task, { maxLength: 2 }),
  updates: within(0, 3),
  ups: fc.array(fc.tuple(within(1, 300), within(1, 300)), { maxLength: 2 }),
});
type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never;

function toIncident(number: number, each: Drawn): Incident {
  const openedAt = NOW - each.ago;
  const at = (after: number | null): number | null => (after === null ? null : openedAt + after);
  let up = openedAt;
  return anIncident({
    number,
    status: each.status,
    peak: each.peak,
    priority: each.peak,
    drill: each.drill && number % 7 === 0,
    private: each.hidden,
    openedAt,
    detectedAt: openedAt - each.detected,
    acknowledgedAt: at(each.acknowledged),
    mitigatedAt: at(each.mitigated),
    resolvedAt: at(each.resolved),
    resolvedBy: each.resolvedBy as Incident["resolvedBy"],
    declaredBy: each.declared ? { id: ALICE.id, name: ALICE.name } : null,
    key: each.declared ? `declared ${number}` : each.key,
    route: aRoute({ service: each.service, team: each.team }),
    links: { runbook: each.linked ? "https://runbooks.example/a" : null, dashboards: [], source: null },
    pages: each.pages.map(({ to, after, answered, status }) =>
      aPage({
        to,
        status: status as "sent",
        requestedAt: openedAt + after * MINUTE,
        acknowledgedAt: answered === null ? null : openedAt + (after + answered) * MINUTE,
      }),
    ),
    tasks: each.tasks.map(({ kind, due, done }, i) => ({
      id: i + 1,
      kind: kind as "task",
      text: `task ${i + 1}`,
      owner: null,
      due,
      doneAt: done ? NOW : null,
    })),
    updates: { ...anIncident().updates, sent: each.updates, onTime: Math.min(1, each.updates) },
    ups: each.ups.map(([after, long]) => {
      const from = up + after * MINUTE;
      up = from + long * MINUTE;
      return { from, to: up };
    }),
  });
}

/** Some incidents, numbered from 1. */
export const randomIncidents: fc.Arbitrary<readonly Incident[]> = fc
  .array(drawn, { maxLength: 40 })
  .map((all) => all.map((each, i) => toIncident(i + 1, each)));
