import { z } from "zod";
import { TargetInventory } from "#domain/policy/automation-policy.ts";
import { parseDuration } from "#domain/values/duration.ts";
import { DurationText } from "#domain/values/yaml-values.ts";

// The keys of runbooks/<id>.test.yaml, as authors write them. Messages are "what is wrong; what to do".

const Labels = z.record(z.string(), z.string("a label is a text; put quotes around it"));

/** An alert as Alertmanager sends it: pasted whole, or its labels alone. */
const Alert = z.strictObject({
  labels: Labels,
  annotations: Labels.default({}),
  ...Object.fromEntries(
    ["status", "startsAt", "endsAt", "generatorURL", "fingerprint"].map((key) => [key, z.unknown().optional()]),
  ),
});

const Value = z.union([z.number(), z.literal("none")], "no measured value; write a number, or none for no data");
const Name = z.string().regex(/^[a-z][\w.-]*$/, "no name of a person; write small letters");

/** Values over time, `0m: …` first. */
function overTime<T extends z.ZodType>(value: T) {
  return z.record(z.string(), value).transform((written, ctx) => {
    const points = Object.entries(written).map(([at, each]) => ({ at: parseDuration(at), each, written: at }));
    for (const { at, written: key } of points)
      if (at === null)
        ctx.addIssue({
          code: "custom",
          path: [key],
          message: `"${key}" is no time after the alert; write it like 0m, 90s or 3m`,
        });
    if (!points.some(({ at }) => at === 0))
      ctx.addIssue({ code: "custom", message: "nothing is known at first; begin with 0m: …" });
    return points.map(({ at, each }) => ({ at: at ?? 0, value: each })).toSorted((a, b) => a.at - b.at);
  });
}

const Measures = overTime(
  z
    .union([Value, z.array(Value).min(1)], "no measured values; write a number, none, or a list of them")
    .transform((each) => [each].flat()),
);
const Traffic = z.union(
  [Value.transform((value) => [{ at: 0, value }]), overTime(Value)],
  "no measured value; write a number, none, or { 0m: 40, 3m: 0 }",
);

const Approval = z
  .strictObject({
    at: DurationText,
    by: Name,
    approves: z.string().optional(),
    denies: z.string().optional(),
    /** Whether they answer on the dashboard after a fresh sign-in, as a high risk asks for; else in the chat. */
    signedIn: z.boolean().default(true),
    /** The answer to a person who may not; a part of it. */
    refused: z.string().optional(),
  })
  .refine(
    ({ approves, denies }) => (approves === undefined) !== (denies === undefined),
    "say what is answered; write one of approves and denies, and the step",
  );

/** What became of a run. */
export const CASE_OUTCOMES = [
  "verified",
  "not verified",
  "failed",
  "denied",
  "expired",
  "canceled",
  "suggested",
  "unsure",
  "waiting",
  "no plan",
  "no match",
] as const;
export type CaseOutcome = (typeof CASE_OUTCOMES)[number];

/**
 * What became of a step. skipped: its condition does not hold; unknown: it is unknown whether it holds; guarded: its
 * guard kept it; unsure: it is unknown whether it happened; not run: the run ended before.
 */
export const CASE_STEP_OUTCOMES = ["ran", "skipped", "unknown", "guarded", "failed", "unsure", "not run"] as const;
export type CaseStepOutcome = (typeof CASE_STEP_OUTCOMES)[number];

const Texts = z.union([z.string(), z.array(z.string()).min(1)]).transform((text) => [text].flat());

const Expect = z.strictObject({
  outcome: z.enum(CASE_OUTCOMES),
  because: z.string().optional(),
  steps: z.record(z.string(), z.enum(CASE_STEP_OUTCOMES)).default({}),
  plan: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  texts: z.record(z.string(), Texts).default({}),
  undone: z.array(z.string()).default([]),
  escalates: z.string().optional(),
});
export type ExpectedOutcome = z.output<typeof Expect>;

/** What may stand above the cases, for all of them, and in a case for it alone. */
const shared = {
  inventory: TargetInventory.removeDefault().optional(),
  groups: z.record(z.string().startsWith("@", "no group; write it like '@orders-oncall'"), z.array(Name)).optional(),
  alert: Alert.optional(),
  answers: z.record(z.string(), z.unknown()).default({}),
  measures: Measures.optional(),
  traffic: Traffic.optional(),
};

export const TestFile = z.strictObject({
  ...shared,
  cases: z
    .array(
      z.strictObject({
        name: z.string().trim().min(1, "a case without a name; say in a sentence what is so"),
        ...shared,
        /** Other labels than those of the alert above. */
        labels: Labels.default({}),
        resolves: DurationText.optional(),
        approvals: z.array(Approval).default([]),
        expect: Expect,
      }),
    )
    .min(1, "no case; write at least one"),
});
export type TestFile = z.output<typeof TestFile>;
export type WrittenCase = TestFile["cases"][number];
