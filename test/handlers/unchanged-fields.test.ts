import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FORM_IDS, incidentForm, shownValues } from "#views/response/incident-forms.ts";
import { PRIORITIES } from "#domain/values/language.ts";
import type { FormName } from "#verbs/verb.ts";
import { changedValues } from "#handlers/form-filling.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { aPolicy } from "#test/support/builders/policies.ts";

const FORMS = Object.keys(FORM_IDS) as FormName[];
const priority = fc.constantFrom(...PRIORITIES);

describe("every form", () => {
  test.each(FORMS)(
    "%s carries each value that it shows of the incident, so that an unchanged one is no wish",
    (name) => {
      fc.assert(
        fc.property(priority, priority, fc.nat(3), (one, other, firing) => {
          const of = (level: typeof one) =>
            incidentForm(
              name,
              anIncident({ priority: level, alerts: { total: firing, firing, flaps: 0 } }),
              aPolicy(),
              "{}",
            );
          const form = of(one);
          const shown = shownValues(form);
          // What depends on the incident is what it shows of it.
          for (const part of form.parts)
            if (part.kind === "field" && JSON.stringify(part) !== JSON.stringify(fieldOf(of(other), part.name)))
              expect(Object.keys(shown)).toContain(part.name);
          expect(changedValues(shown, shown)).toEqual({});
        }),
      );
    },
  );
});

function fieldOf(form: ReturnType<typeof incidentForm>, name: string): unknown {
  return form.parts.find((part) => part.kind === "field" && part.name === name);
}
