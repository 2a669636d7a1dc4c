import { expect, test } from "vitest";
import { evolveIncident } from "#domain/events/evolve.ts";
import { anEvent } from "#test/support/builders/events.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { SIDE_EFFECT_ROWS } from "#test/support/builders/side-effects/side-effect-rows.ts";

// The compiler lets a misspelt field of the state pass in `evolve: (before) => ({ ...before, titel: "" })`.

/** All that an incident has; `uid` is added when it is read. */
const FIELDS = Object.keys(anIncident()).toSorted();

test.each(Object.values(SIDE_EFFECT_ROWS))(
  "the state after $fact.type has the fields of an incident",
  ({ fact, after }) => {
    const evolved = evolveIncident(fact.type === "incident.opened" ? null : anIncident(after), anEvent(fact));
    expect(Object.keys(evolved).toSorted()).toEqual(FIELDS);
  },
);
