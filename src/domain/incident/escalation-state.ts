import type { Instant, Person } from "#domain/values/language.ts";

/**
 * Who answered an escalation, and when. `page`: the key of the page under which they did; null: none was sent to them.
 * `until`: the answer expires then unless someone is active before; null: it does not expire by itself.
 */
export type EscalationAnswer = {
  readonly by: Person;
  readonly at: Instant;
  readonly page: string | null;
  readonly until: Instant | null;
};

/**
 * The text of `next.to` when no step has anyone: that is announced at once, and checked again when it is due. Stored.
 */
export const NO_ONE_ON_CALL = "no one: no one is on call";

/** The text of `next.to` when no step is left: when it is due, people are called where they see it. Stored. */
export const NO_STEP_LEFT = "no one: no step is left";

/** How far the search for someone of one team is. It runs while `next` is set, whether the incident is acknowledged or not. */
export type EscalationState = {
  /** The next step, counted over all repeats of the escalation policy. */
  readonly step: number;
  readonly next: { readonly to: string; readonly at: Instant } | null;
  /** How often every step was paged without an answer, since it began. */
  readonly rounds: number;
  /** Who has it; null: no one has answered since it began. */
  readonly answered: EscalationAnswer | null;
  /**
   * Since when something new fires that its answerer was notified of and has not reacted to; null: there is nothing
   * new.
   */
  readonly unseenSince: Instant | null;
  /**
   * How often it was announced that no step has anyone, and when that is announced again. Absent: someone was paged.
   */
  readonly unstaffed?: { readonly times: number; readonly until: Instant };
  /** Another team's: alerts of that team began it, and it ends with them. Absent: someone called the team. */
  readonly ofAlerts?: true;
};

/** An escalation that has not begun. */
export const UNANSWERED_ESCALATION: EscalationState = {
  step: 0,
  next: null,
  rounds: 0,
  answered: null,
  unseenSince: null,
};

/** What an earlier version stored of an escalation, with what has come since. */
export function completeEscalation(stored: Partial<EscalationState>): EscalationState {
  return { ...UNANSWERED_ESCALATION, ...stored };
}
