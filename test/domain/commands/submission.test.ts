import { expect, test } from "vitest";
import { createSubmission } from "#domain/commands/submission.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { ALICE } from "#test/support/builders/people.ts";

const fields = {
  key: "digest:2026-01-05",
  urgency: 4,
  at: NOW,
  body: { type: "digest.due", day: "2026-01-05" },
} as const;

test("a submission with the required fields only is Muster's own, one piece of work, and answered to no one", () => {
  expect(createSubmission(fields)).toEqual({
    ...fields,
    weight: 1,
    actor: { kind: "muster", id: "muster", name: "Muster" },
    replyTo: null,
    evidence: null,
  });
});

test("the fields of a submission take precedence over the defaults", () => {
  const given = {
    weight: 7,
    actor: ALICE,
    replyTo: { channel: "C1", user: ALICE.id },
    evidence: "https://example.com/1",
  };
  expect(createSubmission({ ...fields, ...given })).toEqual({ ...fields, ...given });
});
