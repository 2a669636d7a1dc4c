import type { SentApproval } from "#views/automation/approval-message.ts";

/** A request for an approval that someone was sent, where it is in the chat, and a digest of what it shows. */
export type SentRequest = SentApproval & {
  readonly user: string;
  readonly channel: string;
  /** "": the chat refused them. */
  readonly id: string;
  readonly digest: string;
};

/** The requests that were sent, as they are kept with the effect that sends them. */
export function sentRequests(memo: unknown): readonly SentRequest[] {
  const isKnown = typeof memo === "object" && memo !== null && "sent" in memo;
  return isKnown ? (memo.sent as readonly SentRequest[]) : [];
}
