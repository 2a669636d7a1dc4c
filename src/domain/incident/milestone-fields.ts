import type { Incident } from "./incident.ts";
import type { Milestone } from "#domain/values/language.ts";

/** Where an incident's state keeps each milestone. */
export const MILESTONE_FIELDS = {
  began: "detectedAt",
  acknowledged: "acknowledgedAt",
  mitigated: "mitigatedAt",
  resolved: "resolvedAt",
} as const satisfies Readonly<Record<Milestone, keyof Incident>>;
