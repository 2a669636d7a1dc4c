import type { Instant, Person, ReviewState } from "#domain/values/language.ts";

/** How far its postmortem is, and whose it is. `due`: an ISO date; null while no one asks for it. */
export type Review = {
  readonly state: ReviewState;
  readonly owner: Person | null;
  readonly reviewers: readonly Person[];
  readonly due: string | null;
  /** How often its owner was reminded, and when they are next. */
  readonly nudges: number;
  readonly nudgeAt: Instant | null;
  /** Gaps of the timeline that people waived. */
  readonly waived: readonly { readonly from: Instant; readonly reason: string; readonly by: string }[];
};
