import type { Instant } from "#domain/values/language.ts";
import type { TicketText } from "#domain/tickets/ticket-text.ts";
import type { RequestAttempt } from "./chat.ts";

/** `key` is of the incident and stays the same for ever. `labels` are requests: a tracker that cannot have one does without. */
export type TicketRequest = {
  readonly key: string;
  readonly title: string;
  readonly text: TicketText;
  readonly labels: readonly string[];
  readonly team: string | null;
  readonly openedAt: Instant;
};

/**
 * `key` is what people call it and names its place too ("octo-org/shop#12", "OPS-12"): a ticket is found by it whatever
 * the policy is today.
 */
export type Ticket = { readonly key: string; readonly url: string };

/** `note`: what the tracker did not do and why, for people to read; null when all was done. */
export type TicketNote = { readonly note: string | null };

/**
 * Where the work of a ticket is. dropped: it was closed without being done (not planned, declined, a duplicate); `how`
 * is the tracker's word for it, `by` who closed it; null: that is unknown.
 */
export type TicketOutcome =
  | { readonly state: "open" | "done" }
  | { readonly state: "dropped"; readonly how: string; readonly by: string | null };

export type TicketAttempt = Pick<RequestAttempt, "key" | "unsure" | "since" | "until">;

/** A ticket tracker. Every method rejects with PortError and nothing else; none retries by itself. */
export interface Tickets {
  /** For the log and the metrics: "github", "jira", "dry-run". */
  readonly name: string;
  /**
   * Opens one ticket for a request's key, or answers the one that an earlier attempt left: it looks for its own mark
   * before it opens. An assignee or label that the tracker does not take costs no ticket. null when nothing is there to
   * open one in (a dry run).
   */
  open(ticket: TicketRequest, attempt: TicketAttempt): Promise<(Ticket & TicketNote) | null>;
  /** Writes below the ticket, once for a key. */
  comment(ticket: Ticket, text: TicketText, attempt: TicketAttempt): Promise<TicketNote>;
  /**
   * Writes why, once for a key, and closes; one that is closed stays so. Where it cannot be closed the comment explains
   * that.
   */
  close(ticket: Ticket, text: TicketText, attempt: TicketAttempt): Promise<TicketNote>;
  /**
   * Writes why, once for a key, and opens it again; one that is open stays so. Where it cannot be opened the comment
   * explains that.
   */
  reopen(ticket: Ticket, text: TicketText, attempt: TicketAttempt): Promise<TicketNote>;
  /** What became of its work, as the tracker counts it; null when the ticket is gone. Only looks. */
  outcome(ticket: Ticket): Promise<TicketOutcome | null>;
}
