import { z } from "zod";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { DurationText } from "#domain/values/yaml-values.ts";

/** Which labels make alerts one incident, and for how long an incident takes in what fires again. */
export const GroupingPolicy = z
  .strictObject({
    by: z.array(z.string().min(1)).min(1).default(["service", "alertname"]),
    related: DurationText.nullable().default(30 * MINUTE_MS),
    reopen: DurationText.default(30 * MINUTE_MS),
    /** No one is paged twice for one incident at the same priority within this time; the second page waits for its end. */
    repage: DurationText.default(15 * MINUTE_MS),
    /** How long after a person ended an incident its alerts may fire before it is open again; absent: as its source repeats. */
    recheck: DurationText.refine((ms) => ms >= MINUTE_MS, "expected 1m or more").optional(),
  })
  .prefault({});
