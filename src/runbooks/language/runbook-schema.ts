import { z } from "zod";
import { MINUTE_MS as m, HOUR_MS as h } from "#domain/values/duration.ts";
import { DurationText } from "#domain/values/yaml-values.ts";
import { RUNBOOK_MODES, UNDO_ON } from "./runbook.ts";

// The keys of a runbook, as authors write them. Messages are "what is wrong; what to do".

const Id = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, "an id is 1 to 63 small letters, digits and dashes; start it with a letter");
const Line = z
  .string()
  .trim()
  .min(1, "an empty text; write something")
  .max(200, "longer than 200 characters; shorten it");
const Whole = z.int({ error: "expected a whole number; write it without quotes, such as 1" });
const People = z
  .array(
    z
      .string()
      .regex(
        /^(?:@[\w.-]+|\$[a-z]\w*(?:\.[\w-]+)?)$/,
        "expected a user group such as @database-oncall, or $param.field of an inventory row; write one of them",
      ),
  )
  .min(1, "nobody may approve; name a user group such as '@database-oncall'");

const Param = z
  .strictObject({
    from: z
      .string()
      .regex(/^labels\.[a-zA-Z_]\w*$/, "a parameter comes from a label; write it like labels.service")
      .transform((text) => text.slice("labels.".length)),
    pattern: z.string().min(1).optional(),
    inventory: z.string().min(1).optional(),
  })
  .transform((param) => ({ from: param.from, pattern: param.pattern ?? null, inventory: param.inventory ?? null }));

const MaxRuns = z.string("no number of runs per time; write it like 3/24h").transform((text, ctx) => {
  const [, runs, per] = /^([1-9]\d{0,3})\/(\w+)$/.exec(text) ?? [];
  const ms = per === undefined ? undefined : DurationText.safeParse(per).data;
  if (runs !== undefined && ms !== undefined && ms > 0) return { runs: Number(runs), per: ms };
  ctx.addIssue({ code: "custom", message: `"${text}" is no number of runs per time; write it like 3/24h` });
  return z.NEVER;
});

const Limits = z.strictObject({
  lock: z
    .string()
    .regex(/^[\w$.@-]+(?:\/[\w$.@-]+)*$/, "a lock is names between slashes; write it like k8s/$service")
    .optional(),
  cooldown: DurationText.default(30 * m),
  maxRuns: MaxRuns.default({ runs: 3, per: 24 * h }),
  maxTargets: Whole.min(1, "nothing could run; write at least 1").default(1),
  breaker: z
    .strictObject({
      failedVerifies: Whole.min(1, "it would never close; write at least 1").default(2),
      open: DurationText.default(6 * h),
    })
    .prefault({}),
});

/** The front matter of a runbook that can run. */
export const FrontMatter = z.strictObject({
  id: Id,
  title: Line,
  owner: Line,
  match: z
    .array(z.string())
    .min(1, "no matcher, so it would match every alert; write one like 'alertname=\"DiskFilling\"'"),
  params: z
    .record(
      z
        .string()
        .regex(/^[a-z][a-zA-Z0-9_]{0,31}$/, "a parameter's name is small letters, digits and _; choose another"),
      Param,
    )
    .default({}),
  mode: z.enum(RUNBOOK_MODES).default("suggest"),
  limits: Limits.prefault({}),
  escalate: z.strictObject({ after: DurationText, to: Line }).optional(),
});

const With = z.record(z.string(), z.unknown()).default({});
const Expression = z.string().trim().min(1, "an empty condition; write a CEL expression or remove the key");

/** Something that is read, and a condition over what it answers. */
const Reading = z.strictObject({ uses: z.string(), with: With, holds: Expression });

/** A fence marked `yaml step`. */
export const StepFence = z.strictObject({
  id: Id,
  uses: z.string(),
  when: Expression.optional(),
  with: With,
  guard: Reading.optional(),
  probe: Reading.optional(),
  approve: z
    .strictObject({
      from: People,
      count: Whole.min(1, "nobody would have to approve; write at least 1")
        .max(5, "more people than will answer; write at most 5")
        .default(1),
      expires: DurationText.default(10 * m),
      unless: Expression.optional(),
    })
    .optional(),
  undo: z
    .strictObject({ on: z.array(z.enum(UNDO_ON)).min(1, "no occasion to undo; write verify-failed or run-ended") })
    .optional(),
  timeout: DurationText.optional(),
});

const Measure = z.string().trim().min(1, "an empty query; write a comparison such as max(lag_seconds) < 10");

/** The fence marked `yaml verify`. */
export const VerifyFence = z.strictObject({
  promql: z
    .union([
      Measure,
      z
        .array(Measure)
        .min(1, "nothing to verify; write a comparison such as max(lag_seconds) < 10")
        .max(5, "more than five; leave those that say that the trouble is over"),
    ])
    .transform((promql) => [promql].flat()),
  minTraffic: z.string().trim().min(1).optional(),
  for: DurationText.default(3 * m),
  within: DurationText.default(15 * m),
  noData: z.enum(["unknown", "fail"], { error: "no data is never a pass; write unknown or fail" }).default("unknown"),
  alertResolved: z.boolean().default(true),
});
