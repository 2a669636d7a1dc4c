import type { BoundedList } from "./bounded-list.ts";
import type { Instant } from "#domain/values/language.ts";

/** A run that changed something and was verified. `attended`: a person requested it, approved a step or settled one. */
export type VerifiedRun = { readonly incident: number; readonly wroteAt: Instant; readonly attended: boolean };

/** Resolved incidents, and those of them that a verified run mitigated: alone, or with a person's approval. */
export type RemediatedIncidents = {
  readonly resolved: number;
  readonly alone: BoundedList<number>;
  readonly approved: BoundedList<number>;
};
