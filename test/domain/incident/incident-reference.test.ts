import fc from "fast-check";
import { expect, test } from "vitest";
import { isReferredTo, readReference, writeReference } from "#domain/incident/incident-reference.ts";

const incidents = fc.record({ number: fc.integer({ min: 1, max: 999_999_999 }), uid: fc.uuid() });

test("a reference comes back as it was written, with the words after it", () => {
  fc.assert(
    fc.property(incidents, fc.constantFrom("", "severity P1", "pick 2~x\nand more"), (incident, rest) => {
      const read = readReference(`${writeReference(incident)} ${rest}`.trim());
      expect(read).toEqual({ number: incident.number, uid: incident.uid.slice(0, 8), rest });
      expect(isReferredTo(incident, read!)).toBe(true);
    }),
  );
});

test("a reference to another incident of the number is none to this one", () => {
  fc.assert(
    fc.property(incidents, fc.uuid(), (incident, other) => {
      fc.pre(incident.uid.slice(0, 8) !== other.slice(0, 8));
      expect(isReferredTo({ ...incident, uid: other }, readReference(writeReference(incident))!)).toBe(false);
    }),
  );
});

test("a button of an earlier version, which has a number only, is about the incident that has the number", () => {
  expect(readReference("12 severity P1")).toEqual({ number: 12, uid: null, rest: "severity P1" });
  expect(isReferredTo({ number: 12, uid: "5f0c7c1e-1b1c" }, { number: 12, uid: null })).toBe(true);
});

test.each(["", "ack", "INC-12 resolve form", "help", "12x"])("%j begins with no reference", (text) =>
  expect(readReference(text)).toBeNull(),
);
