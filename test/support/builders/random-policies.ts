import fc from "fast-check";

// Policies drawn at random, for properties about who is paged.

const PEOPLE = ["alice", "bob", "charlie", "dana", "erin"];

const person = fc.constantFrom(...PEOPLE);
const people = fc.uniqueArray(person, { minLength: 1, maxLength: 3 });

const weekdays = { days: ["monday", "tuesday", "wednesday", "thursday", "friday"], from: "09:00", to: "17:00" };
const layer = fc.record(
  {
    people,
    shift: fc.constantFrom("daily", "weekly", "8h"),
    from: fc.constantFrom("2026-11-02", "2026-11-24"),
    only: fc.constantFrom([weekdays], [{ days: ["saturday", "sunday"], from: "20:00", to: "08:00" }]),
  },
  { requiredKeys: ["people"] },
);
const schedule = fc.record(
  {
    timezone: fc.constantFrom("UTC", "Europe/Berlin"),
    layers: fc.array(layer, { minLength: 1, maxLength: 2 }),
    backup: fc.constantFrom("next", "none"),
  },
  { requiredKeys: ["layers"] },
);

const word = fc.oneof(
  person,
  fc.constantFrom(
    "oncall",
    "backup",
    "team",
    "team/payments",
    "schedule/nights",
    "schedule/nights/backup",
    "role/commander",
    "everyone",
  ),
);
const step = fc.oneof(
  fc.uniqueArray(word, { minLength: 1, maxLength: 2 }),
  fc.record({ page: fc.uniqueArray(word, { minLength: 1, maxLength: 2 }), after: fc.constantFrom("2m", "7m") }),
);
const team = fc.record(
  {
    members: fc.uniqueArray(person, { maxLength: 2 }),
    schedule: fc.constantFrom("days", "nights"),
    oncall: people,
    escalation: fc.array(step, { maxLength: 3 }),
    pagerduty: fc.constant("key-of-team"),
  },
  { requiredKeys: [] },
);
const plan = fc.record(
  {
    page: fc.constantFrom("none", "oncall", "all"),
    escalateAfter: fc.constantFrom("5m", "10m", null),
    repeat: fc.integer({ min: 0, max: 2 }),
  },
  { requiredKeys: [] },
);

/** The text of a policy file: two teams, two schedules, random plans, whatever order they come to page people in. */
export const randomPolicyFile = fc.record(
  {
    people: fc.constant(
      Object.fromEntries(PEOPLE.map((id, i) => [id, { name: id.toUpperCase(), slack: `U0PERSON${i}` }])),
    ),
    schedules: fc.record({ days: schedule, nights: schedule }),
    teams: fc.record({ orders: team, payments: team }),
    services: fc.constant({ "order-service": { team: "orders" }, pay: { team: "payments" } }),
    defaultTeam: fc.constantFrom("orders", "payments"),
    priorities: fc.record({ P0: plan, P1: plan, P2: plan, P3: plan }),
  },
  { requiredKeys: ["people", "schedules", "teams", "services"] },
);

/** The labels of an alert that such a policy can route. */
export const randomAlertLabels = fc.record({
  alertname: fc.constant("Down"),
  service: fc.constantFrom("order-service", "pay", "other"),
  severity: fc.constantFrom("P0", "P1", "P2", "P3", "warning", "odd"),
  team: fc.constantFrom("orders", "payments", "none"),
});
