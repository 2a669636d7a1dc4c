import type { VendorAllowance } from "#domain/outbound/allowance.ts";

/** What all processes of one Muster may ask of a vendor, together. */
export type VendorAllowances = {
  /**
   * Takes one request of an allowance. Answers 0, or in how many ms to come back. It never rejects: while it cannot be
   * asked, requests go, and the vendor's own refusal is heard.
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
