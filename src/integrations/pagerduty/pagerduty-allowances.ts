import { createHash } from "node:crypto";
import type { VendorAllowance } from "#domain/outbound/allowance.ts";

/**
 * Events of one routing key: PagerDuty takes about 120 in any minute, and drops what is more. A burst and what comes back
 * in its minute stay below that. The key itself is a secret and is not stored.
 */
export function eventAllowance(routingKey: string): VendorAllowance {
  const mark = createHash("sha256").update(routingKey).digest("hex").slice(0, 12);
  return { key: `pagerduty events ${mark}`, perMinute: 60, burst: 60 };
}

/** Requests to the REST API: 960 in any minute. https://developer.pagerduty.com/docs/rest-api-rate-limits */
export const REST_ALLOWANCE: VendorAllowance = { key: "pagerduty rest", perMinute: 480, burst: 480 };
