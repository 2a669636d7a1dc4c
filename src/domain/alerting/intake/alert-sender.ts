import { HOUR_MS, MINUTE_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";

/** What Muster records of one sender of alerts: one address at one door. */
export type AlertSender = {
  /** The name of the door. */
  readonly source: string;
  /** Its address, or UNKNOWN_SENDERS. */
  readonly sender: string;
  readonly acceptedAt: Instant | null;
  /** The last refusal: when, with which status of HTTP, and why; null when there was none. */
  readonly refusedAt: Instant | null;
  readonly status: number | null;
  readonly reason: string;
  /** How many deliveries were refused since the last end of refusals. */
  readonly times: number;
  /** Since when an alert of Muster itself reports it; null while none does. */
  readonly raisedAt: Instant | null;
  /** When that began last. */
  readonly lastRaisedAt: Instant | null;
};

/**
 * All addresses without a right to send from which no delivery was ever accepted: one sender, so that strangers fill no
 * table and raise no more than one alert.
 */
export const UNKNOWN_SENDERS = "*";

/** A sender is accepted again when it was accepted and for this long not refused, in ms: three of Alertmanager's default group intervals, since its good groups arrive between the refused ones. */
const MENDED_AFTER_MS = 15 * MINUTE_MS;

/** A sender that was not accepted either no longer sends after this long without a refusal, in ms. */
const GONE_AFTER_MS = { known: 4 * HOUR_MS, stranger: HOUR_MS } as const;

/**
 * The least time between two alerts about refused tokens, in ms: a sender of wrong tokens must not wake people at will.
 */
const RAISED_AGAIN_AFTER_MS = { known: 4 * HOUR_MS, stranger: 24 * HOUR_MS } as const;

/** Whether a refused sender is to be reported now: it is not yet, and a wrong token was not reported recently. */
export function mustRaiseRefusal(
  { sender, refusedAt, status, raisedAt, lastRaisedAt }: AlertSender,
  now: Instant,
): boolean {
  if (refusedAt === null || raisedAt !== null) return false;
  // What was reported ahead of now was so before the clock was set back.
  const isRecent =
    lastRaisedAt !== null && lastRaisedAt <= now && now - lastRaisedAt < RAISED_AGAIN_AFTER_MS[kindOf(sender)];
  return status !== 401 || !isRecent;
}

/** Whether what is reported of a sender has ended: it is accepted again, or it no longer sends. */
export function hasRefusalEnded({ sender, acceptedAt, refusedAt }: AlertSender, now: Instant): boolean {
  if (refusedAt === null) return true;
  const quietMs = now - refusedAt;
  if (acceptedAt !== null && acceptedAt > refusedAt && quietMs >= MENDED_AFTER_MS) return true;
  return quietMs >= GONE_AFTER_MS[kindOf(sender)];
}

/** The sender in words: "Alertmanager at 10.0.0.5". `title`: what people call its door. */
export function describeSender({ sender }: Pick<AlertSender, "sender">, title: string): string {
  return sender === UNKNOWN_SENDERS ? `unknown senders of ${title}` : `${title} at ${sender}`;
}

function kindOf(sender: string): "known" | "stranger" {
  return sender === UNKNOWN_SENDERS ? "stranger" : "known";
}
