import type { Instant, PagerUpdate, Person, Priority } from "#domain/values/language.ts";

export type PageStatus = "requested" | "sent" | "acknowledged" | "expired" | "failed" | "canceled" | "resolved";

export type Page = {
  readonly key: string;
  readonly to: string;
  readonly priority: Priority;
  readonly via: string | null;
  readonly requestedAt: Instant;
  readonly sentAt: Instant | null;
  readonly acknowledgedAt: Instant | null;
  /**
   * requested: on its way · sent: it reached the pager or the person · acknowledged: someone answered it · expired: the
   * answer was followed by silence, or the pager gave up on it · failed: it reached no one · canceled: the person who
   * asked for it withdrew it · resolved: its incident ended, or every alert of its team did
   */
  readonly status: PageStatus;
  /** The recipients as the policy names them; absent in what an earlier version stored, empty where the pager chooses. */
  readonly people?: readonly string[];
  /** The recipients' ids in the chat, where known. */
  readonly chat?: readonly string[];
  /** In which episode of the incident it was requested; a page that an earlier version stored has it in its key only. */
  readonly episode?: number;
  /** An alarm of its own for the pager. */
  readonly apart?: boolean;
  /** Whose alarm it is, when not that of the incident's own team. */
  readonly team?: string;
  /** Those of `people` who got no direct message, because they have too many unanswered pages; only the pager was asked for them. */
  readonly held?: readonly string[];
  /** The incident that asked for it, where that is another: a merge brought it here, and its alarm keeps its key and place. */
  readonly origin?: PageOrigin;
  /** The incident where it is now: a merge, or its undoing, took it there. What is kept of it here is its record. */
  readonly carriedTo?: number;
  /** The newest news of its alarm; absent: the pager has sent none. */
  readonly reported?: AlarmReport;
  /** Who asked for it by name, and with which words. */
  readonly call?: PageCallWords;
  /** Who answered it; absent while no one has, and in what an earlier version stored. */
  readonly answeredBy?: Person;
  /** Who took it back. */
  readonly canceledBy?: Person;
};

/** A person's call: who calls, and what they write; null: they wrote nothing. */
export type PageCallWords = { readonly by: Person; readonly message: string | null };

/** What the pager reports of an alarm. `at`: when it happened there, by the pager's own clock. */
type AlarmReport = { readonly what: PagerUpdate; readonly at: Instant };

/** Where a page was asked for, and what the pager identifies its alarm by. `team`: whose alarm it is there. */
export type PageOrigin = { readonly incident: number; readonly uid?: string; readonly team: string | null };
