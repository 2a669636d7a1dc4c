import type { VendorAllowance } from "#domain/outbound/allowance.ts";
import { PortError } from "./port-error.ts";

/** What all processes of one Muster may ask of a vendor, together. */
export type VendorAllowances = {
  /**
   * Takes one request of an allowance. Answers 0, or in how many ms to come back. It never rejects: while it cannot be
   * asked, requests go, and the vendor's own refusal counts.
   * @param urgency 0 and 1 (P0, P1) may use the reserve
   */
  take(allowance: VendorAllowance, urgency: number): Promise<number>;
  /** The vendor refused one and asked to wait so many ms. Never rejects. */
  pause(allowance: VendorAllowance, ms: number): Promise<void>;
};

/** For requests that are too few to count. */
export const UNLIMITED_ALLOWANCES: VendorAllowances = {
  take: () => Promise.resolve(0),
  pause: () => Promise.resolve(),
};

/** ms to wait after a refusal that gives no time. */
const DEFAULT_PAUSE_MS = 30_000;

/**
 * Takes one request of an allowance.
 * @param urgency 0 and 1 (P0, P1) may use the reserve
 * @throws PortError rate_limited, with the time to come back
 */
export async function takeRequest(
  allowances: VendorAllowances,
  allowance: VendorAllowance,
  urgency: number,
): Promise<void> {
  const waitMs = await allowances.take(allowance, urgency);
  if (waitMs > 0)
    throw new PortError("rate_limited", `the allowance of ${allowance.key} is used up`, {
      retryable: true,
      retryAfterMs: waitMs,
    });
}

/** Lets all processes wait when a vendor refused a request of theirs for being one too many. */
export async function heedRefusal(
  allowances: VendorAllowances,
  allowance: VendorAllowance,
  error: unknown,
): Promise<void> {
  if (error instanceof PortError && error.reason === "rate_limited")
    await allowances.pause(allowance, error.retryAfterMs ?? DEFAULT_PAUSE_MS);
}

/**
 * Sends a request when its allowance has one left; a refusal for being one too many is heeded by all processes.
 * @param urgency 0 and 1 (P0, P1) may use the reserve
 * @throws PortError rate_limited, with the time to come back; nothing was sent then. Whatever `send` throws
 */
export async function sendWithin<T>(
  allowances: VendorAllowances,
  allowance: VendorAllowance,
  urgency: number,
  send: () => Promise<T>,
): Promise<T> {
  await takeRequest(allowances, allowance, urgency);
  try {
    return await send();
  } catch (error) {
    await heedRefusal(allowances, allowance, error);
    throw error;
  }
}
