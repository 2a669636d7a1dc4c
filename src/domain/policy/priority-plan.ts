import { z } from "zod";
import { MINUTE_MS as m } from "#domain/values/duration.ts";
import type { Priority } from "#domain/values/language.ts";
import { DurationText } from "#domain/values/yaml-values.ts";

const PlanShape = z.strictObject({
  /** How executives name this level. */
  sev: z.string(),
  /** Who is paged when an incident reaches this priority. */
  page: z.enum(["none", "oncall", "all"]),
  /** Page the next step of the team's escalation policy when no one acknowledged for so long. */
  escalateAfter: DurationText.nullable(),
  /** When the escalation policy has no step left, start it again so many times. */
  repeat: z.number().int().min(0).max(10),
  channel: z.boolean(),
  /** Where it is announced when it gets no channel of its own. */
  notify: z.enum(["team", "digest"]),
  ticket: z.union([z.literal("never"), z.literal("at-once"), DurationText]),
  /** How long every alert must be quiet before the incident resolves by itself; null: a person resolves it. */
  quiet: DurationText.nullable(),
  /** How often responders owe an update. */
  updateEvery: DurationText.nullable(),
  /** Someone must have command so soon after it was acknowledged: then a nudge, then the next step is paged. */
  commandWithin: DurationText.nullable(),
  /** No one was active for so long after it was acknowledged: it counts as not acknowledged, and people are paged again. */
  ackExpires: DurationText.nullable(),
});

export type Plan = z.output<typeof PlanShape>;

const nothing = {
  page: "none",
  escalateAfter: null,
  repeat: 0,
  quiet: m,
  updateEvery: null,
  commandWithin: null,
  ackExpires: null,
} as const;

/** The default of each priority, as a tiered alerting table. */
const DEFAULT_PLANS: Readonly<Record<Priority, Plan>> = {
  P0: {
    sev: "SEV-1",
    page: "all",
    escalateAfter: 10 * m,
    repeat: 2,
    channel: true,
    notify: "team",
    ticket: "never",
    quiet: m,
    updateEvery: 15 * m,
    commandWithin: 5 * m,
    ackExpires: 30 * m,
  },
  P1: {
    sev: "SEV-2",
    page: "oncall",
    escalateAfter: 10 * m,
    repeat: 2,
    channel: true,
    notify: "team",
    ticket: "never",
    quiet: m,
    updateEvery: 30 * m,
    commandWithin: 10 * m,
    ackExpires: 60 * m,
  },
  P2: {
    sev: "SEV-2",
    page: "oncall",
    escalateAfter: 30 * m,
    repeat: 0,
    channel: true,
    notify: "team",
    ticket: 20 * m,
    quiet: m,
    updateEvery: 60 * m,
    commandWithin: null,
    ackExpires: 60 * m,
  },
  P3: { ...nothing, sev: "SEV-3", channel: false, notify: "team", ticket: "at-once" },
  P4: { ...nothing, sev: "SEV-4", channel: false, notify: "digest", ticket: "never" },
};

/** The plan of a priority: what is not given is as in the table. */
export const planOf = (priority: Priority) =>
  PlanShape.partial()
    .default({})
    .transform((given): Plan => ({
      ...DEFAULT_PLANS[priority],
      ...(given as Partial<Plan>),
    }));
